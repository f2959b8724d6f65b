#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Are the tests there that attack-rows.md names?

    attack_rows.py ROOT          every row from 1 on is there once, and each test that it names is in the file that it names
    attack_rows.py --self-test   a row that is missing, a file that is not there, a name that is not in it: each is found
"""
import os
import re
import sys
import tempfile

ROWS = 44
ROW = re.compile(r"^\| *(\d+) *\|(.*)\|$", re.MULTILINE)
TEST = re.compile(r'`([^`]+)` "([^"]+)"')


def breaches(root):
    with open(os.path.join(root, "tests/attack-rows.md"), encoding="utf-8") as file:
        rows = ROW.findall(file.read())
    if [int(number) for number, _ in rows] != list(range(1, ROWS + 1)):
        yield f"the rows are {', '.join(number for number, _ in rows)}, not 1 to {ROWS}"
    for number, cells in rows:
        tests, words = TEST.findall(cells), cells.split("|")[-1]
        if not tests and not re.search(r"— \w", words):
            yield f"row {number}: neither a test nor a reason"
        for path, name in tests:
            try:
                with open(os.path.join(root, path), encoding="utf-8") as file:
                    text = file.read()
            except OSError:
                yield f"row {number}: there is no {path}"
                continue
            if name not in text:
                yield f'row {number}: {path} has no "{name}"'


def self_test():
    def found(rows, files=()):
        with tempfile.TemporaryDirectory() as root:
            for path, text in [("tests/attack-rows.md", "".join(f"| {row}\n" for row in rows)), *files]:
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return [breach.split(":")[0] for breach in breaches(root)]

    good = [f'{n} | a | b | `tests/a.py` "one" |' for n in range(1, ROWS + 1)]
    file = [("tests/a.py", "story(\"one\")")]
    bad = [
        (found(good, file), []),
        (found(good[:-1], file), 1),
        (found(good), ROWS),
        (found([*good[:4], '5 | a | b | `tests/a.py` "two" |', *good[5:]], file), ["row 5"]),
        (found([*good[:4], "5 | a | b | |", *good[5:]], file), ["row 5"]),
        (found([*good[:4], "5 | a | b | — not yet |", *good[5:]], file), []),
    ]
    wrong = [got for got, wanted in bad if (len(got) != wanted if isinstance(wanted, int) else got != wanted)]
    if wrong:
        print("not as it should be:", wrong)
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    found = list(breaches(sys.argv[1]))
    for breach in found:
        print(breach)
    return 1 if found else 0


sys.exit(main())
