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
export QIANBAO_DATA="$data" # for who also types a command
# Side by side, two at a time: a browser mostly waits. Each has people of its own.
QIANBAO_DATA=$data # for what staff do by command
export QIANBAO_DATA
walks() { # ODD_OR_EVEN
    walks_at=0
    for walk in tests/journey/*_journey.mjs; do
        walks_at=$((1 - walks_at))
        [ "$walks_at" = "$1" ] && said "$(basename "$walk" _journey.mjs)" node "$walk" "http://127.0.0.1:$port" build/screens
    done
    return 0
}
walks 1 &
first=$!
walks 0 &
wait "$first" "$!"
for walk in tests/journey/*_journey.mjs; do counted "$(basename "$walk" _journey.mjs)"; done
check 'audit of what was clicked' build/src/bin/qianbao --data "$data" audit
kill "$server" "$bank"
wait "$server" "$bank" || true
stage_end
