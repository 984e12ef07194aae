#!/bin/bash
# The kiosk's browser. Started by cage.
set -euo pipefail

page=${MOTCUA_KIOSK_PAGE:-http://127.0.0.1:8765/}
profile=${RUNTIME_DIRECTORY:-/run/motcua-kiosk}/profile

# A fresh profile at each start: nothing of yesterday, no "restore pages", and the agent gives the
# page its token anew.
rm -rf "$profile"
exec "$(dirname "$0")/../screen/browser.sh" "$profile" "$page" "$@"
