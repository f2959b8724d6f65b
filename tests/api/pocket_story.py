# SPDX-License-Identifier: Apache-2.0
"""The savings pocket: in and out, what it refuses, what it explains, and that it cannot be emptied twice: python3 pocket_story.py [sqlite|postgres:CONNINFO]"""
import secrets
import sys

from harness import PIN, Server, check, finish, in_parallel, story


class Pockets:
    def __init__(self, server):
        self.server = server

    def put(self, person, amount, key=None):
        return person.post("/v1/pocket/in", {"amount": amount}, key)

    def take(self, person, amount, pin=PIN, key=None):
        return person.post("/v1/pocket/out", {"amount": amount, "pin": pin}, key)

    def state(self, person):
        return person.get("/v1/balance").expect(200)["available"], person.get("/v1/pocket").expect(200)["amount"]

    def there_and_back(self):
        person = self.server.person(10_000)
        check(self.state(person) == (10_000, 0) and person.get("/v1/pocket").expect(200)["opened_at"] is None, "none yet")
        paid = self.put(person, 9_000).expect(201)["payment"]
        check((paid["kind"], paid["direction"], paid["state"], paid["money_taken"]) == ("pocket", "out", "done", "no"), paid)
        check(paid["counterparty"] == {"kind": "pocket", "name": "小金库"} and len(paid["entries"]) == 1, paid)
        self.put(person, 1_000).expect(201)
        check(self.state(person) == (0, 10_000), self.state(person))
        told = person.get("/v1/balance/explain").expect(200)
        check([c["cause"] for c in told["causes"]] == ["IN_POCKET"] and told["causes"][0]["next"][0]["href"] == "#/pocket" and told["pocket"] == 10_000, told)
        back = self.take(person, 4_000).expect(201)["payment"]
        check((back["direction"], back["amount"]) == ("in", 4_000) and self.state(person) == (4_000, 6_000), back)
        then = person.get(f"/v1/balance/explain?bill={back['id']}").expect(200)
        check((then["available"], then["pocket"]) == (0, 10_000) and then["causes"][0]["amount"] == 10_000, then)
        bills = person.get("/v1/bills?kind=pocket").expect(200)["items"]
        check([b["direction"] for b in bills] == ["in", "out", "out"], bills)
        check(len(person.get("/v1/bills?q=%E5%B0%8F%E9%87%91%E5%BA%93").expect(200)["items"]) == 3, "found by its name")
        month = person.get("/v1/bills/months").expect(200)["items"][0]
        check((month["in"], month["out"]) == (0, 0), "own to own is neither in nor out")
        texts = [n["text_zh"] for n in person.get("/v1/notices").expect(200)["items"]]
        check(texts[0] == "你从小金库转回 40.00 元到零钱。" and texts[2] == "你把 90.00 元存进了小金库。", texts)

    def refusals(self):
        person = self.server.person(1_000)
        self.put(person, 1_001).expect(422, "INSUFFICIENT_BALANCE")
        self.take(person, 1).expect(422, "POCKET_SHORT")
        self.put(person, 600).expect(201)
        error = self.take(person, 601).expect(422, "POCKET_SHORT")["error"]
        check("6.00" in error["message_zh"], error)
        self.take(person, 600, pin="111222").expect(403, "WRONG_PIN")
        for amount in (0, -5, "6", None):
            self.put(person, amount).expect(400, "BAD_AMOUNT")
        person.post("/v1/pocket/in", {"amount": 1, "person_id": self.server.person().person["id"]}).expect(400, "UNKNOWN_FIELD")
        check(self.state(person) == (400, 600), "nothing moved")
        refused = [b["reason"]["code"] for b in person.get("/v1/bills").expect(200)["items"] if b["state"] == "refused"]
        check(refused == ["POCKET_SHORT", "POCKET_SHORT", "INSUFFICIENT_BALANCE"], refused)

    def closing(self):
        person = self.server.person(500)
        self.put(person, 500).expect(201)
        reasons = person.get("/v1/me/closing").expect(200)["reasons"]
        check([r["code"] for r in reasons] == ["CLOSE_POCKET"] and "5.00" in reasons[0]["message_zh"], reasons)
        person.post("/v1/me/close", {"pin": PIN}).expect(422, "CLOSE_POCKET")

    def once(self):
        """Twenty at once with the same key, then twenty that each want all of it."""
        person, key = self.server.person(2_000), secrets.token_hex(16)
        clients = [self.server.client() for _ in range(20)]
        for client in clients:
            client.cookie = person.cookie
        answers = in_parallel(20, lambda i: self.put(clients[i], 2_000, key))
        check({a.status for a in answers} == {201} and len({a.body for a in answers}) == 1, "one effect, one answer")
        answers = in_parallel(20, lambda i: self.take(clients[i], 2_000))
        check(sorted(str(a.code) for a in answers) == ["None"] + ["POCKET_SHORT"] * 19, [a.code for a in answers])
        check(self.state(person) == (2_000, 0), self.state(person))


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store) as server:
        it = Pockets(server)
        story("there and back, told and explained", it.there_and_back)
        story("what it refuses", it.refusals)
        story("a wallet with a pocket is not closed", it.closing)
        story("once, however often it is asked", it.once)
        story("the books", server.audit)
    finish()


main()
