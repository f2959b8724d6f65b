# SPDX-License-Identifier: Apache-2.0
# The web app: its own checks, then the newcomer's journey in Chromium, both languages, with pictures and axe (build/screens/).
. tests/stages/stage.sh

check 'web app' scripts/build-web --dev
check 'compile' ninja -C build src/bin/qianbao src/bin/qianbao-bank src/bin/qianbaod
stories check node web/check.mjs

if ! cmp -s tests/journey/package-lock.json tests/journey/node_modules/.locked; then
    check 'packages' npm --prefix tests/journey ci --ignore-scripts --no-audit --no-fund --no-progress
    cp tests/journey/package-lock.json tests/journey/node_modules/.locked
fi

data=$QIANBAO_TMP/journey
mkdir -p "$data"
bank_port=$(scripts/port free)
build/src/bin/qianbao-bank --data "$data/bank" --port "$bank_port" >"$data/bank.log" 2>&1 &
bank=$!
port=$(scripts/port free)
build/src/bin/qianbaod --data "$data" --listen "127.0.0.1:$port" --sandbox --bank "http://127.0.0.1:$bank_port" >"$data/server.log" 2>&1 &
server=$!
scripts/port wait "http://127.0.0.1:$port/readyz" 20 "$server" "$bank" || true
stories journey node tests/journey/journey.mjs "http://127.0.0.1:$port" build/screens
stories camera node tests/journey/camera_journey.mjs "http://127.0.0.1:$port" build/screens
check 'audit of what was clicked' build/src/bin/qianbao --data "$data" audit
kill "$server" "$bank"
wait "$server" "$bank" || true
stage_end
