# SPDX-License-Identifier: Apache-2.0
"""/openapi.json says what the server does: every route is called and every answer judged by it (harness.py judges those of all other tests
too); every declared field refuses what it must, by name; lists page; streams tell. Walks the page, so a new route is tested the day it is declared."""
import copy
import json
import secrets
import socket
import time

from harness import PASSWORD, PATIENCE_S, PIN, Server, card_number, check, finish, png, story, until
from openapi import Broken, Page

# What each type of field must refuse; "amount" and the like are integers.
WRONG = {
    "string": [1, 0, -1, True, None, [], {}, ["a"], "", "\x01", "a\nb", "\u202e", "\ufeff", "\ud800", "a" * 10000],
    "boolean": [1, 0, None, [], {}, "", "true", "false", "yes"],
    "integer": [True, None, [], {}, "", "1", " 1", "１", "abc", 9007199254740991, -9007199254740991],
}
# Text that is poison to somebody, somewhere; to us it is text.
POISON = ["' OR '1'='1", "'; DROP TABLE person; --", "%_%", "\\", "\"", "{{7*7}}", "${7*7}", "%s%n%x", "../../etc/passwd", "<img src=x onerror=alert(1)>",
          "=HYPERLINK(\"http://evil\")", "null", "0", "真假‘’", "🀄", "a\u0301"]


class Stream:
    """/v1/events on a socket of its own."""

    def __init__(self, server, client):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.socket.sendall(f"GET /v1/events HTTP/1.1\r\nHost: a\r\nCookie: qb_session={client.cookie}\r\n\r\n".encode())
        self.head, _, self.got = self.until(b"\r\n\r\n").partition(b"\r\n\r\n")

    def until(self, words, seconds=PATIENCE_S):
        """All that came, when the words did; or when the other side closed, or the time was up."""
        got, until = getattr(self, "got", b""), time.monotonic() + seconds
        while words not in got and time.monotonic() < until:
            self.socket.settimeout(max(0.01, until - time.monotonic()))
            try:
                part = self.socket.recv(4096)
            except (TimeoutError, ConnectionResetError):
                break
            if not part:
                break
            got += part
        self.got = got
        return got


    def closed(self, seconds=PATIENCE_S):
        """Whether the other side ends it within the time."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(4096):
                pass
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


def fields(operation):
    body = operation.get("requestBody")
    return body["content"].get("application/json", {}).get("schema") if body else None  # None too where the body is a file


def fill(path, identifier):
    return "/".join(identifier if part.startswith("{") else part for part in path.split("/"))


def main():
    with Server() as server:
        page = Page(copy.deepcopy(server.page.page))
        text = page.page

        def sound():
            names = set(text["components"]["schemas"])
            used = set(part.split('"')[0] for part in json.dumps(text).split("#/components/schemas/")[1:])
            check(used == names, f"referred to and not there: {used - names}; there and not referred to: {names - used}")
            for path, row in text["paths"].items():
                for method, operation in row.items():
                    where = f"{method} {path}"
                    check(operation["summary"] and len(operation["responses"]) == 2 and "default" in operation["responses"], where)
                    in_path = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
                    check(in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}, f"{where}: {in_path}")
                    good = next(v for k, v in operation["responses"].items() if k != "default")
                    kind, content = next(iter(good["content"].items()))
                    check("schema" in content or kind != "application/json" or path == "/openapi.json", f"{where}: an answer without a shape")

        story("the page is sound", sound)

        def judges():
            answer = server.person(card=False).get("/v1/me")
            me = json.loads(answer.body)

            def refused(change, what):
                bent = copy.deepcopy(me)
                change(bent)
                try:
                    page.judge("GET", "/v1/me", 200, answer.headers, json.dumps(bent).encode())
                except Broken:
                    return
                check(False, f"the judge took {what}")

            page.judge("GET", "/v1/me", 200, answer.headers, answer.body)
            refused(lambda m: m.pop("nickname"), "a missing property")
            refused(lambda m: m.update(password="x"), "a property more")
            refused(lambda m: m.update(tier="1"), "text for an integer")
            refused(lambda m: m.update(tier=True), "true for an integer")
            refused(lambda m: m.update(nickname=None), "null for text")
            refused(lambda m: m.update(id="1"), "an id that is none")
            refused(lambda m: m.update(created_at="2026-11-23"), "a time that is none")
            refused(lambda m: m["real_name"].pop("state"), "a missing property further in")
            try:
                page.judge("GET", "/v1/me", 200, answer.headers, answer.body[:-1] + b',"tier":3}')
            except Broken:
                return
            check(False, "the judge took a key twice")

        story("the judge finds what is wrong", judges)

        def every_route():
            payer, friend, shop = server.person(200000), server.person(card=False), server.shop("样样齐全")
            for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/config", "/v1/texts", "/v1/qr.svg?text=qianbao", "/v1/help", "/v1/help/frozen", "/status", "/v1/status", "/demo/inbox",
                         "/demo/cards", "/demo/people"):
                server.client().get(path).expect(200)
            merchant = f"/v1/merchants/{shop.merchant['id']}"
            payer.call("PUT", "/v1/realname/document/front", raw=png(), headers={"Content-Type": "image/png"}, key=secrets.token_hex(16)).expect(200)
            payer.get("/v1/realname/document").expect(200)
            order = shop.post(f"{merchant}/orders", {"amount": 100, "note": "面"}).expect(201)["order"]
            payer.plain("/v1/scan", {"text": order["code"]}).expect(200)
            paid = payer.post("/v1/purchases", {"code": order["code"], "amount": 100, "source": "balance", "pin": PIN}).expect(201)["payment"]
            shop.get(f"{merchant}/orders/{order['id']}").expect(200)
            other = shop.post(f"{merchant}/orders", {"amount": 200}).expect(201)["order"]
            shop.post(f"{merchant}/orders/{other['id']}/close").expect(200)
            shop.get("/v1/merchants").expect(200)
            shop.get(f"{merchant}/takings?day=2026-11-23").expect(200)
            check(shop.get(f"{merchant}/takings").expect(200)["count"] == 1, "takings")
            till = shop.post(f"{merchant}/tills", {"name": "一号"}).expect(201)["till"]
            shop.put(f"{merchant}/tills/{till['id']}", {"name": "二号"}).expect(200)
            shop.get(f"{merchant}/tills").expect(200)
            shop.post(f"{merchant}/waiters", {"phone": friend.phone, "till_id": till["id"]}).expect(201)
            shop.get(f"{merchant}/waiters").expect(200)
            friend.get("/v1/merchants").expect(200)
            shop.call("DELETE", f"{merchant}/waiters/{friend.person['id']}", key=secrets.token_hex(16)).expect(200)
            shop.put(merchant, {"name": "样样都有"}).expect(200)
            shop.card = server.bind(shop, card_number(900_000))
            shop.put(f"{merchant}/settlement", {"card_id": shop.card["id"], "pin": PIN}).expect(200)
            settled = shop.post(f"{merchant}/settlements").expect(201)["payment"]
            server.settled(shop, settled["id"], "done")
            for path in ("settlement", "settlements", "days", "days?month=2026-11", "statement.csv?day=2026-11-23"):
                shop.get(f"{merchant}/{path}").expect(200)
            payer.post("/v1/purchases", {"code": till["code"], "amount": 100, "source": "balance", "pin": PIN}).expect(201)
            shop.post(f"{merchant}/payments/{paid['id']}/refunds", {"amount": 30, "reason": "面少了", "pin": PIN}).expect(201)
            code = friend.get("/v1/receive").expect(200)["code"]
            payer.plain("/v1/scan", {"text": code}).expect(200)
            payee = payer.plain("/v1/transfers/preview", {"code": code}).expect(200)["payee"]
            for end in ("accept", "return"):
                sent = payer.post("/v1/transfers", {"payee_id": payee["id"], "amount": 300, "note": end, "pin": PIN}).expect(201)["payment"]
                friend.post(f"/v1/transfers/{sent['id']}/{end}").expect(200)
            sent = payer.post("/v1/transfers", {"payee_id": payee["id"], "amount": 300, "arrival": "2h", "pin": PIN}).expect(201)["payment"]
            payer.post(f"/v1/transfers/{sent['id']}/recall").expect(200)
            payer.put("/v1/transfers/settings", {"arrival": "now"}).expect(200)
            for path in ("/v1/transfers/settings", "/v1/payees/recent"):
                payer.get(path).expect(200)
            payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 10**9, "source": "balance", "pin": PIN}).expect(422, "AMOUNT_TOO_LARGE")
            payer.post("/v1/pocket/in", {"amount": 200}).expect(201)
            payer.post("/v1/pocket/out", {"amount": 100, "pin": PIN}).expect(201)
            payer.post("/v1/balance/check").expect(200)
            payer.put("/v1/realname/validity", {"pin": PIN, "valid_until": "2049-12-31"}).expect(200)
            for path in ("/v1/me", "/v1/balance", "/v1/balance/explain", "/v1/balance/timeline", "/v1/selfcheck", "/v1/pocket", "/v1/devices", "/v1/limits", "/v1/bills", "/v1/notices", "/v1/cards", "/v1/sessions", f"/v1/payments/{paid['id']}",
                         f"/v1/bills/{paid['id']}", "/v1/bills/months", "/v1/bills.csv"):
                payer.get(path).expect(200)
            charges = f"{merchant}/charges"
            for end in ("confirm", "decline", "cancel"):
                code = payer.plain("/v1/paycode", {"digits": True}).expect(201)["code"]
                charge = shop.post(charges, {"code": code, "amount": 100, "note": end}).expect(201)["charge"]
                shop.get(f"{charges}/{charge['id']}").expect(200)
                check(payer.get("/v1/paycode").expect(200)["charge"]["id"] == charge["id"], "asked")
                if end == "cancel":
                    shop.post(f"{charges}/{charge['id']}/cancel").expect(200)
                else:
                    payer.post(f"/v1/paycode/charges/{charge['id']}/{end}", {"pin": PIN} if end == "confirm" else {}).expect(201 if end == "confirm" else 200)
            payer.call("DELETE", "/v1/paycode").expect(200)
            payer.post("/v1/paycode/suspend").expect(200)
            payer.post("/v1/paycode/resume", {"pin": PIN}).expect(200)
            payer.put("/v1/paycode/free", {"free": False}).expect(200)
            payer.plain("/v1/withdrawals/preview", {}).expect(200)
            withdrawn = payer.post("/v1/withdrawals", {"card_id": payer.card["id"], "amount": 500, "fee": 0, "pin": PIN}).expect(201)["payment"]
            server.settled(payer, withdrawn["id"], "done")
            refused = next(b for b in payer.get("/v1/bills").json["items"] if b["state"] == "refused")
            payer.get(f"/v1/bills/{refused['id']}").expect(200)
            case = payer.post("/v1/cases", {"about": "bill", "id": refused["id"]}).expect(201)["case"]
            for path in ("/v1/cases", f"/v1/cases/{case['id']}"):
                payer.get(path).expect(200)
            payer.post(f"/v1/cases/{case['id']}/lines", {"words": "为什么"}).expect(201)
            payer.post(f"/v1/cases/{case['id']}/settle").expect(200)
            server.staff("shen")
            server.by("shen", "announce", "add", "--title", "Hello", "--title_zh", "你好", "--body", "Words.", "--body_zh", "文字。", "--for", "1h")
            announced = payer.get("/v1/announcements").expect(200)["items"][0]
            payer.post(f"/v1/announcements/{announced['id']}/read").expect(200)
            payer.post("/v1/notices/read").expect(200)
            payer.plain("/v1/cards/lookup", {"number": card_number(1)}).expect(200)
            payer.post(f"/v1/cards/{payer.card['id']}/move", {"to": "first"}).expect(200)
            payer.post(f"/v1/cards/{payer.card['id']}/unbind", {"pin": PIN}).expect(200)
            payer.put("/v1/pin", {"pin": "390572", "old_pin": PIN}).expect(200)
            again = server.client()
            again.plain("/v1/codes", {"phone": payer.phone, "purpose": "login"}).expect(200)
            again.plain("/v1/sessions/code", {"phone": payer.phone, "code": server.sms(payer.phone, "wallet")}).expect(201)
            third = next(s for s in payer.get("/v1/sessions").json["items"] if not s["current"])
            payer.call("DELETE", f"/v1/sessions/{third['id']}", key=secrets.token_hex(16)).expect(200)
            payer.post("/v1/sessions/end-others").expect(200)
            server.client().plain("/v1/sessions", {"phone": friend.phone, "password": "wrong 2317"}).expect(401, "WRONG_LOGIN")
            check(not payer.get("/v1/me/closing").expect(200)["can_close"], "there is money in it")
            server.client().plain("/demo/clock", {"advance_s": 61}).expect(200)
            payer.plain("/v1/codes", {"phone": "15811112222", "purpose": "phone"}).expect(200)
            payer.put("/v1/me/phone", {"phone": "15811112222", "code": server.sms("15811112222", "wallet"), "pin": "390572"}).expect(200)
            payer.call("DELETE", "/v1/sessions/current").expect(200)
            forgetful = server.person()
            proof = {"name": forgetful.name, "id_number": forgetful.id_number, "card_number": forgetful.card_number, "phone": forgetful.phone}
            asked = forgetful.post("/v1/pin/reset", proof).expect(201)
            forgetful.post(f"/v1/pin/reset/{asked['reset_id']}/confirm", {"code": server.sms(forgetful.phone, "bank"), "pin": "390572"}).expect(200)
            wary = server.person(card=False)
            freeze = wary.post("/v1/freezes").expect(201)["freeze"]
            wary.post("/v1/freezes/code").expect(200)
            wary.get("/v1/freezes").expect(200)
            wary.post(f"/v1/freezes/{freeze['id']}/lift", {"pin": PIN, "code": server.sms(wary.phone, "wallet")}).expect(200)
            leaver = server.register()
            leaver.plain("/v1/codes", {"phone": leaver.phone, "purpose": "password"}).expect(200)
            leaver.plain("/v1/password/reset", {"phone": leaver.phone, "code": server.sms(leaver.phone, "wallet"), "password": "jiming-si 4403 feng"}).expect(201)
            leaver.post("/v1/me/close").expect(200)
            server.client().plain("/demo/clock", {"advance_s": 1}).expect(200)
            stream = Stream(server, friend)
            server.page.judge("GET", "/v1/events", 200, {"Content-Type": "text/event-stream"}, b"")
            check(b"text/event-stream" in stream.head, stream.head)
            login = server.client()
            login.plain("/v1/sessions", {"phone": friend.phone, "password": PASSWORD}).expect(201)
            check(not server.page.unseen(), f"never called: {server.page.unseen()}")

        story("every route is called, and every answer is one of the page's", every_route)

        client = server.person()
        key = "0123456789abcdef"

        def send(method, path, body, cookie=True):
            who = client if cookie else server.client()
            return who.call(method, path, raw=json.dumps(body).encode("utf-8"), key=key)

        def unknown_and_missing(method, path, schema):
            for more in ("balance", "role", "kyc_level", "__proto__", "Amount", "a/b", "a~b", "", "\u00e9", "x" * 300):
                error = send(method, path, {more: 1}).expect(400, "UNKNOWN_FIELD")["error"]
                pointer = "/" + more.replace("~", "~0").replace("/", "~1")
                check(error["field"] and pointer.startswith(error["field"]), f"{more[:20]}: field {error['field']!r}")
            if schema["required"]:
                error = send(method, path, {}).expect(400, "MISSING_FIELD")["error"]
                check(error["field"] == "/" + schema["required"][0], error["field"])

        def wrong_values(method, path, schema):
            for name, row in schema["properties"].items():
                for value in WRONG[row["type"]]:
                    if isinstance(value, str) and row["type"] == "string" and row.get("minLength", 1) == 0 and value == "":
                        continue
                    if row["type"] == "integer" and type(value) is int and row["minimum"] <= value <= row["maximum"]:
                        continue
                    raw = json.dumps({name: value}).encode()
                    error = client.call(method, path, raw=raw, key=key)
                    check(error.status in (400, 401) and error.code not in ("MISSING_FIELD", "UNKNOWN_FIELD"), f"/{name} = {value!r:.40}: {error.status} {error.body[:200]!r}")
                    if error.code != "BAD_JSON":
                        check(error.json["error"]["field"] == "/" + name, f"/{name} = {value!r:.40}: {error.json['error']['field']!r}")

        for path, row in text["paths"].items():
            for method, operation in row.items():
                if fields(operation) and "{" not in path:
                    story(f"fields: {method.upper()} {path}", lambda m=method.upper(), p=path, s=fields(operation): (
                        unknown_and_missing(m, p, s), wrong_values(m, p, s)))

        def addresses():
            for path, row in text["paths"].items():
                for method in row:
                    for bad in ("x", "0" * 26, "%00", "..", "%2e%2e", "a" * 2000, "'--", client.person["id"] + "0") if "{" in path else ():
                        answer = client.call(method.upper(), fill(path, bad), raw=b"{}" if method != "get" and method != "delete" else None, key=key)
                        check(answer.status == 404 and answer.code in ("NOT_FOUND", "NO_ROUTE"), f"{method} {path} {bad:.20}: {answer.status} {answer.body[:200]!r}")
                    if method == "get" and "{" not in path:
                        client.get(path + "?token=1&session=x").expect(400, "UNKNOWN_FIELD")

        story("ids that are none are found nowhere", addresses)

        def queries():
            for bad in ("0", "101", "-1", "1e1", "1.0", "+1", "%31%30%30%30", "%EF%BC%91%EF%BC%90", "", "a", "1&limit=1", "9" * 40):
                error = client.get(f"/v1/bills?limit={bad}").json["error"]
                check((error["code"], error["field"]) == ("BAD_FIELD", "/limit"), f"{bad}: {error}")
            for bad in ("x", "AAAA", "a" * 128, "%00", "..%2f", "%zz", "%"):
                error = client.get(f"/v1/bills?cursor={bad}").json["error"]
                check(error["code"] in ("BAD_CURSOR", "BAD_FIELD") and error["field"] == "/cursor", f"{bad}: {error}")

        story("limits and page marks", queries)

        def people_without_session():
            for path, row in text["paths"].items():
                for method, operation in row.items():
                    if "security" in operation and "{" not in path and path not in ("/v1/qr.svg",):
                        body = None if method in ("get", "delete") else {}
                        answer = server.client().call(method.upper(), path, body, key=key)
                        check(answer.status == 401 or (answer.code == "MISSING_FIELD" and answer.status == 400), f"{method} {path}: {answer.status}")

        story("what is a person's asks for a session", people_without_session)

        def poison():
            payer, friend = server.person(100000), server.person(card=False)
            payee = payer.plain("/v1/transfers/preview", {"phone": friend.phone}).expect(200)["payee"]["id"]
            for words in POISON:
                named = server.register(nickname=words[:20])
                check(named.person["nickname"] == words[:20], named.person)
                note = payer.post("/v1/transfers", {"payee_id": payee, "amount": 1, "note": words, "pin": PIN})
                check(note.status == 201 and note.json["payment"]["note"] == words, note.body[:200])
                check(b"<img" not in note.body, "a tag went out as it came in")
                payer.plain("/v1/scan", {"text": words}).expect(400, "CODE_UNREADABLE")
                check(server.client().call("GET", "/v1/me", headers={"Cookie": f"qb_session={words.encode('utf-8').hex()}"}).status == 401, "cookie")
            check(server.client().get("/v1/bills?cursor=" + "%27%20OR%201").status in (400, 401), "cursor")
            server.audit()

        story("row 38: poison is text", poison)

        def pages():
            payer, friend = server.person(100000), server.person(card=False)
            payee = payer.plain("/v1/transfers/preview", {"phone": friend.phone}).expect(200)["payee"]["id"]
            ids = [payer.post("/v1/transfers", {"payee_id": payee, "amount": 1 + i, "pin": PIN}).expect(201)["payment"]["id"] for i in range(7)][::-1]
            for path, limit in (("/v1/bills", 1), ("/v1/bills", 3), ("/v1/bills", 100), ("/v1/notices", 2)):
                got, cursor, calls = [], None, 0
                while calls == 0 or cursor:
                    at = payer.get(f"{path}?limit={limit}" + (f"&cursor={cursor}" if cursor else "")).expect(200)
                    check(len(at["items"]) <= limit, "more than asked for")
                    got += at["items"]
                    cursor, calls = at["next_cursor"], calls + 1
                    if cursor and calls == 1:
                        friend.get(f"{path}?cursor={cursor}").expect(400, "BAD_CURSOR")
                        other = "/v1/notices" if path == "/v1/bills" else "/v1/bills"
                        payer.get(f"{other}?cursor={cursor}").expect(400, "BAD_CURSOR")
                        bent = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
                        payer.get(f"{path}?cursor={bent}").expect(400, "BAD_CURSOR")
                mine = [item.get("bill_id", item["id"]) for item in got if item["kind"] == "transfer"]
                check(mine == ids and len({item["id"] for item in got}) == len(got), f"{path} by {limit}: {len(got)} items")

        story("a list by pages is the list", pages)

        def streams():
            payer, friend, third = server.person(100000), server.person(card=False), server.person(card=False)
            payee = payer.plain("/v1/transfers/preview", {"phone": friend.phone}).expect(200)["payee"]["id"]
            mine, theirs, others = Stream(server, payer), Stream(server, friend), Stream(server, third)
            took = []
            for at in range(5):
                begun = time.monotonic()
                payer.post("/v1/transfers", {"payee_id": payee, "amount": 5, "pin": PIN}).expect(201)
                for stream in (mine, theirs):
                    check(b"event: changed" in stream.until(b"event: changed\n"), f"{at}: not told")
                    stream.got = b""
                took.append(time.monotonic() - begun)
            check(sorted(took)[1] < 1, f"told late: {took}")  # each time, and not for a moment in which the machine was busy
            payer.post("/v1/transfers", {"payee_id": payee, "amount": 400000, "pin": PIN}).expect(422, "INSUFFICIENT_BALANCE")
            check(b"event: changed" in mine.until(b"event: changed\n"), "a refusal is among the bills, and the other window was not told")
            check(b"changed" not in theirs.until(b"changed", 0.2), "the payee was told of what was refused")
            check(b"changed" not in others.until(b"changed", 0.2), "a stranger was told")
            many = [Stream(server, third) for _ in range(9)]
            check(b"welcome" in many[-1].until(b"welcome"), many[-1].got)
            check(others.closed(), "the oldest of too many was kept")
            for stream in (mine, theirs, others, *many):
                stream.socket.close()
            other = server.client()
            other.plain("/v1/sessions", {"phone": third.phone, "password": PASSWORD}).expect(201)
            left = Stream(server, other)
            other.call("DELETE", "/v1/sessions/current").expect(200)
            check(left.closed(), "the stream of a session that was ended stayed open")
            payer.post("/v1/transfers", {"payee_id": payee, "amount": 5, "pin": PIN}).expect(201)  # what is told to who has gone shows that they have
            until(lambda: b"qianbao_http_streams 0" in server.client().get("/metrics").body, "streams are still open")

        story("a stream tells whom it concerns, and ends", streams)
        story("the books", server.audit)
    finish()


if __name__ == "__main__":
    main()
