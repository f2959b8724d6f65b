# SPDX-License-Identifier: Apache-2.0
"""What a hostile client may send, and what it must get: raw bytes on a socket, JSON that is no JSON of ours, and who may ask."""
import gzip
import json
import re
import socket
import time
from datetime import datetime

from harness import PASSWORD, PATIENCE_S, Server, check, finish, soon, story


def raw(port, data, wait=PATIENCE_S, quiet=None):
    """Sends bytes, returns all that comes until the server closes, the wait is over, or (quiet) so long nothing more has come; and whether it closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as s:
        s.sendall(data)
        out, closed = b"", False
        try:
            while True:
                part = s.recv(65536)
                if not part:
                    closed = True
                    break
                out += part
                s.settimeout(quiet or wait)
        except (TimeoutError, ConnectionResetError):
            pass
    return out, closed


HELD_S = 30  # longer than two seconds, the deadline, take on any machine: who comes a byte at a time would be held without end


def statuses(answer):
    starts = (b"\r\n" + answer).split(b"\r\nHTTP/1.1 ")[1:]  # a page of words may name the protocol too
    return [int(part.split(b" ", 1)[0]) for part in starts]


def is_closed(s):
    """Whether the other side has closed it; nothing else comes on it."""
    s.setblocking(False)
    try:
        return s.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


HOST = b"Host: a\r\n"
SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
# (what, bytes, statuses that will do, must the connection end)
REQUESTS = [
    ("length and encoding together", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED, {400}, True),
    ("two different lengths", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", {400}, True),
    ("the same length twice", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", {400}, True),
    ("a length with a sign", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Length: +4\r\n\r\n{}  ", {400}, True),
    ("an odd encoding", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED, {400, 501}, True),
    ("an encoding", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + SMUGGLED, {400, 501}, True),
    ("a space before the colon", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding : chunked\r\n\r\n" + SMUGGLED, {400}, True),
    ("two hosts", b"GET /healthz HTTP/1.1\r\n" + HOST + HOST + b"\r\n", {400}, True),
    ("no host", b"GET /healthz HTTP/1.1\r\n\r\n", {400}, True),
    ("TRACE", b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n", {405}, False),
    ("dots", b"GET /..%2f..%2fetc HTTP/1.1\r\n" + HOST + b"\r\n", {404}, False),
    ("plain dots", b"GET /../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", {404}, False),
    ("a head of 64 KiB", b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 65536 + b"\r\n\r\n", {431}, True),
    ("a length of 2^64", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Length: 18446744073709551616\r\n\r\n", {413, 400}, True),
    ("a body above the maximum", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n", {413}, True),
    ("encoding and length together", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + SMUGGLED, {400}, True),
    ("two encodings", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED, {400, 501}, True),
    ("an encoding behind a tab", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding:\tchunked\r\n\r\n" + SMUGGLED, {400, 501}, True),
    ("an encoding of a GET", b"GET /healthz HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + SMUGGLED, {400, 501}, True),
    *[(f"a length of {length!r}", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Length: " + length.encode() + b"\r\n\r\n{}" + SMUGGLED, {400}, True)
      for length in ("-2", "", "0x2", "2abc", "2, 2", "0000002", "2 2", "1e1")],
    ("a space before the colon of a length", b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Length : 2\r\n\r\n{}" + SMUGGLED, {400}, True),
    ("a tab before a colon", b"GET /healthz HTTP/1.1\r\n" + HOST + b"X\t: 2\r\n\r\n" + SMUGGLED, {400}, True),
    ("a name that is no token", b"GET /healthz HTTP/1.1\r\n" + HOST + b"X(A): 2\r\n\r\n" + SMUGGLED, {400}, True),
    ("a line without a colon", b"GET /healthz HTTP/1.1\r\n" + HOST + b"hello\r\n\r\n" + SMUGGLED, {400}, True),
    ("two hosts that differ in case", b"GET /healthz HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", {400}, True),
    ("no host in 1.0", b"GET /healthz HTTP/1.0\r\n\r\n", {400}, True),
    ("version 0.9", b"GET /healthz\r\n\r\n", {400, 505}, True),
    ("version 2", b"GET /healthz HTTP/2.0\r\n" + HOST + b"\r\n", {400, 505}, True),
    ("version 1.11", b"GET /healthz HTTP/1.11\r\n" + HOST + b"\r\n", {400, 505}, True),
    ("a path without its slash", b"GET healthz HTTP/1.1\r\n" + HOST + b"\r\n", {400}, True),
    ("a proxy's request", b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n", {400}, True),
    ("CONNECT", b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n", {400, 405}, True),
    ("5,000 headers", b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: bbbbbbbb\r\n" % i for i in range(5000)) + b"\r\n", {431}, True),
    ("a path of 64 KiB", b"GET /" + b"a" * 65536 + b" HTTP/1.1\r\n" + HOST + b"\r\n", {414, 431}, True),
    ("noise", bytes(range(1, 256)) * 8 + b"\r\n\r\n", {400, 501, 505, None}, True),
    ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400, None}, True),
]

# Whole requests, fine as HTTP: method, path, status.
PATHS = [
    *[(method, "/healthz", 405) for method in ("TRACE", "BREW", "get", "OPTIONS", "POST", "PUT")],
    *[("TRACE", path, 405) for path in ("/", "/nothing", "/v1/me")],
    *[("GET", path, 404) for path in (
        "/nothing", "/v1", "/v1/", "/v1/nothing", "/v1/me/", "//v1/me", "/v1//me", "/v1/./me", "/v1/../v1/me", "/V1/ME", "/%76%31/me", "/v1%2fme",
        "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cetc", "/..%c0%afetc", "/index.html%00.js", "/index.html/", "/%", "/%zz",
        "/keys", "/qianbao.db", "/.git/config", "/assets/")],
    ("GET", "/healthz?token=1", 400),
    ("GET", "/healthz", 200),
    ("HEAD", "/healthz", 200),
    ("HEAD", "/", 200),
    ("GET", "/", 200),
    ("GET", "/index.html?next=//evil.example", 200),
    ("GET", "/?next=javascript:alert(1)", 200),
]

# (what, body, code, field)
BODIES = [
    ("no JSON", b"phone=13800000009", "BAD_JSON", ""),
    ("nothing", b"", "BAD_JSON", ""),
    ("a list", b"[]", "BAD_JSON", ""),
    ("a key twice", b'{"phone":"13800000009","phone":"13800000008","purpose":"register"}', "BAD_JSON", ""),
    ("something behind", b'{"phone":"13800000009","purpose":"register"}x', "BAD_JSON", ""),
    ("bad UTF-8", b'{"phone":"\xff\xfe","purpose":"register"}', "BAD_JSON", ""),
    ("NUL in a string", b'{"phone":"138\\u00000009","purpose":"register"}', "BAD_JSON", ""),
    ("depth", b'{"phone":' + b"[" * 8000 + b"]" * 8000 + b"}", "BAD_JSON", ""),
    ("many keys", b"{" + b",".join(b'"k%d":1' % i for i in range(1500)) + b"}", "BAD_JSON", ""),
    ("a field of somebody's own", b'{"phone":"13800000009","purpose":"register","tier":3}', "UNKNOWN_FIELD", "/tier"),
    ("a role", b'{"phone":"13800000009","purpose":"register","role":"admin"}', "UNKNOWN_FIELD", "/role"),
    ("a field missing", b'{"purpose":"register"}', "MISSING_FIELD", "/phone"),
    ("full-width digits", '{"phone":"１３８０００００００９","purpose":"register"}'.encode(), "BAD_PHONE|BAD_FIELD", "/phone"),
    ("Arabic digits", '{"phone":"١٣٨٠٠٠٠٠٠٠٩","purpose":"register"}'.encode(), "BAD_PHONE|BAD_FIELD", "/phone"),
    ("a number for a text", b'{"phone":13800000009,"purpose":"register"}', "BAD_PHONE|BAD_FIELD", "/phone"),
    ("SQL", b'{"phone":"1\' OR \'1\'=\'1","purpose":"register"}', "BAD_PHONE|BAD_FIELD", "/phone"),
    ("an odd choice", b'{"phone":"13800000009","purpose":"admin"}', "BAD_FIELD", "/purpose"),
]

# Amounts: what JSON calls a number and money does not. (spelling, code)
AMOUNTS = ["-1", "0", "-0", "0.001", "1e2", "0x10", '" 1"', '"1"', "+1", "1.00", "1.0", "9007199254740992", "9007199254740993", "9223372036854775808",
           "1" + "0" * 40, "NaN", "Infinity", "null", "true", "[1]", '{"fen":1}', '"１００"', "01"]


def main():
    with Server(flags=["--request-deadline", "2s", "--connections-per-address-max", "500"]) as server:
        port = server.port

        def request(data, allowed, ends):
            answer, closed = raw(port, data, quiet=None if ends else 1.0)
            got = statuses(answer)
            if not got and None in allowed:
                check(closed, "no answer, and the connection stayed open")
                return
            check(got[:1] and got[0] in allowed, f"{got} not in {allowed}: {answer[:200]!r}")
            # The library (0.9.75) sends the head of its own refusals twice, then closes: one answer, badly told.
            check(len(got) == 1 or (closed and len(set(got)) == 1 and b"</html>" in answer), f"one request, {len(got)} answers: {got}")
            check(closed or not ends, "the connection stayed open")

            check(b"HTTP/1.1 200" not in answer, "what was hidden behind was answered")

        for what, data, allowed, ends in REQUESTS:
            story(f"http: {what}", lambda d=data, a=allowed, e=ends: request(d, a, e))

        def path(method, at, status):
            body = b"Content-Type: application/json\r\nContent-Length: 2\r\n" if method in ("POST", "PUT") else b""
            answer, closed = raw(port, f"{method} {at} HTTP/1.1\r\n".encode() + HOST + b"Connection: close\r\n" + body + b"\r\n" + b"{}" * bool(body))
            check(statuses(answer) == [status] and closed, f"{statuses(answer)}: {answer[:200]!r}")
            check(b"root:" not in answer and b"\r\nLocation:" not in answer, "it led somewhere")
            check((b"\r\nAllow: " in answer) == (status == 405), "Allow")
            check(method != "HEAD" or answer.endswith(b"\r\n\r\n"), "a HEAD with a body")

        for method, at, status in PATHS:
            story(f"path: {method} {at}", lambda m=method, p=at, s=status: path(m, p, s))

        def refused_in_our_words():
            answer, _ = raw(port, REQUESTS[1][1])
            head, _, body = answer.partition(b"\r\n\r\n")
            error = json.loads(body)["error"]
            check((error["code"], error["class"], error["money_taken"]) == ("BAD_REQUEST", "INVALID", "no"), error)
            check(error["request_id"].encode() in head and len(error["request_id"]) == 32, "request id")

        story("a refusal of the guard has our words", refused_in_our_words)

        def pipelined():
            last = HOST + b"Connection: close\r\n\r\n"
            answer, closed = raw(port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\nGET /v1/nothing HTTP/1.1\r\n" + HOST + b"\r\nGET /v1/config HTTP/1.1\r\n" + last)
            got = re.findall(rb"HTTP/1.1 (\d+) ", answer)
            check(got == [b"200", b"404", b"200"] and closed, got)

        story("requests behind one another are answered in order", pipelined)

        def request_ids():
            mine = "0123456789abcdef" * 2
            ids = {server.client().call("GET", "/healthz", headers={"X-Request-Id": mine}).headers["X-Request-Id"] for _ in range(9)}
            check(len(ids) == 9 and mine not in ids, ids)

        story("a request's id is ours", request_ids)

        def at_the_cap():
            fits = b'{"phone":"' + b"1" * (16384 - 12) + b'"}'
            server.client().call("POST", "/v1/codes", raw=fits).expect(400, "BAD_PHONE")
            server.client().call("POST", "/v1/codes", raw=fits + b" ").expect(413, "TOO_LARGE")

        story("a body at the cap is read, one above is not", at_the_cap)

        def megabytes():
            with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
                s.sendall(b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 10485760\r\n\r\n")
                check(b" 413 " in s.recv(4096), "ten megabytes were waited for")

        story("ten megabytes are refused before they come", lambda: soon(0.05, megabytes, "ten megabytes were waited for"))

        def continued():
            with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
                s.sendall(b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n\r\n")
                check(b" 100 " in s.recv(4096), "no 100")
                s.sendall(b"{}")
                check(b" 400 " in s.recv(4096), "no answer")

        story("Expect: 100-continue", continued)

        def leavers():
            for _ in range(200):
                with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
                    s.sendall((b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}") * 3)
            server.client().get("/readyz").expect(200)

        story("200 clients leave before their answers", leavers)

        def body(data, code, field):
            answer = soon(1, lambda: server.client().call("POST", "/v1/codes", raw=data), "it took its time")
            error = answer.json["error"]
            check(answer.status == 400 and error["code"] in code.split("|"), f"{answer.status} {error['code']}")
            check(error["field"] == field, f"field {error['field']!r}")
            check(error["message"] and error["message_zh"] and error["money_taken"] == "no", "words")

        for what, data, code, field in BODIES:
            story(f"json: {what}", lambda d=data, c=code, f=field: body(d, c, f))

        person = server.person()

        def amount(spelling):
            text = '{"card_id":"%s","amount":%s,"pin":"408516"}' % (person.card["id"], spelling)
            answer = person.call("POST", "/v1/topups", raw=text.encode(), key="0123456789abcdef")
            check(answer.status == 400, f"{answer.status}: {answer.body[:200]!r}")
            check(answer.code in ("BAD_AMOUNT", "BAD_JSON"), answer.code)

        for spelling in AMOUNTS:
            story(f"amount: {spelling[:24]}", lambda s=spelling: amount(s))

        def slow(first):
            begun = time.monotonic()
            with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
                s.sendall(first)
                try:
                    while time.monotonic() - begun < HELD_S:
                        s.sendall(b"a")
                        s.settimeout(0.5)
                        try:
                            if not s.recv(100):
                                break
                        except TimeoutError:
                            pass
                except (BrokenPipeError, ConnectionResetError):
                    pass
            took = time.monotonic() - begun
            check(took < HELD_S, f"a slow client was held for {took:.1f} s")

        story("slow head", lambda: slow(b"GET / HTTP/1.1\r\nHost: a\r\nX: "))
        story("slow body", lambda: slow(b"POST /v1/codes HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"))

        def silent():
            begun = time.monotonic()
            out, closed = raw(port, b"", wait=HELD_S)
            check(closed and time.monotonic() - begun < HELD_S, "a silent connection was not closed")

        story("silent connection", silent)

        def csrf(site, allowed):
            answer = person.call("POST", "/v1/sessions/end-others", {}, key="0123456789abcdef0", headers={"Sec-Fetch-Site": site})
            check((answer.status == 200) == allowed, f"{site}: {answer.status}")
            if not allowed:
                check(answer.code == "CROSS_SITE", answer.code)

        for site, allowed in (("cross-site", False), ("same-site", False), ("same-origin", True), ("none", True)):
            story(f"csrf: {site}", lambda s=site, a=allowed: csrf(s, a))

        def form(kind):
            answer = person.call("POST", "/v1/sessions/end-others", raw=b"{}", key="0123456789abcdef1", headers={"Content-Type": kind})
            answer.expect(415, "BAD_TYPE")

        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"):
            story(f"csrf: {kind}", lambda k=kind: form(k))

        def methods():
            for method, path in (("DELETE", "/v1/me"), ("PUT", "/v1/codes"), ("POST", "/healthz")):
                answer = person.call(method, path, {} if method != "DELETE" else None)
                check(answer.status == 405 and answer.headers.get("Allow"), f"{method} {path}: {answer.status}")
            person.get("/v1/nothing").expect(404, "NO_ROUTE")
            person.get("/v1/me/").expect(404, "NO_ROUTE")

        story("404 and 405 from the tables", methods)

        def keys():
            person.call("POST", "/v1/sessions/end-others", {}).expect(400, "MISSING_KEY")
            person.call("POST", "/v1/sessions/end-others", {}, key="short").expect(400, "MISSING_KEY")
            person.call("POST", "/v1/sessions/end-others", {}, key="a" * 65).expect(400, "MISSING_KEY")
            person.call("POST", "/v1/sessions/end-others", {}, key="0123456789abcdef'; --").expect(400, "MISSING_KEY")

        story("a write carries a key", keys)

        def no_cookie():
            stranger = server.client()
            stranger.get("/v1/me").expect(401, "NOT_SIGNED_IN")
            stranger.get(f"/v1/me?session={person.cookie}").expect(400, "UNKNOWN_FIELD")
            stranger.cookie = person.cookie[:-1] + ("A" if person.cookie[-1] != "A" else "B")
            stranger.get("/v1/me").expect(401, "NOT_SIGNED_IN")
            stranger.cookie = "' OR 1=1 --"
            stranger.get("/v1/me").expect(401, "NOT_SIGNED_IN")

        story("no cookie, a bent one, one in the address", no_cookie)

        def headers():
            page = server.client().get("/")
            policy = page.headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
                         "manifest-src 'self'", "worker-src 'self'", "require-trusted-types-for 'script'"):
                check(part in policy, f"no {part}")
            check(page.headers["X-Content-Type-Options"] == "nosniff" and page.headers["Referrer-Policy"] == "no-referrer", "headers")
            again = server.client().call("GET", "/", headers={"If-None-Match": page.headers["ETag"]})
            check(again.status == 304 and not again.body, f"{again.status}")
            answer = server.client().get("/v1/config")
            check(answer.headers["Cache-Control"] == "no-store" and len(answer.headers["X-Request-Id"]) == 32, "api headers")
            told, said = (datetime.fromisoformat(text) for text in (answer.headers["Server-Time"], answer.json["time"]))
            check(abs((told - said).total_seconds()) < 5, f"an answer says the server's time: {told}, not {said}")

        story("headers of pages and answers", headers)

        def bombs():
            before = server.client()
            for _ in range(20):
                soon(0.5, lambda: before.call("POST", "/v1/codes", raw=b'{"a":' * 3000 + b"1" + b"}" * 3000), "a bomb was chewed")
            with open(f"/proc/{server.process.pid}/statm", encoding="ascii") as file:
                resident = int(file.read().split()[1]) * 4096
            check(resident < 256 << 20, f"{resident >> 20} MiB resident")

        story("bombs leave no mark", bombs)

        def flood():
            for _ in range(5):
                idle = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(300)]
                begun = time.monotonic()
                server.client().get("/v1/config").expect(200)
                took = time.monotonic() - begun
                for s in idle:
                    s.close()
                if took < 1:
                    return
            check(False, f"healthy traffic waited {took:.2f} s")

        story("300 idle connections", flood)

        def nowhere():
            page = server.client().call("GET", "/nothing", headers={"Accept": "text/html"})
            check(page.status == 404 and page.headers["Content-Type"].startswith("text/html"), page.headers)
            check("没有这个页面" in page.body.decode() and "script-src 'self'" in page.headers["Content-Security-Policy"], page.body)
            server.client().call("GET", "/v1/nothing", headers={"Accept": "text/html"}).expect(404, "NO_ROUTE")

        story("a browser that went nowhere gets a page", nowhere)

        def packed():
            page = server.client().call("GET", "/", headers={"Accept-Encoding": "gzip"})
            plain = server.client().call("GET", "/", headers={"Accept-Encoding": "gzip;q=0"})
            check("Content-Encoding" not in plain.headers and "Accept-Encoding" in plain.headers["Vary"], plain.headers)
            body = gzip.decompress(page.body) if page.headers.get("Content-Encoding") == "gzip" else page.body
            check(body == plain.body and plain.headers["Cache-Control"] == "no-cache", "the same page, packed")
            for name in re.findall(rb'(?:src|href)="(/[^"]+\.(?:js|css))"', plain.body):
                file = server.client().get(name.decode())
                check(file.status == 200 and file.headers["Cache-Control"] == "public, max-age=31536000, immutable", f"{name}: {file.headers}")

        story("files, packed and kept", packed)

        def logs():
            server.client().call("GET", "/v1/me?x=%0d%0aforged%1b[31m")
            secret = [PASSWORD, "408516", person.cookie, person.phone]
            log = server.log()
            check("forged\n" not in log and "\x1b" not in log, "a line was forged")
            for word in secret:
                check(word not in log, "a secret stands in the log")

        story("the log is ours alone", logs)

    def behind_tls():
        with Server(flags=["--tls=yes", "--proxy=127.0.0.1"]) as server:
            client, phone = server.client(), "13912340001"
            page = client.get("/")
            check(page.headers["Strict-Transport-Security"].startswith("max-age=31536000"), page.headers)
            client.plain("/v1/codes", {"phone": phone, "purpose": "register"}).expect(200)
            body = {"phone": phone, "code": server.sms(phone, "wallet"), "password": PASSWORD, "nickname": "小明"}
            cookie = client.call("POST", "/v1/persons", body, headers={"X-Forwarded-For": "203.0.113.9"}).headers["Set-Cookie"]
            name, *rest = cookie.split("; ")
            check(name.startswith("__Host-qb_session=") and {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(rest), cookie)
            check(not any(part.startswith("Domain") for part in rest), cookie)
            check(client.call("GET", "/v1/me", headers={"Cookie": name}).status == 200, "signed in")
            client.call("GET", "/v1/me", headers={"Cookie": name[len("__Host-"):]}).expect(401, "NOT_SIGNED_IN")

    story("behind TLS, the cookie is this host's and secure", behind_tls)

    def one_address():
        with Server(flags=["--request-deadline", "5min", "--connections-per-address-max", "500"]) as server:  # or those that are open are closed in their turn, for their silence
            many = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(600)]

            def closed():
                """Those that were, once no more are."""
                before, now = -1, sum(is_closed(s) for s in many)
                while now < 90 or now != before:
                    time.sleep(0.3)
                    check(time.monotonic() < end, f"{now} of 600 were closed, with 500 allowed")
                    before, now = now, sum(is_closed(s) for s in many)
                return now

            end = time.monotonic() + PATIENCE_S
            check(closed() <= 110, f"{closed()} of 600 were closed, with 500 allowed")
            for s in many:
                s.close()
            server.client().get("/healthz").expect(200)

    story("one address has only so many connections", one_address)

    def stops():
        with Server() as server:
            idle = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            idle.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
            check(b" 200 " in idle.recv(4096), "no answer")
            person, streams = server.register(), []
            for _ in range(3):  # nobody reads them
                s = socket.create_connection(("127.0.0.1", server.port), timeout=30)
                s.sendall(b"GET /v1/events HTTP/1.1\r\n" + HOST + b"Cookie: qb_session=" + person.cookie.encode() + b"\r\n\r\n")
                streams.append(s)
            half = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            half.sendall(b"POST /v1/codes HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\n{")
            time.sleep(0.2)
            begun = time.monotonic()
            server.stop()
            check(time.monotonic() - begun < HELD_S, "it took long")  # five seconds are its patience
            for s in (idle, half, *streams):
                try:
                    while s.recv(4096):
                        pass
                except ConnectionResetError:
                    pass
                s.close()
            server.start()
            person.close()
            person.get("/v1/me").expect(200)

    story("a stop ends streams and half requests, and comes back", stops)
    finish()


if __name__ == "__main__":
    main()
