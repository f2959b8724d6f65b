# SPDX-License-Identifier: Apache-2.0
"""What /docs shows is what happens: the curl command of every route, as the page prints it, run by a shell with curl against a real server, with
a session and ids that were made just before. A new route whose command needs more than somebody with a card and some money gets a row in NEEDS."""
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time

from harness import PASSWORD, PIN, Server, card_number, check, finish, id_number, png, story


class Scene:
    """People of one server, made when the first command needs them."""

    def __init__(self, server):
        self.server = server
        self.payer, self.friend, self.shop = server.person(500_000), server.person(card=False), server.shop("样样齐全")
        self.merchant = self.shop.merchant
        self.payee = self.payer.plain("/v1/transfers/preview", {"phone": self.friend.phone}).expect(200)["payee"]["id"]
        self.friend.card = server.bind(self.friend, card_number(910_000))
        self.shop.card = server.bind(self.shop, card_number(920_000))
        self.numbers = iter(range(930_000, 990_000))

    def at(self, path):
        return f"/v1/merchants/{self.merchant['id']}{path}"

    def sent(self, arrival="now"):
        return self.payer.post("/v1/transfers", {"payee_id": self.payee, "amount": 100, "arrival": arrival, "pin": PIN}).expect(201)["payment"]["id"]

    def order(self):
        return self.shop.post(self.at("/orders"), {"amount": 1000}).expect(201)["order"]

    def bought(self):
        return self.payer.post("/v1/purchases", {"code": self.order()["code"], "amount": 1000, "source": "balance", "pin": PIN}).expect(201)["payment"]["id"]

    def shown(self, digits=False):
        return self.payer.plain("/v1/paycode", {"digits": True} if digits else {}).expect(201)["code"]

    def charge(self):
        """One that waits for the payer's PIN: its code was read out."""
        return self.shop.post(self.at("/charges"), {"code": self.shown(True), "amount": 100}).expect(201)["charge"]["id"]

    def till(self):
        return self.shop.post(self.at("/tills"), {"name": secrets.token_hex(4)}).expect(201)["till"]["id"]

    def code(self, phone, purpose, by=None):
        (by or self.server.client()).plain("/v1/codes", {"phone": phone, "purpose": purpose}).expect(200)
        return self.server.sms(phone, "wallet")

    def announced(self):
        self.server.staff("shen")
        self.server.by("shen", "announce", "add", "--title", "Hello", "--title_zh", "你好", "--body", "Words.", "--body_zh", "文字。", "--for", "1h")
        return self.payer.get("/v1/announcements").expect(200)["items"][0]["id"]

    def case(self):
        return self.payer.post("/v1/cases", {"about": "other"}).expect(201)["case"]["id"]

    def binding(self):
        body = {"number": card_number(next(self.numbers)), "phone": self.payer.phone}
        return self.payer.post("/v1/cards", body).expect(201)["binding_id"]

    def other_session(self):
        self.server.client().plain("/v1/sessions", {"phone": self.payer.phone, "password": PASSWORD}).expect(201)
        return next(s["id"] for s in self.payer.get("/v1/sessions").json["items"] if not s["current"])

    def fresh_phone(self):
        return f"137{next(self.numbers):08}"

    def new_person(self, **more):
        """A newcomer, as the one who calls."""
        return self.server.register(), more


def new_card(s):
    return s.payer, {"number": card_number(next(s.numbers)), "phone": s.payer.phone}


def registration(s):
    phone = s.fresh_phone()
    return s.server.client(), {"phone": phone, "code": s.code(phone, "register")}


def by_code(purpose):
    def make(s):
        leaver = s.server.register()
        return s.server.client(), {"phone": leaver.phone, "code": s.code(leaver.phone, purpose)}
    return make


def another_phone(s):
    who, phone = s.server.person(card=False), s.fresh_phone()
    return who, {"phone": phone, "code": s.code(phone, "phone", who)}


def pin_forgotten(s):
    who = s.server.person()
    return who, {"name": who.name, "id_number": who.id_number, "card_number": who.card_number, "phone": who.phone}


def pin_reset(s):
    who, proof = pin_forgotten(s)
    asked = who.post("/v1/pin/reset", proof).expect(201)
    return who, {"reset_id": asked["reset_id"], "code": s.server.sms(who.phone, "bank")}


def a_photo(s):
    path = f"{s.server.dir}/photo.png"
    with open(path, "wb") as file:
        file.write(png())
    return s.server.person(card=False), {"side": "front", "photo": path}


def suspended(s):
    who = s.server.person()
    who.post("/v1/paycode/suspend").expect(200)
    return who, {}


def unbound(s):
    who = s.server.person()
    return who, {"card_id": who.card["id"]}


def taken(s):
    s.bought()
    return s.shop, {"merchant_id": s.merchant["id"], "card_id": s.shop.card["id"]}


def settles(s):
    _, values = taken(s)
    s.shop.put(s.at("/settlement"), {"card_id": s.shop.card["id"], "pin": PIN}).expect(200)
    return s.shop, values


def waiter(s):
    person = s.server.register()
    s.shop.post(s.at("/waiters"), {"phone": person.phone}).expect(201)
    return s.shop, {"merchant_id": s.merchant["id"], "person_id": person.person["id"]}


def frozen(s):
    """One's own freeze, and the code that lifts it."""
    who = s.server.person(card=False)
    freeze = who.post("/v1/freezes").expect(201)["freeze"]["id"]
    who.post("/v1/freezes/code").expect(200)
    return who, {"freeze_id": freeze, "code": s.server.sms(who.phone, "wallet")}


def saver(s):
    who = s.server.person(20_000)
    who.post("/v1/pocket/in", {"amount": 5000}).expect(201)
    return who, {}


def anyone(s, method, path):
    """Without a row of their own: at the shop, or the payer; what is changed is somebody's who does nothing else."""
    if "/merchants/" in path:
        return at_shop()(s)
    who = s.payer if method == "GET" else s.server.person(20_000)
    return who, {"card_id": who.card["id"]}


def at_shop(**more):
    return lambda s: (s.shop, {"merchant_id": s.merchant["id"], **{name: make(s) for name, make in more.items()}})


def by(who, **more):
    return lambda s: (getattr(s, who), {name: make(s) for name, make in more.items()})


# (method, path): who calls, and with which values.
NEEDS = {
    ("GET", "/v1/bills/{id}"): by("payer", bill_id=Scene.bought),
    ("POST", "/v1/announcements/{id}/read"): by("payer", announcement_id=Scene.announced),
    ("GET", "/v1/cases/{id}"): by("payer", case_id=Scene.case),
    ("POST", "/v1/cases/{id}/lines"): by("payer", case_id=Scene.case),
    ("POST", "/v1/cases/{id}/settle"): by("payer", case_id=Scene.case),
    ("GET", "/v1/help/{name}"): by("payer", name=lambda s: "frozen"),
    ("GET", "/v1/payments/{id}"): by("payer", payment_id=Scene.bought),
    ("POST", "/v1/cards/lookup"): new_card,
    ("POST", "/v1/cards"): new_card,
    ("POST", "/v1/cards/{binding_id}/confirm"): by("payer", binding_id=Scene.binding, code=lambda s: s.server.sms(s.payer.phone, "bank")),
    ("POST", "/v1/cards/{id}/unbind"): unbound,
    ("POST", "/v1/freezes/code"): Scene.new_person,
    ("POST", "/v1/freezes/{id}/lift"): frozen,
    ("POST", "/v1/pocket/out"): saver,
    ("POST", "/v1/codes"): lambda s: (s.server.client(), {"phone": s.fresh_phone()}),
    ("POST", "/v1/persons"): registration,
    ("POST", "/v1/sessions"): by("friend", phone=lambda s: s.friend.phone),
    ("POST", "/v1/sessions/code"): by_code("login"),
    ("POST", "/v1/password/reset"): by_code("password"),
    ("PUT", "/v1/me/phone"): another_phone,
    ("POST", "/v1/me/close"): Scene.new_person,
    ("DELETE", "/v1/sessions/current"): Scene.new_person,
    ("DELETE", "/v1/sessions/{id}"): by("payer", session_id=Scene.other_session),
    ("PUT", "/v1/pin"): Scene.new_person,
    ("POST", "/v1/pin/reset"): pin_forgotten,
    ("POST", "/v1/pin/reset/{id}/confirm"): pin_reset,
    ("POST", "/v1/realname"): lambda s: s.new_person(name="王小强", id_number=id_number(777)),
    ("PUT", "/v1/realname/document/{side}"): a_photo,
    ("POST", "/v1/paycode/suspend"): Scene.new_person,
    ("POST", "/v1/paycode/resume"): suspended,
    ("POST", "/v1/paycode/charges/{id}/confirm"): by("payer", charge_id=Scene.charge),
    ("POST", "/v1/paycode/charges/{id}/decline"): by("payer", charge_id=Scene.charge),
    ("POST", "/v1/purchases"): by("payer", code=lambda s: s.order()["code"]),
    ("POST", "/v1/scan"): by("payer", text=lambda s: s.order()["code"]),
    ("POST", "/v1/transfers/preview"): by("payer", phone=lambda s: s.friend.phone),
    ("POST", "/v1/transfers"): by("payer", payee_id=lambda s: s.payee),
    ("POST", "/v1/transfers/{id}/accept"): by("friend", transfer_id=Scene.sent),
    ("POST", "/v1/transfers/{id}/return"): by("friend", transfer_id=Scene.sent),
    ("POST", "/v1/transfers/{id}/recall"): by("payer", transfer_id=lambda s: s.sent("2h")),
    ("POST", "/v1/merchants"): lambda s: (s.server.person(card=False), {}),
    ("POST", "/v1/merchants/{id}/charges"): at_shop(code=Scene.shown),
    ("GET", "/v1/merchants/{id}/charges/{charge_id}"): at_shop(charge_id=Scene.charge),
    ("POST", "/v1/merchants/{id}/charges/{charge_id}/cancel"): at_shop(charge_id=Scene.charge),
    ("GET", "/v1/merchants/{id}/orders/{order_id}"): at_shop(order_id=lambda s: s.order()["id"]),
    ("POST", "/v1/merchants/{id}/orders/{order_id}/close"): at_shop(order_id=lambda s: s.order()["id"]),
    ("POST", "/v1/merchants/{id}/payments/{payment_id}/refunds"): at_shop(payment_id=Scene.bought),
    ("PUT", "/v1/merchants/{id}/settlement"): taken,
    ("POST", "/v1/merchants/{id}/settlements"): settles,
    ("PUT", "/v1/merchants/{id}/tills/{till_id}"): at_shop(till_id=Scene.till),
    ("POST", "/v1/merchants/{id}/waiters"): at_shop(till_id=Scene.till, phone=lambda s: s.server.register().phone),
    ("DELETE", "/v1/merchants/{id}/waiters/{person_id}"): waiter,
}


def run(server, source, who, values):
    """The command's status, type and body, as curl tells them."""
    with tempfile.TemporaryDirectory(dir=server.dir) as folder:
        with open(f"{folder}/.curlrc", "w", encoding="ascii") as rc:
            rc.write('noproxy = "*"\nwrite-out = "\\n%{http_code} %{content_type}"\n')
        with open(f"{folder}/jar", "w", encoding="ascii") as jar:
            if who.cookie:
                jar.write(f"127.0.0.1\tFALSE\t/\tFALSE\t0\tqb_session\t{who.cookie}\n")
        environment = {"PATH": os.environ["PATH"], "CURL_HOME": folder, "HOME": folder, "LC_ALL": "C.UTF-8", "QB": f"http://127.0.0.1:{server.port}",
                       "jar": f"{folder}/jar", "key": secrets.token_hex(16), **values}
        done = subprocess.run(["sh", "-euc", source], env=environment, capture_output=True, timeout=60, check=False)
        check(done.returncode in (0, 28), f"{done.returncode}: {done.stderr.decode()}")  # 28: a stream that was left after its time
        body, _, end = done.stdout.rpartition(b"\n")
        status, _, kind = end.decode().partition(" ")
        return int(status), kind, body, open(f"{folder}/jar", encoding="ascii").read()


def main():
    store = sys.argv[1] if len(sys.argv) > 1 else None
    with Server(store=store) as server:
        page, scene = server.page.page, None

        def begin():
            nonlocal scene
            scene = Scene(server)

        story("people for the commands", begin)

        def example(method, path, operation):
            needs = NEEDS.get((method, path))
            who, values = needs(scene) if needs else anyone(scene, method, path)
            values = {"day": time.strftime("%Y-%m-%d"), **values}
            sample = operation["x-codeSamples"][0]
            check(sample["lang"] == "Shell" and "\n" not in sample["source"], sample)
            status, kind, body, jar = run(server, sample["source"], who, values)
            wanted = next(int(code) for code in operation["responses"] if code != "default")
            check(status == wanted, f"{sample['source']}\n{status} instead of {wanted}: {body[:300]!r}")
            server.page.judge(method, path.replace("{", "").replace("}", ""), status, {"Content-Type": kind}, body)
            check('-c "$jar"' not in sample["source"] or "qb_session" in jar, "no cookie in the jar")

        for path, row in page["paths"].items():
            for method, operation in row.items():
                story(f"curl: {method.upper()} {path}", lambda m=method.upper(), p=path, o=operation: example(m, p, o))

        def rows():
            known = {(m.upper(), p) for p, row in page["paths"].items() for m in row}
            check(set(NEEDS) <= known, f"rows without a route: {set(NEEDS) - known}")

        story("no row without its route", rows)

        def told():
            errors = {row["code"] for row in server.client().get("/v1/texts").expect(200)["errors"]}
            nouns = {tag["name"]: tag for tag in page["tags"]}
            for path, row in page["paths"].items():
                for method, operation in row.items():
                    check(set(operation["x-errors"]) <= errors, f"{method} {path}: errors that are none")
                    check(operation["tags"][0] in nouns, f"{method} {path}: {operation['tags']}")
                    check(("security" in operation) == ("NOT_SIGNED_IN" in operation["x-errors"]), f"{method} {path}: who may call")
            for tag in nouns.values():
                check(tag["description"].isascii() and not tag["x-description-zh"].isascii(), f"{tag}: both languages")

        story("every route names its noun and errors that exist", told)
        story("the books", server.audit)
    finish()


if __name__ == "__main__":
    main()
