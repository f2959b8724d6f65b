#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bills of a person who has every tenth of a million payments: the time of a page, a bill, each filter, a search and the month totals over HTTP, on
both engines; how long the index takes to be made; and payments a second with and without the indexer, in turns.

    bills.py BUILD       PEOPLE=2000 SHOPS=50 PAYMENTS=1000000 ASKED=300 SECONDS=8 TURNS=3 unless the environment says otherwise; POSTGRES=no,
                         or the conninfo of a cluster that stays (tests/postgres.sh start DIR shared_buffers=1GB): its store is filled once, as SQLite's is

Figures end in .median and .p99 (ms), stand in one table at the end, and are of warm answers, one after the other, on one connection; the machine's load is said beside them."""
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import quote

os.environ.setdefault("WARM", "3")
os.environ.setdefault("SECONDS", "8")
from payments import BUILD, ROOT, load, qianbaod, say, stop

PEOPLE, SHOPS, PAYMENTS = os.environ.get("PEOPLE", "2000"), os.environ.get("SHOPS", "50"), os.environ.get("PAYMENTS", "1000000")
ASKED, TURNS = int(os.environ.get("ASKED", "300")), int(os.environ.get("TURNS", "3"))


def seed(data, store):
    stamp = os.path.join(data, f"seeded-{PEOPLE}-{SHOPS}-{PAYMENTS}")
    if os.path.exists(stamp):
        return
    shutil.rmtree(data, ignore_errors=True)
    os.makedirs(data)
    begun = time.monotonic()
    subprocess.run([f"{BUILD}/bench/payments_seed", data, PEOPLE, SHOPS, store, PAYMENTS], check=True, stderr=subprocess.DEVNULL)
    say(f"{PAYMENTS} payments of {PEOPLE} people in {time.monotonic() - begun:.1f} s")
    open(stamp, "w").close()


def index(data, *words):
    done = subprocess.run([f"{BUILD}/src/bin/qianbao", "--data", data, "--json", "index", *words], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["result"]


def indexed(data):
    while True:
        now = index(data, "status")
        if not now["building"] and now["entry"] == now["newest_entry"]:
            return now
        time.sleep(0.1)


TABLE = {}  # what was asked: engine: the answers' times in ms, rising


def figures(name, what, times):
    TABLE.setdefault(what, {})[name] = rising = sorted(took * 1000 for took in times)
    print(f"bills.{name}.{what}.median {rising[len(rising) // 2]:.2f} ms")
    print(f"bills.{name}.{what}.p99 {rising[int(len(rising) * 0.99)]:.2f} ms", flush=True)


def table():
    engines = [name for name in ("sqlite", "postgres") if any(name in times for times in TABLE.values())]
    say(f"{'ms':8}" + "".join(f"{name:>10} best  median     p99" for name in engines))
    for what, by_engine in TABLE.items():
        row = [by_engine[name] for name in engines]
        say(f"{what:8}" + "".join(f"{times[0]:15.2f} {times[len(times) // 2]:7.2f} {times[int(len(times) * 0.99)]:7.2f}" for times in row))


def ask(connection, cookie, path):
    begun = time.monotonic()
    connection.request("GET", path, headers={"Cookie": f"qb_session={cookie}"})
    answer = connection.getresponse()
    body = answer.read()
    took = time.monotonic() - begun
    if answer.status != 200:
        sys.exit(f"{path}: {answer.status} {body[:300]!r}")
    return took, body


def questions(connection, cookie):
    months = json.loads(ask(connection, cookie, "/v1/bills/months?count=36")[1])["items"]
    bills = json.loads(ask(connection, cookie, "/v1/bills?limit=20")[1])["items"]
    say(f"{sum(m['count'] for m in months)} bills of this person in {len(months)} months")
    oldest = months[-1]["month"]
    return {
        "page": ["/v1/bills?limit=20"],
        "detail": [f"/v1/bills/{bill['id']}" for bill in bills],
        "filter": ["/v1/bills?kind=topup", "/v1/bills?kind=transfer&direction=in", "/v1/bills?state=returned", "/v1/bills?state=in_doubt", "/v1/bills?direction=out",
                   f"/v1/bills?month={oldest}", "/v1/bills?amount_min=20", "/v1/bills?amount_min=21", f"/v1/bills?month={oldest}&state=returned&amount_max=3"],
        "search": ["/v1/bills?q=" + quote(words) for words in ("聚餐", "没有这样的话", "lunch", "zzzzzzzzzz", "早点铺", "%' OR 1=1 --")],
        "months": ["/v1/bills/months", "/v1/bills/months?count=36", "/v1/bills/months?count=36&direction=out", f"/v1/bills/months?month={oldest}"],
        "export": [f"/v1/bills.csv?month={months[1]['month']}"],
    }


def answers(name, data, store):
    server, port = qianbaod(data, store)
    begun = time.monotonic()
    index(data, "rebuild")
    indexed(data)
    print(f"bills.{name}.rebuild {time.monotonic() - begun:.2f} s", flush=True)
    with open(f"{data}/tokens", encoding="ascii") as tokens:
        cookie = tokens.readline().strip()
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    for what, paths in questions(connection, cookie).items():
        for path in paths * 4:  # warm, on every reader
            ask(connection, cookie, path)
        times = [ask(connection, cookie, paths[i % len(paths)])[0] for i in range(ASKED)]
        figures(name, what, times)
    say(f"{name}: load of the machine {os.getloadavg()[0]:.1f}")
    stop(server)


def writing(name, data, store):
    rates = {"yes": [], "no": []}
    for _ in range(TURNS):
        for switch in rates:
            server, port = qianbaod(data, store, f"--bill-index={switch}")
            rate, _slowest = load(port, data)
            rates[switch].append(float(rate))
            if switch == "yes":
                now = index(data, "status")
                say(f"{name}: {now['newest_entry'] - now['entry']} entries behind at the end, after {now['passes']} passes")
                indexed(data)
            stop(server)
    for switch, figure in (("yes", "indexed"), ("no", "unindexed")):
        print(f"bills.{name}.payments.{figure} {sorted(rates[switch])[TURNS // 2]:.0f} payments/s", flush=True)
    say(f"{name}: {rates}, load {os.getloadavg()[0]:.1f}")


@contextmanager
def postgres():
    """The conninfo of a filled store, or None."""
    given, data = os.environ.get("POSTGRES", "yes"), f"{BUILD}/bills/postgres"
    if given == "no":
        yield None
    elif given != "yes":
        seed(data, f"postgres:{given}")
        yield given
    else:
        cluster = f"/tmp/qianbao-bills-{os.getpid()}"
        shutil.rmtree(data, ignore_errors=True)
        conninfo = subprocess.run([f"{ROOT}/tests/postgres.sh", "start", cluster, "shared_buffers=1GB"], check=True, capture_output=True, text=True).stdout.strip()
        try:
            seed(data, f"postgres:{conninfo}")
            yield conninfo
        finally:
            subprocess.run([f"{ROOT}/tests/postgres.sh", "stop", cluster], check=False)


def main():
    sqlite = f"{BUILD}/bills/sqlite"
    store = f"sqlite:{sqlite}/qianbao.db"
    seed(sqlite, store)
    answers("sqlite", sqlite, store)
    writing("sqlite", sqlite, store)
    with postgres() as conninfo:
        if conninfo:
            answers("postgres", f"{BUILD}/bills/postgres", f"postgres:{conninfo}")
            writing("postgres", f"{BUILD}/bills/postgres", f"postgres:{conninfo}")
    table()


if __name__ == "__main__":
    main()
