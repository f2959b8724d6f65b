# SPDX-License-Identifier: Apache-2.0
# The rules of the ledger are pure, so the cases can take every branch of them; one that is not taken fails.
. tests/stages/stage.sh

build=build-coverage
test=tests/ledger/ledger_rules_test
object=src/ledger/libledger.a.p/rules.c.o # in the build directory, where gcov is run

cases() {
    configure "$build" -Db_coverage=true -Doptimization=0 && ninja -C "$build" "$test" && rm -f "$build/${object%.o}.gcda" && "$build/$test"
}

every_branch() {
    (cd "$build" && gcov --branch-probabilities --branch-counts --stdout "$object") | awk '
        /:Source:/ { rules = /ledger\/rules\.c$/ }
        !rules { next }
        /^ *#####:/ { print "never run: " $0; missed++ }
        /^ *[0-9-]+\*?: *[0-9]+:/ { line = $0 }
        /^branch .*(taken 0|never executed)/ { print "one way only: " line; missed++ }
        /^branch .* taken [1-9]/ { taken++ }
        END { print "rules.c: " taken + 0 " branches taken, " missed + 0 " missed"; exit missed > 0 || taken < 100 }'
}

check 'the cases, watched' cases
check 'every branch of the rules is taken' every_branch
stage_end
