# SPDX-License-Identifier: Apache-2.0
# The units again, with every pair of threads watched; those of one thread have nothing to show here (tests/meson.build).
. tests/stages/stage.sh

# Without the second that a process with threads waits before it ends: the disk's stories have many short lives.
TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:atexit_sleep_ms=0
export TSAN_OPTIONS
check 'build' build build-tsan -Db_sanitize=thread -Db_lundef=false -Doptimization=1
said every-route env QIANBAO_BUILD="$PWD/build-tsan" python3 tests/api/openapi_test.py & # beside the units, which mostly wait
units build-tsan
wait
counted every-route
stage_end
