#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the tables; the last line counts."""
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
passed = failed = 0


def check(what, holds, detail=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"not ok: {what} {detail}")


def rows(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if not line.startswith("#")]
    return lines


def table(name):
    lines = rows(name)
    head = lines[0].split("\t")
    return [dict(zip(head, line.split("\t"), strict=True)) for line in lines[1:]]


bins = table("bin.tsv")
check("bin.tsv: 1,500 prefixes", len(bins) >= 1500, len(bins))
check("bin.tsv: 120 issuers", len({row["code"] for row in bins}) >= 120)
check("bin.tsv: prefixes are 3 to 10 digits", all(row["prefix"].isdigit() and 3 <= len(row["prefix"]) <= 10 for row in bins))
check("bin.tsv: lengths are 13 to 19", all(13 <= int(row["length"]) <= 19 for row in bins))
check("bin.tsv: kinds", {row["kind"] for row in bins} <= {"debit", "credit", "semi", "prepaid"})
check("bin.tsv: no doubles", len({(row["prefix"], row["length"]) for row in bins}) == len(bins))
check("bin.tsv: in order", [(row["prefix"], int(row["length"])) for row in bins] == sorted((row["prefix"], int(row["length"])) for row in bins))
check("bin.tsv: one name a code", all(len({r["name_zh"] for r in bins if r["code"] == code}) == 1 for code in {r["code"] for r in bins}))
check("bin.tsv: every issuer has names", all(row["name"] and row["name_zh"] for row in bins))

regions = table("region.tsv")
codes = [row["code"] for row in regions]
check("region.tsv: 3,000 codes", len(codes) >= 3000, len(codes))
check("region.tsv: six digits", all(code.isdigit() and len(code) == 6 for code in codes))
check("region.tsv: in order, no doubles", codes == sorted(set(codes)))
check("region.tsv: abolished ones too", sum(1 for row in regions if row["to_year"]) >= 500)
check("region.tsv: years", all(not row[k] or 1900 < int(row[k]) < 2100 for row in regions for k in ("from_year", "to_year")))
check("region.tsv: the two numbers everybody tests with", {"110105", "440524"} <= set(codes))

weak = rows("weak-passwords-zh.txt")
check("weak-passwords-zh.txt: 10,000", len(weak) >= 10000, len(weak))
check("weak-passwords-zh.txt: 8 to 64 characters", all(8 <= len(word) <= 64 for word in weak))
check("weak-passwords-zh.txt: lower case, printable", all(word == word.lower() and word.isascii() and word.isprintable() for word in weak))
check("weak-passwords-zh.txt: in order, no doubles", weak == sorted(set(weak)))
check("weak-passwords-zh.txt: what zxcvbn misses", {"woaini1314", "5201314520", "zhifubao2024"} <= set(weak))

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
