# SPDX-License-Identifier: Apache-2.0
# The API of a real server with a real bank: hostile bytes, and the journey with its attacks on both databases.
. tests/stages/stage.sh

# A story of the money: tests/api/NOUN_story.py [STORE], which counts its own cases. Each on both engines, on a server, a bank and, for
# PostgreSQL, a cluster of its own: a store belongs to one data directory.
on_sqlite() { # NAME
    said "$1-sqlite" python3 "tests/api/$1_story.py"
}

with_postgres() { # NAME
    with_dir=$QIANBAO_TMP/pg-$1
    with_conninfo=$(tests/postgres.sh start "$with_dir") || return 1
    with_code=0
    python3 "tests/api/$1_story.py" "postgres:$with_conninfo" || with_code=$?
    tests/postgres.sh stop "$with_dir"
    return "$with_code"
}

on_postgres() { # NAME
    said "$1-postgres" with_postgres "$1"
}

names=$(for story in tests/api/*_story.py; do basename "$story" _story.py; done)

# Two at once on each engine: they mostly wait for an answer. Odd lines of the list go to one lane, even ones to the other.
lane() { # ENGINE ODD_OR_EVEN
    lane_at=0
    for lane_name in $names; do
        lane_at=$((1 - lane_at))
        [ "$lane_at" = "$2" ] && "on_$1" "$lane_name"
    done
    return 0
}

# These look at the time that an answer takes.
stories http python3 tests/api/http_test.py
stories people python3 tests/api/people_test.py
stories tls python3 tests/api/tls_test.py
said nginx python3 tests/api/nginx_test.py &
said lan python3 tests/api/lan_test.py &
said openapi python3 tests/api/openapi_test.py &
said timing python3 tests/api/timing_test.py & # in pairs, so that what else runs slows both alike
for engine in sqlite postgres; do
    lane "$engine" 1 &
    lane "$engine" 0 &
done
wait
counted nginx
counted lan
counted openapi
counted timing
for name in $names; do
    counted "$name-sqlite"
    counted "$name-postgres"
done
stories provoked python3 tests/api/provoked.py "$QIANBAO_TMP/provoked" # what they provoked, against the tables
stage_end
