#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A story of the money, tests/api/NAME_story.py, on one of the engines: a server, a bank and, for PostgreSQL, a cluster of its own, because a store
# belongs to one data directory.
#
#     tests/story.sh NAME sqlite
#     tests/story.sh NAME postgres
set -eu
cd "$(dirname "$0")/.."

story=tests/api/${1:?}_story.py
case ${2:?} in
sqlite) exec python3 "$story" ;;
postgres)
    dir=$(mktemp -du "${QIANBAO_TMP:-/tmp}/pg-XXXXXX")
    conninfo=$(tests/postgres.sh start "$dir")
    trap 'tests/postgres.sh stop "$dir"' EXIT
    python3 "$story" "postgres:$conninfo"
    ;;
*) echo "tests/story.sh: no engine $2" >&2; exit 2 ;;
esac
