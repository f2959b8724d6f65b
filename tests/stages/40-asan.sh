# SPDX-License-Identifier: Apache-2.0
# The units again, with every access, leak and undefined step watched.
. tests/stages/stage.sh

ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=0
UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export ASAN_OPTIONS UBSAN_OPTIONS
check 'build' build build-asan -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
# These two wait most of the time, for deadlines; so beside the units.
for name in http tls; do said "asan-$name" env QIANBAO_BUILD="$PWD/build-asan" python3 "tests/api/${name}_test.py" & done
units build-asan
wait
for name in http tls; do counted "asan-$name"; done
stage_end
