#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What must be true of the tables, and that each of these checks can fail.

    tables/make/check.py      says what is wrong with tables/, and ends with "N passed, N failed"

A rule takes a file's lines and yields complaints. Beside it stands how to break the real file: a rule that finds nothing in the
broken one has failed too.
"""
import os
import re
import sys
from datetime import date

TABLES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SIZE_MAX = 3 * 1000 * 1000  # of all of tables/
WEAK_MAX = 1 << 16  # password.c reads no more

BIN = "bin.tsv"
REGION = "region.tsv"
WEAK = "weak-passwords-zh.txt"
ISSUERS = os.path.join("make", "issuer.tsv")

BIN_HEAD = ["prefix", "length", "kind", "code", "name", "name_zh"]
REGION_HEAD = ["code", "name_zh", "from_year", "to_year"]

# The sandbox bank's cards begin with these (src/bank/testcard.c).
SANDBOX = [("622588", "16", "debit", "CMB"), ("622700", "19", "debit", "CCB"), ("622202", "19", "debit", "ICBC")]
PROVINCES = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82".split()
CHOSEN_FIRST = """12345678 88888888 5201314520 woaini1314 woaini520 qq123456 weixin123 qianbao123 alipay123 zhifubao 1qaz2wsx a1234567
wang1234 zhangwei 19900101 1q2w3e4r tiantianxiangshang""".split()
CHINESE = re.compile("[一-鿿]")


def read(name):
    with open(os.path.join(TABLES, name), encoding="utf-8", newline="") as file:
        return file.read()


def rows(lines):
    return [line.split("\t") for line in lines[1:]]


def repeated(keys):
    seen = set()
    return [key for key in keys if key in seen or seen.add(key)]


def misplaced(keys):
    return [two for one, two in zip(keys, keys[1:]) if two < one]


# --- any file ---


def lines_are_clean(lines):
    for number, line in enumerate(lines, 1):
        if not line or line != line.strip(" \r\n") or not line.replace("\t", "").isprintable():
            yield f"line {number}: {line!r}"


# --- bin.tsv ---


def bin_has_its_columns(lines):
    if lines[0].split("\t") != BIN_HEAD:
        yield f"its first line is {lines[0]!r}"
    yield from (f"{row}: not {len(BIN_HEAD)} columns" for row in rows(lines) if len(row) != len(BIN_HEAD))


def prefixes_are_digits(lines):
    yield from (row for row in rows(lines) if not re.fullmatch("[0-9]{4,10}", row[0]))


def lengths_are_those_of_cards(lines):
    yield from (row for row in rows(lines) if row[1] not in map(str, range(13, 20)))


def kinds_are_known(lines):
    yield from (row for row in rows(lines) if row[2] not in ("debit", "credit", "semi", "prepaid"))


def issuers_have_one_name(lines):
    listed = {row[0]: row[1:3] for row in rows(read(ISSUERS).splitlines())}
    for row in rows(lines):
        if listed.get(row[3]) != row[4:6]:
            yield f"{row}: make/issuer.tsv has {listed.get(row[3])}"
        if not re.fullmatch("[A-Z0-9]+", row[3]) or not row[4].isascii() or not CHINESE.search(row[5]):
            yield row


def bin_is_sorted(lines):
    yield from misplaced([(row[0], int(row[1])) for row in rows(lines)])


def a_prefix_and_length_name_one_issuer(lines):
    yield from repeated([(row[0], row[1]) for row in rows(lines)])


def there_are_1500_prefixes(lines):
    if len(lines) - 1 < 1500:
        yield len(lines) - 1


def there_are_120_issuers(lines):
    issuers = {row[3] for row in rows(lines)}
    if len(issuers) < 120:
        yield len(issuers)


def the_sandbox_has_its_prefixes(lines):
    yield from set(SANDBOX) - {tuple(row[:4]) for row in rows(lines)}


# --- region.tsv ---


def region_has_its_columns(lines):
    if lines[0].split("\t") != REGION_HEAD:
        yield f"its first line is {lines[0]!r}"
    yield from (f"{row}: not {len(REGION_HEAD)} columns" for row in rows(lines) if len(row) != len(REGION_HEAD))


def codes_are_six_digits(lines):
    yield from (row for row in rows(lines) if not re.fullmatch("[1-8][0-9]{5}", row[0]))


def names_are_chinese(lines):
    yield from (row for row in rows(lines) if not re.fullmatch("[一-鿿]+", row[1]))


def years_are_in_order(lines):
    for row in rows(lines):
        years = [int(year) for year in row[2:4] if re.fullmatch("[0-9]{4}", year)]
        if len(years) != len([year for year in row[2:4] if year]) or years != sorted(years):
            yield row
        elif any(not 1980 <= year <= date.today().year for year in years):
            yield row


def region_is_sorted(lines):
    yield from misplaced([(row[0], int(row[2] or 0)) for row in rows(lines)])


def a_code_means_one_region_at_a_time(lines):
    for one, two in zip(rows(lines), rows(lines)[1:]):
        if one[0] == two[0] and (not one[3] or not two[2] or int(two[2]) <= int(one[3])):
            yield one, two


def every_province_is_there(lines):
    in_force = {row[0] for row in rows(lines) if not row[3]}
    yield from (code for code in PROVINCES if code + "0000" not in in_force)


def numbers_of_the_tests_have_regions(lines):
    yield from {"110105", "310103", "440524"} - {row[0] for row in rows(lines)}


def a_region_has_its_province(lines):
    codes = {row[0] for row in rows(lines)}
    yield from (code for code in codes if code[:2] + "0000" not in codes)


def there_are_7000_codes(lines):
    codes = {row[0] for row in rows(lines)}
    if len(codes) < 7000:
        yield len(codes)


def there_are_2800_counties_in_force(lines):
    counties = [row for row in rows(lines) if not row[3] and not row[0].endswith("00")]
    if len(counties) < 2800:
        yield len(counties)


def there_are_3000_abolished_codes(lines):
    codes = {row[0] for row in rows(lines)} - {row[0] for row in rows(lines) if not row[3]}
    if len(codes) < 3000:
        yield len(codes)


# --- weak-passwords-zh.txt ---


def is_date(word):
    return bool(re.fullmatch("(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])", word))


def there_are_10000_beside_the_dates(lines):
    words = [word for word in lines if not is_date(word)]
    if len(words) < 10000:
        yield len(words)


def the_program_reads_them_all(lines):
    if len(lines) > WEAK_MAX:
        yield len(lines)


def passwords_could_be_chosen(lines):
    yield from (word for word in lines if not re.fullmatch("[!-~]{8,64}", word) or word != word.lower())


def weak_is_sorted(lines):
    yield from misplaced(lines)


def a_password_is_there_once(lines):
    yield from repeated(lines)


def the_best_known_are_there(lines):
    yield from set(CHOSEN_FIRST) - set(lines)


# --- every rule, its file, and a way to break the file ---


def swap(lines):
    return [lines[0], lines[2], lines[1], *lines[3:]]


def double(lines):
    return [*lines, lines[-1]]


def cell(column, value):
    def broken(lines):
        row = lines[1].split("\t")
        row[column] = value
        return [lines[0], "\t".join(row), *lines[2:]]

    return broken


def keep(count):
    return lambda lines: lines[: count + 1]


def without(pattern):
    return lambda lines: [line for line in lines if not re.match(pattern, line)]


def added(line):
    return lambda lines: [*lines, line]


RULES = [
    (BIN, lines_are_clean, added("")),
    (BIN, bin_has_its_columns, added("622588\t16")),
    (BIN, prefixes_are_digits, cell(0, "62258a")),
    (BIN, lengths_are_those_of_cards, cell(1, "20")),
    (BIN, kinds_are_known, cell(2, "gift")),
    (BIN, issuers_have_one_name, cell(4, "Bank of Nowhere")),
    (BIN, bin_is_sorted, swap),
    (BIN, a_prefix_and_length_name_one_issuer, double),
    (BIN, there_are_1500_prefixes, keep(1499)),
    (BIN, there_are_120_issuers, keep(100)),
    (BIN, the_sandbox_has_its_prefixes, without("622588\t")),
    (REGION, lines_are_clean, added("110101\t东城区\t\t\r")),
    (REGION, region_has_its_columns, added("110101")),
    (REGION, codes_are_six_digits, cell(0, "01000a")),
    (REGION, names_are_chinese, cell(1, "Beijing")),
    (REGION, years_are_in_order, added("110101\t东城区\t1990\t1985")),
    (REGION, region_is_sorted, swap),
    (REGION, a_code_means_one_region_at_a_time, double),
    (REGION, every_province_is_there, without("310000\t")),
    (REGION, numbers_of_the_tests_have_regions, without("440524\t")),
    (REGION, a_region_has_its_province, without("310000\t")),
    (REGION, there_are_7000_codes, keep(6900)),
    (REGION, there_are_2800_counties_in_force, keep(3000)),
    (REGION, there_are_3000_abolished_codes, keep(3000)),
    (WEAK, lines_are_clean, added(" woaini1314")),
    (WEAK, there_are_10000_beside_the_dates, keep(9998)),
    (WEAK, the_program_reads_them_all, lambda lines: lines * 2),
    (WEAK, passwords_could_be_chosen, added("1234567")),
    (WEAK, weak_is_sorted, swap),
    (WEAK, a_password_is_there_once, double),
    (WEAK, the_best_known_are_there, without("woaini1314$")),
]


def size_of(folder):
    return sum(
        os.path.getsize(os.path.join(place, name))
        for place, folders, names in os.walk(folder)
        for name in names
        if not place.endswith("__pycache__")
    )


def main():
    passed, complaints = 0, []
    files = {name: read(name) for name in (BIN, REGION, WEAK)}
    for name, rule, broken in RULES:
        lines = files[name].split("\n")[:-1]
        found = list(rule(lines))
        if found:
            complaints.append(f"{name}: {rule.__name__}: {len(found)} times, such as {found[0]}")
        elif not list(rule(broken(lines))):
            complaints.append(f"{name}: {rule.__name__}: found nothing wrong in a broken file")
        else:
            passed += 1

    readme, size = read("README.md"), size_of(TABLES)
    bins, regions, weak = (text.splitlines() for text in files.values())
    numbers = [
        f"{len(bins) - 1:,} prefixes of {len({row[3] for row in rows(bins)}):,} issuers",
        f"{len(regions) - 1:,} periods of {len({row[0] for row in rows(regions)}):,} codes",
        f"{len(weak):,} of 8 to 64 characters",
    ]
    for said, right in [
        *((f"README.md says {number!r}", number in readme) for number in numbers),
        ("every file ends with a line", all(text.endswith("\n") for text in files.values())),
        ("README.md tells of every file", all(f"## `{name}`" in readme for name in os.listdir(TABLES) if name.endswith((".tsv", ".txt")))),
        (f"{size} bytes are fewer than {SIZE_MAX}", size < SIZE_MAX),
    ]:
        if right:
            passed += 1
        else:
            complaints.append(f"not so: {said}")

    for complaint in complaints:
        print("FAILED", complaint)
    print(f"{passed} passed, {len(complaints)} failed")
    return 1 if complaints else 0


sys.exit(main())
