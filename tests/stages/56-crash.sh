# SPDX-License-Identifier: Apache-2.0
# 25 rounds of kill -9 under load, judged by the clients' own record. The long version: make crash.
. tests/stages/stage.sh

stories crash python3 tests/crash/crash_test.py --rounds 25
stage_end
