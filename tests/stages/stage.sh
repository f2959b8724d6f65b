# SPDX-License-Identifier: Apache-2.0
#
# For the stages to read with `.`: counting, and the last line.
#
#     check LABEL COMMAND...   runs it, counts it as passed or failed, and goes on
#     units BUILD OPTIONS...   runs the unit tests of a build directory and counts their cases
#     stories NAME COMMAND...  runs what counts its own cases in its last line, and counts them
#     said NAME COMMAND...     the first half of it: runs it and keeps what it says
#     counted NAME             the second half: shows that and counts it
#     stage_end                prints the last line; its code is the stage's

stage_passed=0
stage_failed=0

check() {
    check_label=$1
    shift
    echo "== $check_label: $*"
    if "$@"; then
        stage_passed=$((stage_passed + 1))
    else
        echo "FAILED: $check_label"
        stage_failed=$((stage_failed + 1))
    fi
}

# Configures a build directory unless it is there. A directory that was configured before the packages of the tests were
# there (by ./run) holds none of them; it is configured again.
configure() { # BUILD OPTIONS...
    if [ ! -e "$1/build.ninja" ]; then
        meson setup "$@"
    elif ! meson introspect --tests "$1" | grep -q '"name": "embed"'; then
        rm -f "$1/build.ninja" "$1/meson-private/coredata.dat" # Debian's Meson 1.0 cannot clear its cache otherwise
        meson setup "$@"
    fi
}

build() { # BUILD OPTIONS...
    configure "$@" && ninja -C "$1"
}

# A case is a line of TAP. A test that died, hung or said nothing counts as one failed. Twice as many at once as there are processors: they mostly
# wait, for a disk or for a deadline of their own.
units() { # BUILD OPTIONS...
    units_build=$1
    shift
    meson test -C "$units_build" --no-rebuild --num-processes $((2 * $(nproc))) --timeout-multiplier 3 --print-errorlogs "$@" || true
    counts=$(tests/units.py "$units_build/meson-logs/testlog.json") || counts='0 1'
    echo "$units_build: ${counts% *} cases passed, ${counts#* } failed"
    stage_passed=$((stage_passed + ${counts% *}))
    stage_failed=$((stage_failed + ${counts#* }))
}

said() { # NAME COMMAND...
    said_log=$QIANBAO_TMP/$1.said
    shift
    "$@" >"$said_log" 2>&1 || true
}

# Who ends without a count has failed once.
counted() { # NAME
    echo "== $1"
    cat "$QIANBAO_TMP/$1.said"
    counts=$(sed -n '$s/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$QIANBAO_TMP/$1.said")
    : "${counts:=0 1}"
    stage_passed=$((stage_passed + ${counts% *}))
    stage_failed=$((stage_failed + ${counts#* }))
}

stories() { # NAME COMMAND...
    said "$@"
    counted "$1"
}

stage_end() {
    echo "$stage_passed passed, $stage_failed failed"
    [ "$stage_failed" = 0 ]
}
