#!/bin/bash
# The wall on its panel: cage shows `python -m display run` and what that starts, and nothing else.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
config=${MOTCUA_DISPLAY_CONFIG:-/etc/motcua/display.toml}
python=${MOTCUA_DISPLAY_PYTHON:-/usr/bin/python3}
cd "$root"

# Debian 12's cage turns the picture itself; a later one leaves it to wlr-randr, which `run` calls.
turn=()
quarters=$(sed -n 's/^rotate = \(90\|180\|270\)$/\1/p' "$config" | head -n 1)
options=$(cage -h 2>&1 || true)
if [[ $options == *"-r"* ]]; then
  for ((done = 0; done < ${quarters:-0}; done += 90)); do turn+=(-r); done
  export MOTCUA_DISPLAY_TURNED=yes
fi
exec cage "${turn[@]}" -- "$python" -m display run --config "$config" "$@"
