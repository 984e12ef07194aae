#!/bin/bash
# The kiosk's browser: one page, the whole screen, no way out. Started by cage.
set -euo pipefail

page=${MOTCUA_KIOSK_PAGE:-http://127.0.0.1:8765/}
profile=${RUNTIME_DIRECTORY:-/run/motcua-kiosk}/profile
browser=${MOTCUA_KIOSK_BROWSER:-/usr/bin/chromium}

# A fresh profile at each start: nothing of yesterday, no "restore pages", and the agent gives the
# page its token anew.
rm -rf "$profile"
exec "$browser" \
  --kiosk \
  --ozone-platform-hint=auto \
  --user-data-dir="$profile" \
  --no-first-run \
  --noerrdialogs \
  --disable-session-crashed-bubble \
  --hide-crash-restore-bubble \
  --disable-infobars \
  --disable-component-update \
  --disable-background-networking \
  --disable-sync \
  --disable-translate \
  --disable-features=Translate,TouchpadOverscrollHistoryNavigation,MediaRouter \
  --disable-pinch \
  --overscroll-history-navigation=0 \
  --pull-to-refresh=0 \
  --autoplay-policy=no-user-gesture-required \
  --check-for-update-interval=31536000 \
  "$@" \
  "$page"
