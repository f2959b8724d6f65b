# SPDX-License-Identifier: Apache-2.0
"""The sandbox bank, for stories: its special cards, how a bank behaves, and what it says when it is asked."""
import hashlib
import hmac
import http.client
import json
import secrets
import subprocess
import time

from harness import BUILD, check, wait_for_line


def special(kind, prefix="622588", length=16):
    """The bank's special number of a kind (docs/sandbox.md)."""
    body = f"{prefix}{kind:0{length - len(prefix) - 1}}"
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return body + str((10 - total % 10) % 10)


def ask_bank(server, path, body):
    """A signed request to the sandbox bank, as the server makes them (src/kit/crypto/envelope.h)."""
    with open(f"{server.dir}/bank/secret", encoding="ascii") as file:
        key = bytes.fromhex(file.read().strip())

    def sign(*lines):
        return hmac.new(key, b"".join(line + b"\n" for line in lines), hashlib.sha256).hexdigest()

    data, now, nonce = json.dumps(body).encode(), str(int(time.time() * 1000)), secrets.token_hex(16)
    head = {"Envelope-Time": now, "Envelope-Nonce": nonce, "Envelope-Signature": sign(b"POST", path.encode(), now.encode(), nonce.encode(), data)}
    connection = http.client.HTTPConnection("127.0.0.1", server.bank_port, timeout=10)
    connection.request("POST", path, data, head)
    answer = connection.getresponse()
    text = answer.read()
    mine = sign(b"answer", str(answer.status).encode(), answer.headers["Envelope-Time"].encode(), nonce.encode(), text)
    check(mine == answer.headers["Envelope-Signature"], "the bank's answer is not signed")
    return json.loads(text)


def mode(server, bank, how):
    done = server.cli("sandbox", "bank", bank, how)
    check(done.returncode == 0, done.stderr)


def start_bank_again(server):
    server.bank = subprocess.Popen(
        [f"{BUILD}/src/bin/qianbao-bank", "--data", f"{server.dir}/bank", "--port", str(server.bank_port)],
        stdout=subprocess.PIPE, stderr=open(f"{server.dir}/bank.log", "a"), text=True)
    wait_for_line(server.bank, "listening on")
