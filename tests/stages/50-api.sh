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
stories 'people' python3 tests/api/people_test.py
stories 'every route and its page' python3 tests/api/openapi_test.py
stories 'flows on SQLite' python3 tests/api/flow_test.py
stories 'the bank on SQLite' python3 tests/api/bank_test.py

# Each on a PostgreSQL of its own: a store belongs to one data directory.
on_postgres() { # LABEL FILE
    pg=$QIANBAO_TMP/pg
    if conninfo=$(tests/postgres.sh start "$pg"); then
        stories "$1" python3 "$2" "postgres:$conninfo"
        tests/postgres.sh stop "$pg"
    else
        stage_failed=$((stage_failed + 1))
    fi
}
on_postgres 'flows on PostgreSQL' tests/api/flow_test.py
on_postgres 'the bank on PostgreSQL' tests/api/bank_test.py
stage_end
