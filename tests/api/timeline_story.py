# SPDX-License-Identifier: Apache-2.0
"""The balance over days and months, held against the explanation of each end: python3 timeline_story.py [sqlite|postgres:CONNINFO]"""
import datetime
import sys
from urllib.parse import quote

from harness import PASSWORD, PIN, Server, check, finish, story


class Timelines:
    def __init__(self, server):
        self.server = server

    def clock(self, person, by):
        check(self.server.cli("sandbox", "clock", by).returncode == 0, "the clock")
        person.plain("/v1/sessions", {"phone": person.phone, "password": PASSWORD}).expect(201)

    def days(self):
        person, other, shop = self.server.person(50_000), self.server.person(), self.server.shop()
        buy = lambda amount: person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": amount, "source": "balance", "pin": PIN}).expect(201)
        buy(1_000)
        self.clock(person, "+1d")
        buy(2_000)
        person.post("/v1/pocket/in", {"amount": 10_000}).expect(201)
        self.clock(person, "+2d")
        payee = person.plain("/v1/transfers/preview", {"phone": other.phone}).expect(200)["payee"]
        sent = person.post("/v1/transfers", {"payee_id": payee["id"], "amount": 5_000, "pin": PIN, "arrival": "now"}).expect(201)["payment"]
        other.plain("/v1/sessions", {"phone": other.phone, "password": PASSWORD}).expect(201)
        other.post(f"/v1/transfers/{sent['id']}/accept").expect(200)
        items = person.get("/v1/balance/timeline?by=day&count=10").expect(200)["items"]
        check([i["posted"] for i in items] == [49_000, 37_000, 37_000, 32_000], items)
        check([(i["in"], i["out"], i["own_in"], i["own_out"]) for i in items] == [(0, 1_000, 50_000, 0), (0, 2_000, 0, 10_000), (0, 0, 0, 0), (0, 5_000, 0, 0)], items)
        for before, item in zip(items, items[1:]):
            check(before["until"] == item["from"], "days follow one another")
        for item in items[:-1]:
            end = (datetime.datetime.fromisoformat(item["until"]) - datetime.timedelta(milliseconds=1)).isoformat(timespec="milliseconds")
            told = person.get(f"/v1/balance/explain?at={quote(end)}").expect(200)
            check(told["posted"] == item["posted"], (told["posted"], item))
        check(items[-1]["posted"] == person.get("/v1/balance").expect(200)["posted"], "the last one is now")
        two = person.get("/v1/balance/timeline?by=day&count=2").expect(200)["items"]
        check(two == items[-2:] or [t["posted"] for t in two] == [37_000, 32_000], two)
        person.get("/v1/balance/timeline?by=year").expect(400, "BAD_FIELD")
        person.get("/v1/balance/timeline?count=63").expect(400, "BAD_FIELD")

    def months(self):
        person = self.server.person(7_000)
        self.clock(person, "+70d")
        items = person.get("/v1/balance/timeline?by=month&count=36").expect(200)["items"]
        check(len(items) in (3, 4) and {i["posted"] for i in items} == {7_000} and items[0]["own_in"] == 7_000, items)
        check(items[0]["from"][8:10] == "01" and [i["count"] for i in items][1:] == [0] * (len(items) - 1), items)

    def nothing(self):
        items = self.server.register().get("/v1/balance/timeline").expect(200)["items"]
        check([(i["posted"], i["count"]) for i in items] == [(0, 0)], items)


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store) as server:
        it = Timelines(server)
        story("days: each end is what the explanation of that moment says", it.days)
        story("months without a bill keep their balance", it.months)
        story("a wallet that is new", it.nothing)
    finish()


main()
