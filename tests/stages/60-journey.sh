# SPDX-License-Identifier: Apache-2.0
# The web app: its own checks, then the newcomer's journey in Chromium, both languages, with pictures and axe (build/screens/).
. tests/stages/stage.sh

counted() { # LOG: adds what its last line counts
    last=$(tail -n 1 "$1")
    case $last in
    *' passed, '*' failed')
        stage_passed=$((stage_passed + ${last%% *}))
        last=${last#*, }
        stage_failed=$((stage_failed + ${last%% *}))
        ;;
    *) stage_failed=$((stage_failed + 1)) ;;
    esac
}

check 'web app' scripts/build-web --dev
check 'compile' ninja -C build src/bin/qianbao src/bin/qianbao-bank src/bin/qianbaod
node web/check.mjs >"$QIANBAO_TMP/check" 2>&1 || true
cat "$QIANBAO_TMP/check"
counted "$QIANBAO_TMP/check"

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
node tests/journey/journey.mjs "http://127.0.0.1:$port" build/screens >"$data/journey.log" 2>&1 || true
cat "$data/journey.log"
counted "$data/journey.log"
check 'audit of what was clicked' build/src/bin/qianbao --data "$data" audit
kill "$server" "$bank"
wait "$server" "$bank" || true
stage_end
