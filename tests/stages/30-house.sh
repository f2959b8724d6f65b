# SPDX-License-Identifier: Apache-2.0
# The rules of the house, then the format, then what cppcheck sees.
. tests/stages/stage.sh

sources() {
    find src tests bench -name '*.[ch]' | sort
}

check 'the rules find what breaks them' tests/house.py --self-test
check 'floors, names, licences' tests/house.py .
check 'the attack rows: what is missing is found' tests/attack_rows.py --self-test
check 'the attack rows and their tests' tests/attack_rows.py .
check 'format' clang-format-14 --dry-run -Werror $(sources)
check 'cppcheck' scripts/cppcheck
[ ! -e tables/make/check.py ] || check 'tables' python3 tables/make/check.py
stage_end
