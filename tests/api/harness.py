# SPDX-License-Identifier: Apache-2.0
"""A real server and a real bank, on free ports, in a temporary directory; a client that keeps its cookie; and counting.

    with Server() as server:
        a = server.register("13800000001")
        story("a story", lambda: ...)
"""
import hashlib
import hmac
import http.client
import itertools
import json
import os
import pty
import random
import secrets
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import zlib
from datetime import datetime

from openapi import Page

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("QIANBAO_BUILD", os.path.join(ROOT, "build"))
PIN = "408516"
PASSWORD = "xuanwu-hu 2317 liu"
PATIENCE_S = 90  # for what must be seen: as long as the bank is not asked again about an order, at the most, and a slow machine's half minute
RESTED_S = 1
TMP = os.environ.get("QIANBAO_TMP")  # of a run of all stories, which keeps there what they provoked, for provoked.py

passed = failed = 0


class Wrong(Exception):
    """What a test found."""


def check(holds, what):
    if not holds:
        raise Wrong(what)


def story(name, run):
    """Runs one test and counts it."""
    global passed, failed
    begun = time.monotonic()
    try:
        run()
        passed += 1
        print(f"ok   {name} ({time.monotonic() - begun:.2f} s)", flush=True)
    except Exception as error:  # noqa: BLE001: every failure is counted
        failed += 1
        print(f"FAIL {name}: {error}", flush=True)
        if not isinstance(error, Wrong):
            traceback.print_exc()


def in_parallel(count, work):
    """What `work(i)` gives, for all i at once."""
    out = [None] * count
    gate = threading.Barrier(count)

    def run(i):
        gate.wait()
        try:
            out[i] = work(i)
        except Exception as error:  # noqa: BLE001
            out[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return out


def finish():
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


def until(holds, what, seconds=PATIENCE_S):
    """What `holds` gives, as soon as that is something."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        check(time.monotonic() < end, what() if callable(what) else what)
        time.sleep(0.02)
    return found


def soon(seconds, work, what):
    """What the work gives, which must take less than so long. Who waits for something does so each time; what a busy machine takes passes."""
    for _ in range(5):
        begun = time.monotonic()
        out = work()
        took = time.monotonic() - begun
        if took < seconds:
            return out
    raise Wrong(f"{what}: {took:.2f} s")


def free_port(address="127.0.0.1"):
    """One that nobody has, nor is given by chance to who asks for any: it is still free when it is bound a moment later, and again after a restart."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        given_from = int(file.read().split()[0])
    while True:
        with socket.socket() as s:
            port = random.SystemRandom().randrange(10_000, max(given_from, 20_000))
            try:
                s.bind((address, port))
                return port
            except OSError:
                continue


def start_on(port, command, log):
    """A program of ours, by its command of a port, on this one; or on a free one, as long as another program is quicker."""
    for _ in range(5):
        at = port or free_port()
        process = subprocess.Popen(command(at), stdout=subprocess.PIPE, stderr=open(log, "a", encoding="utf-8"), text=True)
        try:
            wait_for_line(process, "listening on")
            return process, at
        except Wrong:
            with open(log, encoding="utf-8", errors="replace") as file:
                if port or "Address already in use" not in file.read():
                    raise
    raise Wrong("no port stays free")


def wait_for_line(process, words, seconds=PATIENCE_S):
    """The first line of stdout that holds the words."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        line = process.stdout.readline()
        if words in line:
            return line
        if not line and process.poll() is not None:
            break
    raise Wrong(f"{process.args[0]} did not start")


def explained(value):
    """The refusals with their rules, and the causes of a balance, that an answer holds, wherever they stand in it: ("error", "AGE_LIMIT"), ..."""
    if isinstance(value, list):
        for item in value:
            yield from explained(item)
    elif isinstance(value, dict):
        if "code" in value and value.get("explain"):
            yield "error", value["code"]
            yield "rule", value["explain"]["rule"]
        if "cause" in value and "number" in value:
            yield "cause", value["cause"]
        for item in value.values():
            yield from explained(item)


noted = set()


def note(engine, body):
    """A line for each that this story had not met: "sqlite error AGE_LIMIT realname_story.py"."""
    if not TMP or (b'"rule":' not in body and b'"cause":' not in body):
        return
    new = {(engine, *found) for found in explained(json.loads(body))} - noted
    if not new:
        return
    noted.update(new)
    with open(f"{TMP}/provoked", "a", encoding="ascii") as file:
        file.write("".join(f"{' '.join(line)} {os.path.basename(sys.argv[0])}\n" for line in sorted(new)))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, dict(headers), body
        self.cookies = [value for name, value in headers if name.lower() == "set-cookie"]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"] if self.status >= 400 else None

    def expect(self, status, code=None):
        got = self.code if self.status >= 400 and self.body[:1] == b"{" else None
        check(self.status == status and got == code, f"expected {status} {code}, got {self.status} {got}: {self.body[:300]!r}")
        return self.json if self.body[:1] == b"{" else self


class Client:
    """One browser: a connection, a cookie."""

    def __init__(self, server):
        self.server, self.cookie, self.connection = server, None, None
        self.used = 0.0

    def call(self, method, path, body=None, key=None, headers=None, raw=None):
        head = dict(headers or {})
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        if data is not None and "Content-Type" not in head:
            head["Content-Type"] = "application/json"
        if self.cookie and "Cookie" not in head:
            head["Cookie"] = f"{self.server.cookie}={self.cookie}"
        if key is not None:
            head["Idempotency-Key"] = key
        for attempt in (1, 2):
            if self.connection and self.connection.sock and (time.monotonic() - self.used > RESTED_S or select.select([self.connection.sock], [], [], 0)[0]):
                self.close()  # it rested too long for the server: nothing was asked, so what can be read is its end, which may also be on its way
            if self.connection is None:
                self.connection = self.server.connection()
            try:
                self.connection.request(method, path, data, head)
                response = self.connection.getresponse()
                answer = Answer(response.status, response.getheaders(), response.read())
                self.used = time.monotonic()
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.close()
                if attempt == 2 or method != "GET":  # a write is never sent twice by itself
                    raise
        if self.server.page:
            self.server.page.judge(method, path, answer.status, answer.headers, answer.body)
            if answer.headers.get("Content-Type") == "application/json" and path != "/openapi.json":
                note(self.server.engine, answer.body)
            if answer.status < 300 and raw is None:
                self.server.page.asked(method, path, body)
            if path == "/demo/clock" and answer.status == 200:
                self.server.bank_knows()
        for cookie in (c for c in answer.cookies if c.startswith(f"{self.server.cookie}=")):
            self.cookie = cookie.split(";")[0].split("=", 1)[1] or None
        return answer

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None, key=None):
        """A write of a person: with a key, a new one unless given."""
        return self.call("POST", path, body if body is not None else {}, key or secrets.token_hex(16))

    def put(self, path, body, key=None):
        return self.call("PUT", path, body, key or secrets.token_hex(16))

    def plain(self, path, body):
        """Without a key: codes, registration, login, reads that need a body."""
        return self.call("POST", path, body)


def id_whole(body):
    """The 17 digits of an ID number with the check character of GB 11643-1999."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights)) % 11]


def id_number(n):
    """Well-formed ones, as many as a test wants: a region, a birthday, a running number."""
    return id_whole(f"110105{1960 + n % 40}{1 + n % 12:02}{1 + n % 28:02}{n % 1000:03}")


def card_number(n, prefix="622588", length=16):
    """A card of the sandbox's first bank; its end is the running number, far from the magic ones."""
    body = prefix + f"{5_000_000 + n:0{length - 1 - len(prefix)}}"
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return body + str((10 - total % 10) % 10)


def png(width=860, height=540, more=b""):
    """A picture as a phone might send it: two fields of colour, and whatever is to hang behind its head."""
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    row = b"\0" + b"\xE0\x20\x20" * (width // 2) + b"\x20\x20\xE0" * (width - width // 2)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")


def ask_bank(server, path, body):
    """A signed request to the sandbox bank, as the server makes them (src/kit/crypto/envelope.h)."""
    with open(f"{server.dir}/bank/secret", encoding="ascii") as file:
        key = bytes.fromhex(file.read().strip())

    def sign(*lines):
        return hmac.new(key, b"".join(line + b"\n" for line in lines), hashlib.sha256).hexdigest()

    data, now, nonce = json.dumps(body).encode(), str(int(time.time() * 1000)), secrets.token_hex(16)
    head = {"Envelope-Time": now, "Envelope-Nonce": nonce, "Envelope-Signature": sign(b"POST", path.encode(), now.encode(), nonce.encode(), data)}
    connection = http.client.HTTPConnection("127.0.0.1", server.bank_port, timeout=30)
    connection.request("POST", path, data, head)
    answer = connection.getresponse()
    text = answer.read()
    mine = sign(b"answer", str(answer.status).encode(), answer.headers["Envelope-Time"].encode(), nonce.encode(), text)
    check(mine == answer.headers["Envelope-Signature"], "the bank's answer is not signed")
    return json.loads(text)


NAMES = ["王小强", "李梅", "张伟", "刘洋", "陈静", "杨帆", "赵敏", "黄磊", "周杰", "吴芳", "徐晓明", "孙丽"]


class Server:
    def __init__(self, store=None, flags=(), directory=None):
        self.own = directory is None
        self.dir = directory or tempfile.mkdtemp(prefix="qianbao-", dir=os.environ.get("QIANBAO_TMP"))
        self.store, self.flags = store, list(flags)
        self.engine = (store or "sqlite").split(":")[0]
        self.bank = self.process = self.page = None
        self.host, self.port, self.bank_port = "127.0.0.1", 0, 0  # where people reach it
        self.trust, self.cookie = None, "qb_session"  # by TLS: whom they trust, "__Host-qb_session"
        self.numbers = itertools.count(1)
        self.newest_staff = None

    def __enter__(self):
        self.start_bank()
        self.start()
        if self.bank:
            self.bank_knows()
        return self

    def __exit__(self, *_):
        died = self.process.poll()
        if died is not None:
            print(f"the server ended with {died}:\n" + "".join(self.log().splitlines(True)[-12:]))
        self.stop()
        if self.bank:
            self.bank.send_signal(signal.SIGTERM)
            self.bank.wait(PATIENCE_S)
        if self.own:
            shutil.rmtree(self.dir, ignore_errors=True)

    def start_bank(self):
        command = lambda port: [f"{BUILD}/src/bin/qianbao-bank", "--data", f"{self.dir}/bank", "--port", str(port)]
        self.bank, self.bank_port = start_on(self.bank_port, command, f"{self.dir}/bank.log")

    def start(self):
        self.process, self.port = start_on(self.port, self.command, f"{self.dir}/server.log")
        self.page = self.page or Page(self.client().get("/openapi.json").expect(200))  # judges every answer from here on

    def command(self, port):
        since_morning_s = int(time.time() + 8 * 3600 - 10 * 3600) % 86_400  # a new store begins at ten, so that a day ends where a story says, and never by chance
        return [f"{BUILD}/src/bin/qianbaod", "--data", self.dir, "--listen", f"127.0.0.1:{port}", "--sandbox", "--bank", f"http://127.0.0.1:{self.bank_port}",
                "--sandbox-clock", f"-{since_morning_s}s", *self.flags, *(["--store", self.store] if self.store else [])]

    def bank_knows(self):
        """Waits until the sandbox bank has the wallet's clock, which is told of a jump a moment later."""
        now_ms = datetime.fromisoformat(self.client().get("/v1/config").expect(200)["time"]).timestamp() * 1000
        until(lambda: ask_bank(self, "/sandbox/state", {})["now"] >= now_ms, "the bank does not hear of the clock")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(PATIENCE_S)
            check(code == 0, f"the server ended with {code}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def cli(self, *words, env=None, typed=""):
        done = subprocess.run([f"{BUILD}/src/bin/qianbao", "--data", self.dir, *words], capture_output=True, text=True, timeout=120,
                              env={**os.environ, **(env or {})}, input=typed)
        if words[:2] == ("sandbox", "clock") and done.returncode == 0:
            self.bank_knows()
        return done

    def staff(self, name):
        """Adds one of the staff, by the one before; gives what their commands are called with: server.cli(..., "--by", name, env=env)."""
        env = {"QIANBAO_NEW_PASSPHRASE": f"{name} keeps 71 herons"}
        if self.newest_staff:
            env["QIANBAO_PASSPHRASE"] = f"{self.newest_staff} keeps 71 herons"
        done = self.cli("staff", "add", name, *(["--by", self.newest_staff] if self.newest_staff else []), env=env)
        check(done.returncode == 0, done.stderr)
        self.newest_staff = name
        return {"QIANBAO_PASSPHRASE": f"{name} keeps 71 herons"}

    def by(self, name, *words, code=0):
        """A command of one of the staff, and its answer."""
        done = self.cli("--json", *words, "--by", name, env={"QIANBAO_PASSPHRASE": f"{name} keeps 71 herons"})
        check(done.returncode == code, f"{words} by {name}: {done.returncode} {done.stdout}{done.stderr}")
        answer = json.loads(done.stdout)
        return answer["result"] if answer["ok"] else answer["error"]

    def on_terminal(self, *words):
        """The same with a terminal for what is said on the way; and that."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([f"{BUILD}/src/bin/qianbao", "--data", self.dir, *words], stdout=subprocess.PIPE, stderr=theirs, text=True)
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 4096):
                said += part
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        stdout = process.communicate(timeout=120)[0]
        return subprocess.CompletedProcess(words, process.returncode, stdout, said.decode())

    def client(self):
        return Client(self)

    def connection(self):
        if self.trust:
            return http.client.HTTPSConnection(self.host, self.port, timeout=PATIENCE_S, context=self.trust)
        return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)

    def log(self):
        with open(f"{self.dir}/server.log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def sms(self, phone, source):
        """The newest code sent to this phone, by the wallet or by the bank."""
        def newest():  # a bank that does not answer in time has no part in the list
            return [item["code"] for item in self.client().get("/demo/inbox").expect(200)["items"] if item["from"] == source and item["phone"] == phone][:1]

        return until(newest, f"no code from the {source} for {phone}")[0]

    def register(self, phone=None, nickname="小明"):
        phone = phone or f"139{next(self.numbers):08}"
        client = self.client()
        client.phone = phone
        client.plain("/v1/codes", {"phone": phone, "purpose": "register"}).expect(200)
        body = {"phone": phone, "code": self.sms(phone, "wallet"), "password": PASSWORD, "nickname": nickname}
        client.person = client.plain("/v1/persons", body).expect(201)["person"]
        return client

    def person(self, balance=0, card=True):
        """Registered, verified, with PIN and (unless told otherwise) a card and money from it."""
        n = next(self.numbers)
        client = self.register()
        client.put("/v1/pin", {"pin": PIN}).expect(200)
        client.name = NAMES[n % len(NAMES)]
        client.id_number, client.card_number = id_number(n), card_number(n)
        client.post("/v1/realname", {"name": client.name, "id_number": client.id_number}).expect(200)
        if card:
            client.card = self.bind(client, client.card_number)
        if balance:
            self.topup(client, balance)
        return client

    def bind(self, client, number):
        binding = client.post("/v1/cards", {"number": number, "phone": client.phone}).expect(201)
        code = self.sms(client.phone, "bank")
        return client.post(f"/v1/cards/{binding['binding_id']}/confirm", {"code": code}).expect(201)["card"]

    def topup(self, client, amount, state="done"):
        payment = client.post("/v1/topups", {"card_id": client.card["id"], "amount": amount, "pin": PIN}).expect(201)["payment"]
        return self.settled(client, payment["id"], state)

    def settled(self, client, payment, state):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            now = client.get(f"/v1/payments/{payment}").expect(200)["payment"]
            if now["state"] == state:
                return now
            time.sleep(0.02)
        raise Wrong(f"payment is {now['state']}, not {state}")

    def shop(self, name="南门早点铺"):
        client = self.person(card=False)
        client.merchant = client.post("/v1/merchants", {"name": name}).expect(201)["merchant"]
        return client

    def audit(self):
        done = self.cli("audit")
        check(done.returncode == 0, f"audit: {done.stdout}{done.stderr}")
        return done.stdout
