# SPDX-License-Identifier: Apache-2.0
# The API of a real server with a real bank: hostile bytes, and the journey with its attacks on both databases.
. tests/stages/stage.sh

on_sqlite() {
    said flows-sqlite python3 tests/api/flow_test.py
    said bank-sqlite python3 tests/api/bank_test.py
}

# Each on a PostgreSQL of its own: a store belongs to one data directory.
with_postgres() { # FILE
    with_dir=$QIANBAO_TMP/pg
    with_conninfo=$(tests/postgres.sh start "$with_dir") || return 1
    with_code=0
    python3 "$1" "postgres:$with_conninfo" || with_code=$?
    tests/postgres.sh stop "$with_dir"
    return "$with_code"
}

on_postgres() {
    said flows-postgres with_postgres tests/api/flow_test.py
    said bank-postgres with_postgres tests/api/bank_test.py
}

# These two look at the time that an answer takes; the others mostly wait for one, so three of them go at once.
stories http python3 tests/api/http_test.py
stories people python3 tests/api/people_test.py
said openapi python3 tests/api/openapi_test.py &
on_sqlite &
on_postgres &
wait
for name in openapi flows-sqlite bank-sqlite flows-postgres bank-postgres; do counted "$name"; done
stage_end
