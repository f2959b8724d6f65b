# SPDX-License-Identifier: Apache-2.0
"""The self-check finds what stands in the way, in the article's order: python3 selfcheck_story.py [sqlite|postgres:CONNINFO]"""
import sys

from harness import PASSWORD, PIN, Server, check, finish, story

ORDER = ["IDENTITY", "NETWORK", "VERSION", "MAINTENANCE", "ACCOUNT", "BALANCE", "CARDS", "LIMITS", "PIN", "DEVICE"]


class SelfChecks:
    def __init__(self, server):
        self.server = server

    def run(self, person, query="", **expected):
        """`expected`: CHECK="state cause" for those that are not well."""
        items = person.call("GET", f"/v1/selfcheck{query}", headers=self.head(person)).expect(200)["items"]
        check([i["check"] for i in items] == ORDER, items)
        found = {i["check"]: f"{i['state']} {i['cause'] or ''}".strip() for i in items if i["state"] != "well"}
        check(found == expected, found)
        for item in items:
            check(item["text"] and item["text_zh"] and "{" not in item["text"] and bool(item["next"]) == (item["state"] != "well"), item)
        return {i["check"]: i for i in items}

    def head(self, person):
        return getattr(person, "head", None)

    def well(self):
        person = self.server.person(5_000)
        self.run(person)
        self.run(person, "?amount=5000")
        items = self.run(person, "?amount=5001", BALANCE="look")  # what was tried, and did not reach
        check("0.01" in items["BALANCE"]["text"] and items["BALANCE"]["next"][0]["do"] == "TOPUP", items["BALANCE"])
        for odd in ("0", "-1", "1.5", "x", "99999999999999999999"):
            person.call("GET", f"/v1/selfcheck?amount={odd}").expect(400, "BAD_FIELD")

    def new(self):
        items = self.run(self.server.register(), IDENTITY="stops NAME_MISSING", BALANCE="look NEVER_FUNDED", CARDS="look", PIN="stops")
        check(items["PIN"]["next"][0]["do"] == "SET_PIN" and items["CARDS"]["next"][0]["do"] == "BIND_CARD", items)

    def one_by_one(self):
        person, shop = self.server.person(1_000), self.server.shop()
        person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 1_000, "source": "balance", "pin": PIN}).expect(201)
        self.run(person, BALANCE="look SPENT")
        for i in range(5):
            person.post("/v1/pocket/out", {"amount": 1, "pin": f"27181{i}"})
        items = self.run(person, BALANCE="look SPENT", PIN="stops")
        check("锁定" in items["PIN"]["text_zh"], items["PIN"])
        rich, other = self.server.person(600_000), self.server.person()
        payee = rich.plain("/v1/transfers/preview", {"phone": other.phone}).expect(200)["payee"]
        rich.post("/v1/transfers", {"payee_id": payee["id"], "amount": 500_000, "pin": PIN, "arrival": "now"}).expect(201)
        self.run(rich, LIMITS="look LIMIT_REACHED")
        rich.head = {"App-Version": "0.0.9"}
        self.run(rich, LIMITS="look LIMIT_REACHED", VERSION="stops APP_OLD")

    def rests(self):
        person = self.server.person(1_000)
        self.server.staff("ning")
        window = self.server.by("ning", "maintenance", "add", "--what", "transfer", "--for", "1h", "--words", "Swept.", "--words_zh", "打扫。")
        items = self.run(person, MAINTENANCE="stops MAINTENANCE")
        check("转账" in items["MAINTENANCE"]["text_zh"] and items["MAINTENANCE"]["next"][0]["href"] == "/status", items["MAINTENANCE"])
        self.server.by("ning", "maintenance", "end", "--id", window["id"])
        self.server.by("ning", "maintenance", "readonly", "on")
        self.run(person, MAINTENANCE="stops READING_ONLY")
        self.server.by("ning", "maintenance", "readonly", "off")
        self.run(person)

    def expired(self):
        person = self.server.person(100)
        today = self.server.client().get("/v1/config").expect(200)["time"][:10]
        person.put("/v1/realname/validity", {"pin": PIN, "valid_until": today}).expect(200)
        check(self.server.cli("sandbox", "clock", "+1d").returncode == 0, "the clock")
        person.plain("/v1/sessions", {"phone": person.phone, "password": PASSWORD}).expect(201)
        self.run(person, IDENTITY="stops NAME_EXPIRED")


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store, flags=["--app-min", "0.1.0"]) as server:
        it = SelfChecks(server)
        story("all is well", it.well)
        story("a new wallet", it.new)
        story("what stands in the way, one by one", it.one_by_one)
        story("what rests", it.rests)
        story("an ID card that expired", it.expired)
    finish()


main()
