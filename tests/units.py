#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the cases in a testlog.json of Meson: prints "PASSED FAILED"."""
import json
import re
import sys

passed = failed = 0
for line in open(sys.argv[1], encoding="utf-8"):
    test = json.loads(line)
    cases = re.findall(r"^\s*(not ok|ok) \d+", test.get("stdout", ""), re.MULTILINE)
    wrong = cases.count("not ok")
    passed += cases.count("ok")
    failed += wrong
    if wrong == 0 and (test["result"] != "OK" or not cases):
        failed += 1
print(passed, failed)
