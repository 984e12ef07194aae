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
# shellcheck disable=SC2034  # read by the part that both installers have
kind=kiosk options=(server branch token printer redis) switches=(pair)
# shellcheck source=deploy/screen/install.sh
source "$here/../screen/install.sh"
server='' branch='' token='' printer='' redis='' pair=no uninstall=no
read_options "$@"
rules=/etc/udev/rules.d/99-motcua-kiosk.rules

if [ "$uninstall" = yes ]; then
  remove_all "$rules"
  say "removed; /etc/motcua and /var/lib/motcua-kiosk are kept: numbers may wait there to be handed in"
  exit 0
fi

[ -n "$server" ] || stop "--server is missing: the address of the Motcua server, such as http://10.0.0.2:8000"
[ "$pair" = no ] || [ -z "$dest" ] || stop "--pair talks to the server: not for an image"
[ "$pair" = yes ] || [ -n "$branch" ] || stop "--branch is missing: 'python -m server branch list' shows the ids"
[ "$pair" = yes ] || [ -n "$token" ] || stop "--token is missing: use --pair, or the one that 'python -m server device add --kind kiosk --printer agent …' shows once"
check_values
check_system

screen_programs python3-venv libusb-1.0-0
case $printer in lp://*) programs cups cups-client ;; esac
add_user audio video input render lp dialout

say "code"
run rm -rf "$dest$app/kiosk" "$dest$app/deploy" "$dest$app/screen"
run mkdir -p "$dest$app/deploy"
run cp -R "$root/kiosk" "$dest$app/kiosk"
put 644 "$root/deploy/constraints.txt" "$app/deploy/constraints.txt"
put 755 "$screen_dir/browser.sh" "$app/screen/browser.sh"
for file in screen.sh watchdog.py power.py; do put 755 "$here/$file" "$app/deploy/$file"; done
live python3 -m venv "$app/.venv"
live "$app/.venv/bin/pip" install --quiet --disable-pip-version-check -r "$app/kiosk/requirements.txt"

if [ "$pair" = yes ]; then
  say "pairing: the code below goes into the manager's page, Thiết bị"
  run install -d -m 755 /etc/motcua
  run env PYTHONPATH="$app" "$app/.venv/bin/python" -m kiosk agent pair \
    --config "$config" --server "$server" --branch "$branch"
  [ "$dry_run" = yes ] || { token=$(known token) branch=$(known branch); }
fi

write_config "server = \"$server\"" "branch = \"$branch\"" "token = \"$token\"" \
  "printer = \"$printer\"" "redis = \"$redis\"" 'state = "/var/lib/motcua-kiosk"'

shut_ways_out
put 644 "$here/99-motcua-kiosk.rules" "$rules"
if [[ $printer =~ ^usb://([0-9a-fA-F]{4}):([0-9a-fA-F]{4}) ]] && [ "$dry_run" = no ]; then
  # One that does not call itself a printer is the agent's as well.
  printf 'SUBSYSTEM=="usb", ATTR{idVendor}=="%s", ATTR{idProduct}=="%s", GROUP="lp", MODE="0660"\n' \
    "${BASH_REMATCH[1],,}" "${BASH_REMATCH[2],,}" >>"$dest$rules"
fi
live udevadm control --reload
live udevadm trigger --subsystem-match=usb --subsystem-match=usbmisc

start_units motcua-kiosk-agent.service motcua-kiosk-screen.service motcua-kiosk-watchdog.timer \
  motcua-kiosk-power.timer
say "done: the kiosk is on this machine's screen; 'journalctl -u \"motcua-kiosk-*\"' tells more."
say "Restart the machine once: until then its other consoles are open."
