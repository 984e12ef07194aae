#!/bin/bash
# Turns a Debian 12 or 13 mini-PC into a kiosk; run again after an update or to change a value.
#
#   deploy/kiosk/install.sh --server URL --pair [--branch ID] [--printer ADDRESS] [--redis URL]
#       shows a code here, which an administrator types into the manager's page
#   deploy/kiosk/install.sh --server URL --branch ID --token TOKEN [--printer ADDRESS] [--redis URL]
#   deploy/kiosk/install.sh [any of these]   again: what is not given stays as it is
#   deploy/kiosk/install.sh --uninstall
#
#   --dry-run    say what would be done
#   DESTDIR=DIR  only lay the files out below DIR (for images and tests)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
dest=${DESTDIR:-}
config=/etc/motcua/kiosk.toml
# What an earlier run wrote: the server shows a token once only.
known() { sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" "$dest$config" 2>/dev/null || true; }
server=$(known server) branch=$(known branch) token=$(known token)
printer=$(known printer) redis=$(known redis) dry=no remove=no pair=no
app=/opt/motcua-kiosk
units=(motcua-kiosk-agent.service motcua-kiosk-screen.service motcua-kiosk-watchdog.service
  motcua-kiosk-watchdog.timer motcua-kiosk-power.service motcua-kiosk-power.timer)

stop() { echo "install: $*" >&2; exit 2; }
say() { echo "install: $*"; }

while [ $# -gt 0 ]; do
  case $1 in
    --server|--branch|--token|--printer|--redis)
      [ $# -ge 2 ] || stop "$1 needs a value"
      printf -v "${1#--}" '%s' "$2"; shift 2 ;;
    --dry-run) dry=yes; shift ;;
    --pair) pair=yes; shift ;;
    --uninstall) remove=yes; shift ;;
    *) stop "unknown option $1; the head of this file says what there is" ;;
  esac
done

# Runs a step, or says it; steps on the running system are left out below DESTDIR.
run() { if [ $dry = yes ]; then echo "would run: $*"; else "$@"; fi; }
live() { if [ -z "$dest" ]; then run "$@"; fi; }
put() { # put MODE SOURCE TARGET
  if [ $dry = yes ]; then echo "would write: $3"; else install -D -m "$1" "$2" "$dest$3"; fi
}

if [ -z "$dest" ] && [ $dry = no ] && [ "$(id -u)" != 0 ]; then
  stop "this must be run as root"
fi

if [ $remove = yes ]; then
  for unit in "${units[@]}"; do
    live systemctl disable --now "$unit" || true
    run rm -f "$dest/etc/systemd/system/$unit"
  done
  live systemctl unmask getty@tty1.service ctrl-alt-del.target
  run rm -rf "$dest$app" "$dest/etc/systemd/logind.conf.d/motcua-kiosk.conf" \
    "$dest/etc/chromium/policies/managed/motcua-kiosk.json" \
    "$dest/etc/udev/rules.d/99-motcua-kiosk.rules" "$dest/etc/sysctl.d/90-motcua-kiosk.conf"
  live systemctl daemon-reload
  say "removed; /etc/motcua and /var/lib/motcua-kiosk are kept: numbers may wait there to be handed in"
  exit 0
fi

[ -n "$server" ] || stop "--server is missing: the address of the Motcua server, such as http://10.0.0.2:8000"
[ $pair = no ] || [ -z "$dest" ] || stop "--pair talks to the server: not for an image"
[ $pair = yes ] || [ -n "$branch" ] || stop "--branch is missing: 'python -m server branch list' shows the ids"
[ $pair = yes ] || [ -n "$token" ] || stop "--token is missing: use --pair, or the one that 'python -m server device add --kind kiosk --printer agent …' shows once"
case $server in http://*|https://*) ;; *) stop "--server must begin with http:// or https://" ;; esac
for value in "$server" "$branch" "$token" "$printer" "$redis"; do
  case $value in *[\"\\]*|*$'\n'*) stop "a value holds a quote, a backslash or a line break" ;; esac
done
if [ -z "$dest" ] && ! { grep -qsx 'ID=debian' /etc/os-release &&
  grep -qsE '^VERSION_ID="?1[23]"?$' /etc/os-release; }; then
  stop "this is not Debian 12 or 13"
fi

say "programs"
live env DEBIAN_FRONTEND=noninteractive apt-get -q update
# cage ends at once where Xwayland is missing, and its package does not ask for it; without
# libpam-systemd there is no seat, and without alsa-utils the sound stays muted.
live env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
  python3 python3-venv chromium cage xwayland dbus libpam-systemd alsa-utils libusb-1.0-0 \
  systemd-timesyncd unattended-upgrades
case $printer in
  lp://*) live env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends cups cups-client ;;
esac

say "user"
if [ -z "$dest" ] && ! id -u motcua-kiosk >/dev/null 2>&1; then
  run useradd --system --home-dir /var/lib/motcua-kiosk --no-create-home --shell /usr/sbin/nologin motcua-kiosk
fi
for group in audio video input render lp dialout; do
  if [ -z "$dest" ] && getent group "$group" >/dev/null; then run usermod -aG "$group" motcua-kiosk; fi
done

say "code"
run rm -rf "$dest$app/kiosk" "$dest$app/deploy"
run mkdir -p "$dest$app/deploy"
run cp -R "$root/kiosk" "$dest$app/kiosk"
put 644 "$root/deploy/constraints.txt" "$app/deploy/constraints.txt"
for file in screen.sh watchdog.py power.py; do put 755 "$here/$file" "$app/deploy/$file"; done
live python3 -m venv "$app/.venv"
live "$app/.venv/bin/pip" install --quiet --disable-pip-version-check -r "$app/kiosk/requirements.txt"

if [ $pair = yes ]; then
  say "pairing: the code below goes into the manager's page, Thiết bị"
  run install -d -m 755 /etc/motcua
  run env PYTHONPATH="$app" "$app/.venv/bin/python" -m kiosk agent pair \
    --config "$config" --server "$server" --branch "$branch"
  [ $dry = yes ] || { token=$(known token) branch=$(known branch); }
fi

say "configuration"
if [ $dry = yes ]; then
  echo "would write: $config"
else
  install -d -m 755 "$dest/etc/motcua"
  (
    umask 077
    {
      echo "# Written by install.sh; the keys are in deploy/RUNBOOK.md."
      echo "server = \"$server\""
      echo "branch = \"$branch\""
      echo "token = \"$token\""
      echo "printer = \"$printer\""
      echo "redis = \"$redis\""
      echo "state = \"/var/lib/motcua-kiosk\""
    } >"$dest$config.new"
  )
  mv "$dest$config.new" "$dest$config"
fi
live chown root:motcua-kiosk "$config"
live chmod 640 "$config"

say "no way out"
put 644 "$here/policy.json" /etc/chromium/policies/managed/motcua-kiosk.json
put 644 "$here/logind.conf" /etc/systemd/logind.conf.d/motcua-kiosk.conf
put 644 "$here/sysctl.conf" /etc/sysctl.d/90-motcua-kiosk.conf
put 644 "$here/99-motcua-kiosk.rules" /etc/udev/rules.d/99-motcua-kiosk.rules
if [[ $printer =~ ^usb://([0-9a-fA-F]{4}):([0-9a-fA-F]{4}) ]] && [ $dry = no ]; then
  # One that does not call itself a printer is the agent's as well.
  printf 'SUBSYSTEM=="usb", ATTR{idVendor}=="%s", ATTR{idProduct}=="%s", GROUP="lp", MODE="0660"\n' \
    "${BASH_REMATCH[1],,}" "${BASH_REMATCH[2],,}" >>"$dest/etc/udev/rules.d/99-motcua-kiosk.rules"
fi
live systemctl mask getty@tty1.service ctrl-alt-del.target
live sysctl --quiet --load /etc/sysctl.d/90-motcua-kiosk.conf
live udevadm control --reload
live udevadm trigger --subsystem-match=usb --subsystem-match=usbmisc

say "units"
for unit in "${units[@]}"; do put 644 "$here/units/$unit" "/etc/systemd/system/$unit"; done
live systemctl daemon-reload
live systemctl enable motcua-kiosk-agent.service motcua-kiosk-screen.service \
  motcua-kiosk-watchdog.timer motcua-kiosk-power.timer
live systemctl set-default multi-user.target
live systemctl restart motcua-kiosk-agent.service motcua-kiosk-screen.service \
  motcua-kiosk-watchdog.timer motcua-kiosk-power.timer
say "done: the kiosk is on this machine's screen; 'journalctl -u \"motcua-kiosk-*\"' tells more."
say "Restart the machine once: until then its other consoles are open."
