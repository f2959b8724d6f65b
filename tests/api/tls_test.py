# SPDX-License-Identifier: Apache-2.0
"""TLS in the server itself: what a handshake is given, what hostile bytes get inside and before it, deadlines, and a certificate that changes
while people pay."""
import http.client
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import warnings

from harness import BUILD, PATIENCE_S, PIN, Server, check, finish, story, until
from http_test import HELD_S, REQUESTS, statuses

DEADLINE = 2.0  # of the server under test, in seconds


def make(folder, name, days=30, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
    """A certificate for the loopback that vouches for itself."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", *key, "-nodes", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem", "-days", str(days),
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return f"{folder}/{name}.pem", f"{folder}/{name}.key"


def put(pair, certificate, key):
    """The pair in the place of what the server reads, each at once."""
    for source, place in zip(pair, (certificate, key)):
        with open(source, "rb") as read, open(f"{place}.new", "wb", opener=lambda p, f: os.open(p, f, 0o600)) as write:
            write.write(read.read())
        os.rename(f"{place}.new", place)


def trusting(*certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for certificate in certificates:
        context.load_verify_locations(certificate)
    return context


def careless(least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3):
    """One that takes any certificate and, asked to, old versions."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that 1.0 and 1.1 are old is what is asked here
        context.minimum_version, context.maximum_version = least, most
    return context


def main():
    folder = tempfile.mkdtemp(dir=os.environ.get("QIANBAO_TMP"))
    first, second, other = make(folder, "first"), make(folder, "second"), make(folder, "other", key=("rsa:2048",))
    certificate, key = f"{folder}/served.pem", f"{folder}/served.key"
    put(first, certificate, key)
    flags = ["--request-deadline", f"{DEADLINE:.0f}s", "--connections-per-address-max", "500", "--tls-certificate", certificate, "--tls-key", key]
    server = Server(flags=flags)
    server.trust, server.cookie = trusting(first[0], second[0], other[0]), "__Host-qb_session"

    def connect(context=None, wait=30.0):
        plain = socket.create_connection(("127.0.0.1", server.port), timeout=wait)
        return (context or server.trust).wrap_socket(plain, server_hostname="127.0.0.1")

    def shown():
        """The name in the certificate that a new handshake is shown."""
        with connect() as s:
            return dict(part[0] for part in s.getpeercert()["subject"])["commonName"]

    def until_shown(name):
        until(lambda: shown() == name, lambda: f"{name} is not shown, {shown()} is")

    def metric(name):
        body = server.client().get("/metrics").expect(200).body.decode()
        return int(next(line for line in body.splitlines() if line.startswith(name + " ")).split()[1])

    with server:
        def versions():
            with connect() as s:
                check(s.version() == "TLSv1.3" and s.selected_alpn_protocol() is None, s.version())
            with connect(careless(most=ssl.TLSVersion.TLSv1_2)) as s:
                check(s.version() == "TLSv1.2" and "GCM" in s.cipher()[0] or "CHACHA" in s.cipher()[0], s.cipher())
            for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
                context = careless(least=old, most=old)
                context.set_ciphers("ALL:@SECLEVEL=0")
                try:
                    connect(context).close()
                except (ssl.SSLError, ConnectionError):
                    continue
                check(False, f"{old} was taken")
            for cipher in ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-GCM-SHA256", "AES256-SHA", "DHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-CCM"):
                context = careless(most=ssl.TLSVersion.TLSv1_2)
                context.set_ciphers(cipher + ":@SECLEVEL=0")
                try:
                    connect(context).close()
                except (ssl.SSLError, ConnectionError):
                    continue
                check(False, f"{cipher} was taken")

        story("TLS 1.3 and 1.2, with forward secrecy and nothing older", versions)

        def headers():
            page = server.client().get("/")
            check("max-age=" in page.headers.get("Strict-Transport-Security", ""), page.headers)
            client = server.register()
            answer = client.plain("/v1/sessions", {"phone": client.phone, "password": "xuanwu-hu 2317 liu"})
            cookie = answer.headers["Set-Cookie"]
            check(cookie.startswith("__Host-qb_session=") and "; Secure" in cookie and "HttpOnly" in cookie and "Path=/;" in cookie and "Domain" not in cookie, cookie)
            check(client.get("/v1/me").expect(200)["phone"], "signed in")
            scheme = client.get("/openapi.json").expect(200)["components"]["securitySchemes"]["session"]
            check(scheme == {"type": "apiKey", "in": "cookie", "name": "__Host-qb_session"}, scheme)

        story("HSTS, and a cookie that leaves by TLS only", headers)

        def shaken_hands():
            """A handshake may take as long as a request, two seconds: a machine that stood still for so long tries again."""
            for _ in range(4):
                try:
                    return connect()
                except (ssl.SSLError, ConnectionError):
                    continue
            return connect()

        def raw(data, quiet):
            with shaken_hands() as s:
                out, closed = b"", False
                try:
                    s.sendall(data)
                    while True:
                        part = s.recv(65536)
                        if not part:
                            closed = True
                            break
                        out += part
                        s.settimeout(quiet)
                except (TimeoutError, ConnectionResetError, ssl.SSLError) as why:
                    closed = not isinstance(why, TimeoutError)
            return out, closed

        def hostile(data, allowed, ends):
            answer, closed = raw(data, PATIENCE_S if ends else 1.5)
            got = statuses(answer)
            hung_up = closed and (None in allowed or len(data) > 32_000)  # the end may overtake the answer while much is still being sent
            check(got[0] in allowed if got else hung_up, f"{got} not in {allowed}: {answer[:200]!r}")
            check(closed or not ends, "the connection stayed open")
            check(b"HTTP/1.1 200" not in answer, "what was hidden behind was answered")

        for what, data, allowed, ends in REQUESTS:
            story(f"inside TLS: {what}", lambda d=data, a=allowed, e=ends: hostile(d, a, e))

        def before(data):
            begun = time.monotonic()
            with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as s:
                out = b""
                try:
                    s.sendall(data)
                    while part := s.recv(65536):
                        out += part
                except ConnectionError:
                    pass
            check(time.monotonic() - begun < HELD_S, f"kept for {time.monotonic() - begun:.1f} s")
            check(b"HTTP/1" not in out and b"state" not in out, f"an answer without TLS: {out[:80]!r}")
            check(server.client().get("/healthz").status == 200, "it no longer serves")

        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64)
        for what, data in (("plain HTTP", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"), ("silence", b""), ("half a hello", hello), ("noise", secrets.token_bytes(4096)),
                           ("a record of the wrong kind", b"\x17\x03\x03\x00\x10" + bytes(16)), ("an endless record", b"\x16\x03\x01\xff\xff" + bytes(70_000)),
                           ("SSL 2", b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(37)), ("an empty record", b"\x16\x03\x01\x00\x00" * 64)):
            story(f"before TLS: {what}", lambda d=data: before(d))

        def dripping(secure):
            begun = time.monotonic()
            s = shaken_hands() if secure else socket.create_connection(("127.0.0.1", server.port), timeout=30)
            data = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " if secure else hello
            with s:
                try:
                    for i in range(10 * HELD_S):
                        s.sendall(data[i:i + 1] or b"a")
                        time.sleep(0.1)
                except (ConnectionError, ssl.SSLError):
                    pass
            check(DEADLINE - 0.5 < time.monotonic() - begun < HELD_S, f"kept for {time.monotonic() - begun:.1f} s")

        story("a handshake of a byte at a time is cut", lambda: dripping(False))
        story("a request of a byte at a time is cut", lambda: dripping(True))

        def silent_crowd():
            for _ in range(5):
                crowd = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(200)]
                begun = time.monotonic()
                server.client().get("/healthz").expect(200)
                took = time.monotonic() - begun
                for s in crowd:
                    s.close()
                if took < 1.5:
                    return
            check(False, f"others waited for them, {took:.1f} s")

        story("two hundred that only connect keep nobody waiting", silent_crowd)

        def spent_s():
            with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        def half_hellos():
            crowd = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(20)]
            for s in crowd:
                s.sendall(hello)
            begun = spent_s()
            time.sleep(1.5)
            used = spent_s() - begun
            for s in crowd:
                s.close()
            check(used < 0.5, f"{used:.2f} s of a processor in 1.5 s, for nothing")

        story("twenty halves of a hello keep no processor busy", half_hellos)

        def again():
            """A session offered again is a handshake like the first; a second one within a connection is not to be had."""
            context = careless(most=ssl.TLSVersion.TLSv1_2)
            with connect(context) as s:
                session = s.session
            plain = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            with context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as s:
                s.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                check(s.recv(65536).startswith(b"HTTP/1.1 200"), "no answer in a resumed session")
            with subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT) as tool:
                tool.stdin.write(b"R\n")
                tool.stdin.flush()
                said = tool.stdout.read()  # until it ends by itself, with its input still open
            check(b"RENEGOTIATING" in said and said.rstrip().endswith(b"closed"), said[-200:])
            server.client().get("/healthz").expect(200)

        story("resumption is sane, renegotiation is none", again)

        def large():
            page = server.client().get("/openapi.json").expect(200)
            s = connect()
            s.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            out = b""
            while part := s.recv(1000):  # read slowly
                out += part
                time.sleep(0.001)
            check(json.loads(out.partition(b"\r\n\r\n")[2]) == page, "another answer")

        story("a long answer arrives whole", large)

        def reload_under_load():
            payer, friend = server.person(100_000), server.person(card=False)
            payee = payer.plain("/v1/transfers/preview", {"phone": friend.phone}).expect(200)["payee"]["id"]
            stream = connect()
            stream.sendall(f"GET /v1/events HTTP/1.1\r\nHost: a\r\nCookie: __Host-qb_session={friend.cookie}\r\n\r\n".encode())
            stop, wrong, done = threading.Event(), [], [0, 0]

            def keeps(_):
                connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=30, context=server.trust)
                while not stop.is_set():
                    try:
                        connection.request("GET", "/healthz")
                        wrong.extend([] if connection.getresponse().read() == b'{"state":"alive"}' else ["answer"])
                        done[0] += 1
                    except (OSError, http.client.HTTPException) as why:
                        wrong.append(f"a connection that was kept: {why!r}")
                        return

            def comes(_):
                while not stop.is_set():
                    try:
                        with connect() as s:
                            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                            wrong.extend([] if s.recv(65536).startswith(b"HTTP/1.1 200") else ["answer"])
                        done[1] += 1
                    except OSError as why:
                        wrong.append(f"a new connection: {why!r}")
                        return

            threads = [threading.Thread(target=work, args=(0,)) for work in (keeps, keeps, comes, comes)]
            for thread in threads:
                thread.start()
            try:
                for name, pair, tell in (("second", second, False), ("other", other, True), ("first", first, True)):
                    put(pair, certificate, key)
                    if tell:
                        server.process.send_signal(signal.SIGHUP)
                    until_shown(name)
                    payer.post("/v1/transfers", {"payee_id": payee, "amount": 5, "pin": PIN}).expect(201)
                until(lambda: wrong or (done[0] > 50 and done[1] > 5), "few came meanwhile")
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            check(not wrong, f"{wrong[:3]}, {done}")
            got, end = b"", time.monotonic() + PATIENCE_S
            while got.count(b"event: changed") < 3 and time.monotonic() < end:
                got += stream.recv(4096)
            check(got.count(b"event: changed") >= 3, "the live stream of before was lost")
            check(metric("qianbao_tls_renewed_total") == 3, "three times")

        story("a certificate that changes under load is shown, and no connection notices", reload_under_load)

        def wrong_pair():
            times = metric("qianbao_tls_not_renewed_total")
            with open(certificate, "w", encoding="ascii") as file:
                file.write("no certificate\n")
            server.process.send_signal(signal.SIGHUP)
            until(lambda: metric("qianbao_tls_not_renewed_total") > times, "nobody noticed")
            check(shown() == "first" and "the certificate from before stays" in server.log(), "the one from before")
            put(first, certificate, key)
            until_shown("first")
            check(abs(metric("qianbao_tls_certificate_expires_seconds") - time.time() - 30 * 86400) < 86400, "its end")

        story("files that do not fit are not taken, and the operator reads why", wrong_pair)

        def money():
            payer, shop = server.person(50_000), server.shop()
            order = shop.post(f"/v1/merchants/{shop.merchant['id']}/orders", {"amount": 850}).expect(201)["order"]
            payer.post("/v1/purchases", {"code": order["code"], "amount": 850, "source": "balance", "pin": PIN}).expect(201)
            server.audit()

        story("a payment by TLS, and the books", money)

        def drain():
            with connect() as idle, connect() as half:
                half.sendall(b"GET /heal")
                begun = time.monotonic()
                server.stop()
                check(time.monotonic() - begun < HELD_S, f"{time.monotonic() - begun:.1f} s")
                check(idle.recv(1) == b"", "an idle connection stayed")
            server.start()

        story("it stops with connections open", drain)

    def refused(words, *more):
        with tempfile.TemporaryDirectory(dir=folder) as data:
            done = subprocess.run([f"{BUILD}/src/bin/qianbaod", "--data", data, "--sandbox", "--listen", "127.0.0.1:0", *more], capture_output=True, text=True,
                                  timeout=30, check=False)
        said = done.stdout + done.stderr
        check(done.returncode != 0 and words[0] in said and all(word in said for word in words), f"{done.returncode}: {said}")

    garbage, readable = f"{folder}/garbage", f"{folder}/readable"
    with open(garbage, "w", encoding="ascii") as file:
        file.write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with open(first[1], "rb") as source, open(readable, "wb") as file:
        file.write(source.read())
    os.chmod(readable, 0o644)
    os.chmod(garbage, 0o600)
    pair = lambda c, k: ("--tls-certificate", c, "--tls-key", k)  # noqa: E731
    story("no file: named", lambda: refused(("tls_certificate", "nowhere.pem", "No such file"), *pair(f"{folder}/nowhere.pem", first[1])))
    story("no key: named", lambda: refused(("tls_key", "nowhere.key", "No such file"), *pair(first[0], f"{folder}/nowhere.key")))
    story("no certificate: named", lambda: refused(("tls_certificate", "garbage"), *pair(garbage, first[1])))
    story("no private key: named", lambda: refused(("tls_key", "private key"), *pair(first[0], garbage)))
    story("a key of another certificate", lambda: refused(("tls_key", "is not the key"), *pair(first[0], second[1])))
    story("a key that everybody can read", lambda: refused(("tls_key", "chmod"), *pair(first[0], readable)))
    story("a certificate without its key", lambda: refused(("tls_key", "needed beside tls_certificate"), "--tls-certificate", first[0]))
    story("a key without its certificate", lambda: refused(("tls_certificate", "needed beside tls_key"), "--tls-key", first[1]))
    subprocess.run(["rm", "-rf", folder], check=False)
    finish()


if __name__ == "__main__":
    main()
