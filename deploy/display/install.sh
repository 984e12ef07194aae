#!/bin/bash
# Turns a Debian 12 or 13 mini-PC or TV box into a wall display; run again after an update or to
# change a value.
#
#   deploy/display/install.sh --server URL --branch ID [OPTION …]
#       the wall then shows a code, which an administrator types into the manager's page
#   deploy/display/install.sh [any of these]   again: what is not given stays as it is
#   deploy/display/install.sh --uninstall
#
#   --token TOKEN   for an image or a script, instead of the code
#   --rotate N      turn the picture by 90, 180 or 270 degrees clockwise; 0 is as it is
#   --sound NAME    the sound output: part of its name, or an ALSA name; "" is chosen by itself
#   --volume N      of that output at the start, percent (80); the branch file says how loud calls are
#   --dry-run       say what would be done
#   DESTDIR=DIR     only lay the files out below DIR (for images and tests)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034  # read by the part that both installers have
kind=display options=(server branch token rotate sound volume) switches=()
# shellcheck source=deploy/screen/install.sh
source "$here/../screen/install.sh"
server='' branch='' token='' rotate='' sound='' volume='' uninstall=no
read_options "$@"

if [ "$uninstall" = yes ]; then
  remove_all /run/motcua-display
  say "removed; /etc/motcua and /var/lib/motcua-display are kept: the wall is still known to the server"
  exit 0
fi

[ -n "$server" ] || stop "--server is missing: the address of the Motcua server, such as http://10.0.0.2:8000"
[ -n "$branch" ] || stop "--branch is missing: 'python -m server branch list' shows the ids"
rotate=${rotate:-0} volume=${volume:-80}
case $rotate in 0|90|180|270) ;; *) stop "--rotate must be 0, 90, 180 or 270" ;; esac
[[ $volume =~ ^[0-9]+$ ]] && [ "$volume" -le 100 ] || stop "--volume must be a number from 0 to 100"
server=${server%/}
check_values
check_system

# wlr-randr turns the picture and the panel off and on, v4l-utils (cec-ctl) the television.
screen_programs wlr-randr v4l-utils
add_user audio video render

say "code"
run rm -rf "$dest$app"
run mkdir -p "$dest$app/display"
# The box needs Python's own library only, and nothing of the pages: those come from the server.
for file in __init__.py __main__.py cli.py box; do
  run cp -R "$root/display/$file" "$dest$app/display/$file"
done
put 755 "$screen_dir/browser.sh" "$app/deploy/screen/browser.sh"
put 755 "$here/screen.sh" "$app/deploy/display/screen.sh"

write_config "server = \"$server\"" "branch = \"$branch\"" "token = \"$token\"" \
  "rotate = $rotate" "sound = \"$sound\"" "volume = $volume"

shut_ways_out
if [ "$dry_run" = no ]; then
  policy=$(<"$here/policy.json")
  printf '%s\n' "${policy/@SERVER@/"$server"}" >"$dest/etc/chromium/policies/managed/motcua-display.json"
fi
start_units motcua-display-screen.service
say "done: the wall is on this machine's screen; 'journalctl -u motcua-display-screen' tells more."
say "Hear it: cd $app && python3 -m display check"
say "Restart the machine once: until then its other consoles are open."
