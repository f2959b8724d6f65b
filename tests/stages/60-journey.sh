# SPDX-License-Identifier: Apache-2.0
# The web app: its own checks, then the journeys in Chromium, with pictures and axe on each (build/screens/): a newcomer's, every page of app and
# till, codes through a camera, a bad line, the keyboard alone; and Lighthouse.
. tests/stages/stage.sh

check 'web app' scripts/build-web --dev
check 'compile' ninja -C build src/bin/qianbao src/bin/qianbao-bank src/bin/qianbaod
stories check node web/check.mjs

if ! cmp -s tests/journey/package-lock.json tests/journey/node_modules/.locked; then
    check 'packages' npm --prefix tests/journey ci --ignore-scripts --no-audit --no-fund --no-progress
    find tests/journey/node_modules -name '*.[ch]' -delete # sources of others, which our own rules of format are not for
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
# Side by side, the long ones first, in this order; the others follow by name. Each has people of its own.
# Maintenance concerns everybody, so it comes behind.
long='pages newcomer zero docs network camera honesty'
names=$(printf '%s\n' $long && for walk in tests/journey/*_journey.mjs; do basename "$walk" _journey.mjs; done | grep -vxF "$(printf '%s\n' $long maintenance)")
# shellcheck disable=SC2016 # for the other shell
printf '%s\n' $names | xargs -P 4 -I '{}' sh -c '
    . tests/stages/stage.sh
    said "$1" node "tests/journey/$1_journey.mjs" "$2" build/screens' sh '{}' "http://127.0.0.1:$port"
said maintenance node tests/journey/maintenance_journey.mjs "http://127.0.0.1:$port" build/screens
for name in $names maintenance; do counted "$name"; done
stories lighthouse node tests/journey/lighthouse.mjs "http://127.0.0.1:$port" build/screens # alone: it measures
check 'audit of what was clicked' build/src/bin/qianbao --data "$data" audit
kill "$server" "$bank"
wait "$server" "$bank" || true
stage_end
