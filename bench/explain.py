#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Why a balance: the time of the explanation of a person who has every tenth of a million payments, now, as of any moment, and as of a bill, on both engines.

    explain.py BUILD     the store and the variables are those of bills.py

Figures end in .p99 (ms) and are of warm answers, one after the other, on one connection; the machine's load is said beside them."""
import datetime
import http.client
import json
import os
import random
from urllib.parse import quote

from bills import ASKED, BUILD, ask, indexed, p99, postgres, qianbaod, say, seed, stop


def moments(connection, cookie):
    """Evenly over all the time that the person has bills of."""
    months = json.loads(ask(connection, cookie, "/v1/bills/months?count=36")[1])["items"]
    newest = datetime.datetime.fromisoformat(json.loads(ask(connection, cookie, "/v1/bills?limit=1")[1])["items"][0]["created_at"])
    last = json.loads(ask(connection, cookie, f"/v1/bills?month={months[-1]['month']}&limit=1")[1])["items"][0]["created_at"]
    span = newest - datetime.datetime.fromisoformat(last)
    chance = random.Random(1)
    return [(newest - span * chance.random()).isoformat(timespec="milliseconds") for _ in range(ASKED)]


def answers(name, data, store):
    server, port = qianbaod(data, store)
    indexed(data)
    with open(f"{data}/tokens", encoding="ascii") as tokens:
        cookie = tokens.readline().strip()
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    path = "/v1/balance/explain"
    bills = json.loads(ask(connection, cookie, "/v1/bills?limit=100")[1])["items"]
    questions = {
        "now": [path],
        "then": [f"{path}?at={quote(at)}" for at in moments(connection, cookie)],
        "bill": [f"{path}?bill={bill['id']}" for bill in bills],
    }
    for what, paths in questions.items():
        for one in paths[:8] * 2:
            ask(connection, cookie, one)
        times = [ask(connection, cookie, paths[i % len(paths)])[0] for i in range(ASKED)]
        print(f"explain.{name}.{what}.p99 {p99(times):.2f} ms", flush=True)
    say(f"{name}: load of the machine {os.getloadavg()[0]:.1f}")
    stop(server)


def main():
    sqlite = f"{BUILD}/bills/sqlite"
    seed(sqlite, f"sqlite:{sqlite}/qianbao.db")
    answers("sqlite", sqlite, f"sqlite:{sqlite}/qianbao.db")
    with postgres() as conninfo:
        if conninfo:
            answers("postgres", f"{BUILD}/bills/postgres", f"postgres:{conninfo}")


main()
