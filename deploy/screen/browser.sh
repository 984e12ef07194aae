#!/bin/bash
# A browser that shows one page on the whole screen and has no way out: browser.sh PROFILE PAGE [FLAG …]
set -euo pipefail

profile=$1 page=$2
shift 2
browser=${MOTCUA_BROWSER:-/usr/bin/chromium}

# Who minds the browser over a pipe has it at these numbers; Chromium looks for it at 3 and 4.
if [ -n "${MOTCUA_PIPE_IN:-}" ]; then
  exec 3<&"$MOTCUA_PIPE_IN" 4>&"$MOTCUA_PIPE_OUT"
  set -- --remote-debugging-pipe "$@"
fi
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
