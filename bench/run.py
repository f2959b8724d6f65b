#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks of a build directory and compares each figure with its yardstick.

    bench/run.py BUILD [WORD...]

A benchmark is declared in bench/meson.build with benchmark(); it prints one line a figure, "NAME VALUE UNIT", and may say anything
else in lines of another form. All benchmarks run once, then all again, ROUNDS times (5), so that a slow minute of the machine
falls on all of them; the median counts, of a figure called .slowest the largest. A figure that has a yardstick (YARDSTICKS, below)
is divided by it, and a figure that misses its mark makes the end code 1. Everything goes to build/bench.json:

    [{"name", "value", "unit", "yardstick", "yardstick_value", "ratio"}]
"""
import json
import os
import re
import statistics
import subprocess
import sys

FIGURE = re.compile(r"^([a-z0-9_.]+) ([0-9]+(?:\.[0-9]+)?) (\S+)$")

# figure, its yardstick, the ratio that must be reached (">=") or kept ("<="); None: reported only. A third number: a value that is
# good enough whatever the ratio. Without a yardstick the mark is the value's own bound.
YARDSTICKS = [
    ("ledger.sqlite.1", "journal.1", None),
    ("ledger.sqlite.64", "journal.64", None),
    ("ledger.sqlite.1024", "journal.1024", (">=", 0.5)),
    ("ledger.sqlite.8192", "journal.8192", (">=", 0.5)),
    ("ledger.sqlite.1.slowest", "journal.1.slowest", ("<=", 2, 50)),
    ("ledger.sqlite.64.slowest", "journal.64.slowest", ("<=", 2, 50)),
    ("ledger.sqlite.1024.slowest", "journal.1024.slowest", ("<=", 2, 50)),
    ("ledger.sqlite.8192.slowest", "journal.8192.slowest", ("<=", 2, 50)),
    ("ledger.sqlite.1.cpu", "journal.1.cpu", None),
    ("ledger.sqlite.64.cpu", "journal.64.cpu", None),
    ("ledger.sqlite.1024.cpu", "journal.1024.cpu", None),
    ("ledger.sqlite.8192.cpu", "journal.8192.cpu", None),
    # the page and one bill in 5 ms, any question in 50 ms; and the indexer takes no more than a tenth from the payments
    *((f"bills.{engine}.{what}.p99", None, ("<=", most)) for engine in ("sqlite", "postgres")
      for what, most in (("page", 5), ("detail", 5), ("filter", 50), ("search", 50), ("months", 50))),
    *((f"bills.{engine}.payments.indexed", f"bills.{engine}.payments.unindexed", (">=", 0.9)) for engine in ("sqlite", "postgres")),
    # why a balance: now in 50 ms, of any moment in 100
    *((f"explain.{engine}.{what}.p99", None, ("<=", most)) for engine in ("sqlite", "postgres") for what, most in (("now", 50), ("then", 100), ("bill", 100))),
    ("payments.sqlite.c64", "echo.c64", (">=", 0.5)),
    ("payments.postgres.c64", "echo.c64", None),
]


def benchmarks(build, words):
    listed = subprocess.run(["meson", "introspect", "--benchmarks", build], check=True, capture_output=True, text=True)
    for row in json.loads(listed.stdout):
        if not words or any(word in row["name"] for word in words):
            yield row["name"], row["cmd"], row["env"]


def measure(name, command, env):
    ran = subprocess.run(command, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True)
    if ran.returncode != 0:
        sys.exit(f"{name} ended with {ran.returncode}:\n{ran.stdout}")
    found = [FIGURE.match(line) for line in ran.stdout.splitlines()]
    return [(match[1], float(match[2]), match[3]) for match in found if match]


def main():
    build, words = sys.argv[1], sys.argv[2:]
    rounds = int(os.environ.get("ROUNDS", "5"))
    programs = list(benchmarks(build, words))
    if not programs:
        sys.exit("no benchmark of that name")
    values, units = {}, {}
    for turn in range(rounds):
        for name, command, env in programs:
            print(f"round {turn + 1}/{rounds}: {name}", file=sys.stderr)
            for figure, value, unit in measure(name, command, env):
                values.setdefault(figure, []).append(value)
                units[figure] = unit

    yardsticks = {figure: (yardstick, mark) for figure, yardstick, mark in YARDSTICKS}
    rows, missed = [], 0
    for figure, found in values.items():
        middle = max if figure.endswith(".slowest") else statistics.median
        row = {"name": figure, "value": middle(found), "unit": units[figure]}
        yardstick, mark = yardsticks.get(figure, (None, None))
        verdict = ""
        if yardstick is None and mark:  # a bound of its own
            reached = row["value"] <= mark[1]
            verdict = f"asked {mark[0]} {mark[1]} {row['unit']}: {'reached' if reached else 'MISSED'}"
            missed += not reached
        if yardstick in values:
            row["yardstick"] = yardstick
            row["yardstick_value"] = middle(values[yardstick])
            row["ratio"] = round(row["value"] / row["yardstick_value"], 3)
            verdict = f"{row['ratio']:.2f} of {yardstick}"
            if mark:
                reached = row["ratio"] >= mark[1] if mark[0] == ">=" else row["ratio"] <= mark[1]
                asked = f"{mark[0]} {mark[1]}"
                if len(mark) > 2:
                    reached = reached or row["value"] <= mark[2]
                    asked += f" or {mark[2]} {row['unit']}"
                verdict += f", asked {asked}: {'reached' if reached else 'MISSED'}"
                missed += not reached
        rows.append(row)
        print(f"{figure:32} {row['value']:14,.1f} {row['unit']:12} {verdict}")
    os.makedirs("build", exist_ok=True)
    with open("build/bench.json", "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=2)
    return 1 if missed else 0


sys.exit(main())
