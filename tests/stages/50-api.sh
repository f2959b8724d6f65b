# SPDX-License-Identifier: Apache-2.0
# The API of a real server with a real bank: hostile bytes, and the journey with its attacks on both databases.
. tests/stages/stage.sh

# The cases of a Python story file: its own last line counts.
stories() { # LABEL COMMAND...
    label=$1
    shift
    echo "== $label"
    "$@" >"$QIANBAO_TMP/stories" 2>&1 || true
    cat "$QIANBAO_TMP/stories"
    last=$(tail -n 1 "$QIANBAO_TMP/stories")
    case $last in
    *' passed, '*' failed')
        stage_passed=$((stage_passed + ${last%% *}))
        last=${last#*, }
        stage_failed=$((stage_failed + ${last%% *}))
        ;;
    *) stage_failed=$((stage_failed + 1)) ;;
    esac
}

stories 'hostile requests' python3 tests/api/http_test.py
stories 'flows on SQLite' python3 tests/api/flow_test.py
pg=$QIANBAO_TMP/pg
if conninfo=$(tests/postgres.sh start "$pg"); then
    stories 'flows on PostgreSQL' python3 tests/api/flow_test.py "postgres:$conninfo"
    tests/postgres.sh stop "$pg"
else
    stage_failed=$((stage_failed + 1))
fi
stage_end
