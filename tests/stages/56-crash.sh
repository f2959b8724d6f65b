# SPDX-License-Identifier: Apache-2.0
# 25 rounds of kill -9 under load, judged by the clients' own record. The long version: make crash.
. tests/stages/stage.sh

python3 tests/crash/crash_test.py --rounds 25 >"$QIANBAO_TMP/crash" 2>&1 || true
cat "$QIANBAO_TMP/crash"
last=$(tail -n 1 "$QIANBAO_TMP/crash")
case $last in
*' passed, '*' failed')
    stage_passed=$((stage_passed + ${last%% *}))
    last=${last#*, }
    stage_failed=$((stage_failed + ${last%% *}))
    ;;
*) stage_failed=$((stage_failed + 1)) ;;
esac
stage_end
