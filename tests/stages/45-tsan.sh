# SPDX-License-Identifier: Apache-2.0
# The units again, with every pair of threads watched.
. tests/stages/stage.sh

TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
export TSAN_OPTIONS
check 'build' build build-tsan -Db_sanitize=thread -Db_lundef=false -Doptimization=1
units build-tsan
check 'every route, and its streams' env QIANBAO_BUILD="$PWD/build-tsan" python3 tests/api/openapi_test.py
stage_end
