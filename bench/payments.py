#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Payments a second over HTTP, with session, PIN, limit, bill, notice and a durable commit, beside an echo on the same kit (echo.c).

    payments.py BUILD       PEOPLE=100000 SHOPS=1000 WARM=10 SECONDS=30 unless the environment says otherwise; POSTGRES=no leaves PostgreSQL out

The store is seeded once (seed.c) and kept in BUILD/payments/. Every answer is checked by the load (load.c), and the books are audited at the end."""
import atexit
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

BUILD = os.path.abspath(sys.argv[1])
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
PEOPLE, SHOPS = os.environ.get("PEOPLE", "100000"), os.environ.get("SHOPS", "1000")
WARM, SECONDS = os.environ.get("WARM", "10"), os.environ.get("SECONDS", "30")


def say(words):
    print(f"# {words}", flush=True)


def seed(data, store):
    stamp = os.path.join(data, f"seeded-{PEOPLE}-{SHOPS}")
    if os.path.exists(stamp):
        return
    shutil.rmtree(data, ignore_errors=True)
    os.makedirs(data)
    begun = time.monotonic()
    subprocess.run([f"{BUILD}/bench/payments_seed", data, PEOPLE, SHOPS, store], check=True)
    say(f"{PEOPLE} people and {SHOPS} shops in {time.monotonic() - begun:.1f} s")
    open(stamp, "w").close()


def serve(command):
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    atexit.register(lambda: server.poll() is None and server.terminate())  # who gives up leaves none behind
    for line in server.stdout:
        if "listening on" in line:
            return server, line.strip().rsplit(":", 1)[1]
    sys.exit(f"{command[0]} did not start: {server.stderr.read()[-2000:]}")


def load(port, data):
    ran = subprocess.run([f"{BUILD}/bench/payments_load", port, WARM, SECONDS, data, "201", '"state":"done"'], capture_output=True, text=True)
    if ran.returncode != 0:
        sys.exit(f"the load failed: {ran.stderr[-2000:]}")
    rate, slowest = ran.stdout.split()
    return rate, slowest


def stop(server):
    server.terminate()
    if server.wait(60) != 0:
        sys.exit(f"the server ended with {server.returncode}: {server.stderr.read()[-2000:]}")


def qianbaod(data, store, *flags):
    return serve([f"{BUILD}/src/bin/qianbaod", "--data", data, "--listen", "127.0.0.1:0", "--sandbox", "--store", store, "--log-level", "warn", *flags])


def payments(name, data, store):
    server, port = qianbaod(data, store)
    rate, slowest = load(port, data)
    audit = subprocess.run([f"{BUILD}/src/bin/qianbao", "--data", data, "audit"], capture_output=True, text=True)
    stop(server)
    if audit.returncode != 0:
        sys.exit(f"audit: {audit.stdout}{audit.stderr}")
    say(f"{name}: slowest answer {slowest} ms; {audit.stdout.splitlines()[0]}")
    print(f"payments.{name}.c64 {rate} payments/s", flush=True)


def empty_store():
    """How soon it is ready, and what it holds, when there is nothing yet."""
    data = f"{BUILD}/payments/empty"
    shutil.rmtree(data, ignore_errors=True)
    os.makedirs(data)
    begun = time.monotonic()
    server, port = qianbaod(data, f"sqlite:{data}/qianbao.db")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
        assert answer.status == 200
    ready = time.monotonic() - begun
    time.sleep(1)
    with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    bombs = [b'{"phone":' + b"[" * 8000, b"{" + b",".join(b'"k%d":1' % i for i in range(1200)) + b"}", b'{"phone":"' + b"a" * 16000 + b'"}', b'{"a":' * 3000]
    slowest = 0.0
    for bomb in bombs * 50:
        begun = time.monotonic()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/codes", bomb, {"Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request)
            sys.exit("a bomb was taken")
        except urllib.error.HTTPError as refused:
            assert refused.code in (400, 413), refused.code
        slowest = max(slowest, time.monotonic() - begun)
    stop(server)
    print(f"json.bomb.slowest {slowest * 1000:.1f} ms")
    print(f"start.empty {ready * 1000:.0f} ms")
    print(f"memory.idle {resident / 1024:.1f} MiB", flush=True)


def main():
    empty_store()
    sqlite = f"{BUILD}/payments/sqlite"
    store = f"sqlite:{sqlite}/qianbao.db"
    seed(sqlite, store)
    server, port = serve([f"{BUILD}/bench/payments_echo", sqlite, store])
    rate, slowest = load(port, sqlite)
    stop(server)
    say(f"echo: slowest answer {slowest} ms")
    print(f"echo.c64 {rate} answers/s", flush=True)
    payments("sqlite", sqlite, store)
    if os.environ.get("POSTGRES", "yes") == "no":
        return
    cluster, data = f"/tmp/qianbao-bench-{os.getpid()}", f"{BUILD}/payments/postgres"
    shutil.rmtree(data, ignore_errors=True)
    conninfo = subprocess.run([f"{ROOT}/tests/postgres.sh", "start", cluster, "shared_buffers=1GB"], check=True, capture_output=True, text=True).stdout.strip()
    try:
        seed(data, f"postgres:{conninfo}")
        payments("postgres", data, f"postgres:{conninfo}")
    finally:
        subprocess.run([f"{ROOT}/tests/postgres.sh", "stop", cluster], check=False)


if __name__ == "__main__":
    main()
