# SPDX-License-Identifier: Apache-2.0
# The rules of the house, then the format, then what cppcheck sees.
. tests/stages/stage.sh

sources() {
    find src tests bench -name '*.[ch]' | sort
}

check 'the rules find what breaks them' tests/house.py --self-test
check 'floors, names, licences' tests/house.py .
check 'format' clang-format-14 --dry-run -Werror $(sources)
check 'cppcheck' scripts/cppcheck
[ ! -e tables/make/check.py ] || check 'tables' python3 tables/make/check.py
stage_end
