#!/bin/bash
# What the installers of a kiosk and of a wall have in common. Sourced by them, after they have set
#   kind      kiosk or display: motcua-$kind is the user and begins the units, /etc/motcua/$kind.toml
#   options   names of the options that have a value; each is also a key of the configuration
#   switches  names of the options that have none
#   here      the installer's own folder
# Each option is then a variable; a switch is `yes` or `no`.
# shellcheck disable=SC2034,SC2154  # set by one file and used by the other
set -euo pipefail

screen_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$screen_dir/../.." && pwd)
dest=${DESTDIR:-}
name=motcua-$kind
app=/opt/$name
config=/etc/motcua/$kind.toml
units=()
for unit in "$here"/units/*; do units+=("$(basename "$unit")"); done

stop() { echo "install: $*" >&2; exit 2; }
say() { echo "install: $*"; }

# What an earlier run wrote: the server shows a token once only.
known() { sed -n "s/^$1 = \"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" "$dest$config" 2>/dev/null || true; }

# Runs a step, or says it; steps on the running system are left out below DESTDIR.
run() { if [ "$dry_run" = yes ]; then echo "would run: $*"; else "$@"; fi; }
live() { if [ -z "$dest" ]; then run "$@"; fi; }
put() { # put MODE SOURCE TARGET
  if [ "$dry_run" = yes ]; then echo "would write: $3"; else install -D -m "$1" "$2" "$dest$3"; fi
}

read_options() {
  local option key
  switches+=(dry-run uninstall)
  for option in "${options[@]}"; do printf -v "$option" '%s' "$(known "$option")"; done
  for option in "${switches[@]}"; do printf -v "${option//-/_}" no; done
  while [ $# -gt 0 ]; do
    key=${1#--}
    if [[ $1 == --* && " ${options[*]} " == *" $key "* ]]; then
      [ $# -ge 2 ] || stop "$1 needs a value"
      printf -v "$key" '%s' "$2"; shift 2
    elif [[ $1 == --* && " ${switches[*]} " == *" $key "* ]]; then
      printf -v "${key//-/_}" yes; shift
    else
      stop "unknown option $1; the head of this file says what there is"
    fi
  done
  if [ -z "$dest" ] && [ "$dry_run" = no ] && [ "$(id -u)" != 0 ]; then
    stop "this must be run as root"
  fi
}

check_values() { # of every option; the server is needed by all
  local option
  case $server in http://*|https://*) ;; *) stop "--server must begin with http:// or https://" ;; esac
  for option in "${options[@]}"; do
    case ${!option} in *[\"\\]*|*$'\n'*) stop "a value holds a quote, a backslash or a line break" ;; esac
  done
}

check_system() {
  if [ -z "$dest" ] && ! { grep -qsx 'ID=debian' /etc/os-release &&
    grep -qsE '^VERSION_ID="?1[23]"?$' /etc/os-release; }; then
    stop "this is not Debian 12 or 13"
  fi
}

programs() {
  live env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
}

# cage ends at once where Xwayland is missing, and its package does not ask for it; without
# libpam-systemd there is no seat, and without alsa-utils the sound stays muted.
screen_programs() {
  say "programs"
  live env DEBIAN_FRONTEND=noninteractive apt-get -q update
  programs python3 chromium cage xwayland dbus libpam-systemd alsa-utils systemd-timesyncd \
    unattended-upgrades "$@"
}

add_user() { # add_user GROUP …
  local group
  say "user"
  if [ -z "$dest" ] && ! id -u "$name" >/dev/null 2>&1; then
    run useradd --system --home-dir "/var/lib/$name" --no-create-home --shell /usr/sbin/nologin "$name"
  fi
  for group in "$@"; do
    if [ -z "$dest" ] && getent group "$group" >/dev/null; then run usermod -aG "$group" "$name"; fi
  done
}

write_config() { # write_config 'KEY = VALUE' …
  say "configuration"
  if [ "$dry_run" = yes ]; then
    echo "would write: $config"
  else
    install -d -m 755 "$dest/etc/motcua"
    (
      umask 077
      echo "# Written by install.sh; the keys are in deploy/RUNBOOK.md." >"$dest$config.new"
      printf '%s\n' "$@" >>"$dest$config.new"
    )
    mv "$dest$config.new" "$dest$config"
  fi
  live chown "root:$name" "$config"
  live chmod 640 "$config"
}

shut_ways_out() {
  say "no way out"
  put 644 "$screen_dir/policy.json" /etc/chromium/policies/managed/motcua-screen.json
  put 644 "$here/policy.json" "/etc/chromium/policies/managed/$name.json"
  put 644 "$screen_dir/logind.conf" "/etc/systemd/logind.conf.d/$name.conf"
  put 644 "$screen_dir/sysctl.conf" "/etc/sysctl.d/90-$name.conf"
  live systemctl mask getty@tty1.service ctrl-alt-del.target
  live sysctl --quiet --load "/etc/sysctl.d/90-$name.conf"
}

start_units() { # start_units UNIT …
  local unit
  say "units"
  for unit in "${units[@]}"; do put 644 "$here/units/$unit" "/etc/systemd/system/$unit"; done
  put 644 "$screen_dir/console.conf" "/etc/systemd/system/$name-screen.service.d/console.conf"
  live systemctl daemon-reload
  live systemctl enable "$@"
  live systemctl set-default multi-user.target
  live systemctl restart "$@"
}

remove_all() { # and the files that are given
  local unit file
  for unit in "${units[@]}"; do
    live systemctl disable --now "$unit" || true
    run rm -f "$dest/etc/systemd/system/$unit"
  done
  live systemctl unmask getty@tty1.service ctrl-alt-del.target
  for file in "$app" "/etc/systemd/system/$name-screen.service.d" \
    "/etc/systemd/logind.conf.d/$name.conf" "/etc/sysctl.d/90-$name.conf" \
    "/etc/chromium/policies/managed/$name.json" \
    /etc/chromium/policies/managed/motcua-screen.json "$@"; do
    run rm -rf "$dest$file"
  done
  live systemctl daemon-reload
}
