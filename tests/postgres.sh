#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A PostgreSQL of our own for the tests: in a directory, on a Unix socket only, gone when it is stopped.
#
#     tests/postgres.sh start DIR [SETTING=VALUE]...   makes a cluster in DIR (which must not exist yet), starts it, prints its conninfo
#     tests/postgres.sh stop DIR                       stops it and removes DIR
#
# PostgreSQL refuses to run as root, so root runs it as the user postgres (whom the package made) or nobody; DIR should
# then be where they can reach it: below /tmp. The package's own clusters are neither started nor touched. fsync stays on,
# because the tests of commits mean it. DIR's path must be short: a socket's name has 107 characters at most.
set -eu

bin=
for version in 15 16 17; do
    [ -x "/usr/lib/postgresql/$version/bin/initdb" ] && bin=/usr/lib/postgresql/$version/bin && break
done
if [ -z "$bin" ]; then
    echo 'tests/postgres.sh: no /usr/lib/postgresql/15/bin; scripts/need test installs it' >&2
    exit 1
fi

as_owner() {
    if [ "$(id -u)" = 0 ]; then
        owner=postgres
        id postgres >/dev/null 2>&1 || owner=nobody
        (cd / && exec setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups -- "$@")
    else
        "$@"
    fi
}

init_cluster() { # DIR
    as_owner "$bin/initdb" --pgdata="$1/cluster" --username=qianbao --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync &&
        echo 'CREATE DATABASE qianbao' | as_owner "$bin/postgres" --single -F -D "$1/cluster" postgres
}

# Within ./test the first cluster is the mould of all: a copy takes a fifth of the time of initdb.
make_cluster() { # DIR
    if [ -z "${QIANBAO_TMP:-}" ]; then
        init_cluster "$1" >"$1.log" 2>&1
        return
    fi
    mould=$QIANBAO_TMP/pg-mould
    (
        flock 9
        [ -e "$mould" ] && exit 0
        rm -rf "$mould.new"
        mkdir "$mould.new"
        [ "$(id -u)" != 0 ] || chown "$owner" "$mould.new"
        init_cluster "$mould.new" && mv "$mould.new" "$mould"
    ) 9>"$mould.lock" >"$1.log" 2>&1 && as_owner cp -a "$mould/cluster" "$1/cluster" >>"$1.log" 2>&1
}

case "${1:-} ${2:+dir}" in
'start dir')
    dir=$2
    mkdir "$dir"
    dir=$(cd "$dir" && pwd)
    chmod 755 "$dir"
    if [ "$(id -u)" = 0 ]; then
        owner=postgres
        id postgres >/dev/null 2>&1 || owner=nobody
        chown "$owner" "$dir"
    fi
    make_cluster "$dir" || { cat "$dir.log" >&2; exit 1; }
    cat >>"$dir/cluster/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 60
shared_buffers = 64MB
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 30min
log_min_messages = warning
CONF
    shift 2
    [ $# = 0 ] || printf '%s\n' "$@" >>"$dir/cluster/postgresql.conf" # the last one of a name counts
    as_owner "$bin/pg_ctl" start --pgdata="$dir/cluster" --log="$dir/log" --wait --timeout=300 -s >>"$dir.log" 2>&1 </dev/null ||
        { cat "$dir.log" "$dir/log" >&2; exit 1; }
    rm -f "$dir.log"
    echo "host=$dir user=qianbao dbname=qianbao"
    ;;
'stop dir')
    dir=$(cd "$2" && pwd)
    as_owner "$bin/pg_ctl" stop --pgdata="$dir/cluster" --mode=fast --wait -s || true
    rm -rf "$dir"
    ;;
*)
    sed -n '3,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
