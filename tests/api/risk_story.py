# SPDX-License-Identifier: Apache-2.0
"""The rules of risk: each with what it catches and what it lets pass: python3 risk_story.py [STORE]"""
import json
import sys

from harness import PASSWORD, PIN, Server, check, finish, story

DAY = 86_400


class Risk:
    def __init__(self, server):
        self.server = server
        self.shop = server.shop("风险路杂货店")

    def advance(self, seconds):
        self.server.client().plain("/demo/clock", {"advance_s": seconds}).expect(200)

    def reasons(self, person):
        return [f["reason"] for f in person.get("/v1/freezes").expect(200)["items"] if f["state"] == "standing"]

    def pay(self, person, amount):
        order = self.shop.post(f"/v1/merchants/{self.shop.merchant['id']}/orders", {"amount": amount}).expect(201)["order"]
        return person.post("/v1/purchases", {"code": order["code"], "amount": amount, "pin": PIN, "source": "balance"})

    def send(self, payer, payee, amount=100):
        to = payer.plain("/v1/transfers/preview", {"phone": payee.phone}).expect(200)["payee"]["id"]
        return payer.post("/v1/transfers", {"payee_id": to, "amount": amount, "pin": PIN})

    def sign_in(self, person):
        again = self.server.client()
        again.plain("/v1/sessions", {"phone": person.phone, "password": PASSWORD}).expect(201)
        return again

    def lock(self, person):
        for _ in range(5):
            person.post("/v1/purchases", {"code": self.shop.merchant["code"], "amount": 100, "pin": "111222", "source": "balance"})

    def pins(self):
        person, slow = self.server.person(10_000), self.server.person(10_000)
        self.lock(person)
        self.lock(slow)
        check(self.reasons(person) == [], "once may happen to anybody")
        self.advance(DAY + 60)
        self.pay(person, 100).expect(201)
        self.lock(person)
        check(self.reasons(person) == ["pins"], self.reasons(person))
        self.pay(person, 100).expect(429, "PIN_LOCKED")
        self.advance(7 * DAY)
        self.lock(slow)
        check(self.reasons(slow) == [], "a week later it is once again")
        error = self.pay(person, 100).expect(422, "PAYER_FROZEN")["error"]
        check("密码多次输错" in error["message_zh"], error)

    def payees(self):
        payer, careful = self.server.person(50_000), self.server.person(50_000)
        friends = [self.server.person(card=False) for _ in range(11)]
        for friend in friends[:9]:
            self.send(payer, friend).expect(201)
            self.send(careful, friend).expect(201)
        for _ in range(3):
            self.send(payer, friends[0]).expect(201)
        check(self.reasons(payer) == [], "nine, and one of them often")
        last = self.send(payer, friends[9]).expect(201)["payment"]
        check(self.reasons(payer) == ["payees"], self.reasons(payer))
        friends[9].post(f"/v1/transfers/{last['id']}/accept").expect(409, "TRANSFER_HELD")
        self.send(payer, friends[0]).expect(422, "PAYER_FROZEN")
        self.advance(3_700)
        self.send(careful, friends[9]).expect(201)
        check(self.reasons(careful) == [], "in more than an hour it is nothing")

    def habit(self):
        small, usual, new = self.server.person(400_000), self.server.person(400_000), self.server.person(400_000)
        for _ in range(10):
            self.pay(small, 1_000).expect(201)
            self.pay(usual, 1_000).expect(201)
        for _ in range(3):
            self.pay(new, 1_000).expect(201)
        self.pay(usual, 15_000).expect(201)
        self.pay(small, 90_000).expect(201)
        self.pay(new, 100_000).expect(201)
        self.pay(usual, 100_000).expect(201)
        check(self.reasons(small) == self.reasons(new) == self.reasons(usual) == [],
              "not large; nothing known of their habit; not ten times it")
        other = self.server.person(400_000)
        for _ in range(10):
            self.pay(other, 1_000).expect(201)
        out = other.post("/v1/withdrawals", {"card_id": other.card["id"], "amount": 100_000, "fee": 0, "pin": PIN}).expect(201)["payment"]
        self.server.settled(other, out["id"], "done")
        check(self.reasons(other) == [], "to one's own card it may be large")
        self.pay(other, 100_001).expect(201)
        check(self.reasons(other) == [], "which is the habit from then on")
        other = self.server.person(400_000)
        for _ in range(10):
            self.pay(other, 1_000).expect(201)
        self.pay(other, 100_000).expect(201)
        check(self.reasons(other) == ["habit"], self.reasons(other))
        check("金额远超平时" in self.pay(other, 100).expect(422, "PAYER_FROZEN")["error"]["message_zh"], "named")

    def device(self):
        person, friend = self.server.person(450_000), self.server.person(card=False)
        fresh = self.sign_in(person)
        self.send(fresh, friend, 200_000).expect(201)
        check(self.reasons(person) == [], "a new wallet has only new logins")
        self.advance(8 * DAY)
        fresh = self.sign_in(person)
        self.send(fresh, friend, 100_000).expect(201)
        self.send(person, friend, 140_000).expect(201)
        check(self.reasons(person) == [], "not large, or by the login of old")
        rich = self.server.person(450_000)
        self.advance(8 * DAY)
        sent = self.send(self.sign_in(rich), friend, 200_000).expect(201)["payment"]
        check(self.reasons(rich) == ["device"], self.reasons(rich))
        friend.post(f"/v1/transfers/{sent['id']}/accept").expect(409, "TRANSFER_HELD")
        self.send(rich, friend, 100).expect(422, "PAYER_FROZEN")

    def release(self):
        """Two of the staff, and the same rule begins anew."""
        listed = [f for f in self.listed() if f["reason"] == "device"][0]
        check(listed["by"] == "a rule", listed)
        first = self.server.by("lin", "freeze", "release", "--id", listed["id"], "--reason", "本人来电核实")
        check(first["standing"], first)
        second = self.server.by("wu", "freeze", "release", "--id", listed["id"], "--reason", "复核通过")
        check(not second["standing"], second)
        self.server.audit()

    def listed(self):
        return json.loads(self.server.cli("--json", "freeze", "list").stdout)["result"]["items"]


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None) as server:
        server.staff("lin")
        server.staff("wu")
        risk = Risk(server)
        story("wrong PINs", risk.pins)
        story("new payees", risk.payees)
        story("far above the habit", risk.habit)
        story("a new device and a large amount", risk.device)
        story("the release", risk.release)
    finish()


main()
