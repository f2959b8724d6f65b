# SPDX-License-Identifier: Apache-2.0
"""Refusals explained: every one has its rule, by how much it fell short, when it would pass and what still works, in the answer and on its bill; those that no
other story provokes are provoked here (provoked.py walks the table): python3 refusal_story.py [sqlite|postgres:CONNINFO]"""
import collections
import signal
import sys

from harness import PIN, Server, card_number, check, finish, id_whole, in_parallel, story

MOST = 2**53 - 2  # of one payment, here: a fen less than a field takes


class Refusals:
    def __init__(self, server):
        self.server = server

    def refused(self, answer, code, rule, short=None, works=()):
        error = answer.expect(422, code)["error"]
        told = error["explain"]
        check((told["rule"], told["short_by"]) == (rule, short), told)
        check(told["rule_text"] and told["rule_text_zh"] and told["passes_when"] and told["passes_when_zh"], told)
        check({"read", *works} <= {w["work"] for w in told["works"]} and error["money_taken"] == "no", told)
        return error

    def buy(self, person, shop, amount, **more):
        return person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": amount, "source": "balance", "pin": PIN, **more})

    def short(self):
        person, shop = self.server.person(1_000), self.server.shop()
        error = self.refused(self.buy(person, shop, 2_230), "INSUFFICIENT_BALANCE", "BALANCE", 1_230, ("receive", "card"))
        check(error["explain"]["passes_at"] is None, error)
        bill = next(b for b in person.get("/v1/bills").expect(200)["items"] if b["state"] == "refused")
        check(bill["reason"]["explain"] == error["explain"], (bill["reason"], error))
        then = person.get(f"/v1/balance/explain?bill={bill['id']}").expect(200)
        check(then["available"] == 1_000, "what there was at that moment")

    def limits(self):
        """A small year and day: how much is left, and when it begins anew."""
        person, other = self.server.person(400_000), self.server.person()
        payee = person.plain("/v1/transfers/preview", {"phone": other.phone}).expect(200)["payee"]
        send = lambda amount: person.post("/v1/transfers", {"payee_id": payee["id"], "amount": amount, "pin": PIN, "arrival": "now"})
        send(150_000).expect(201)
        error = self.refused(send(60_000), "TIER_YEAR_LIMIT", "YEAR_LIMIT", 10_000, ("card", "withdraw"))
        check(error["explain"]["passes_at"][5:10] == "01-01", error)

    def others(self):
        person, shop = self.server.person(10_000), self.server.shop("定额铺")
        order = shop.post(f"/v1/merchants/{shop.merchant['id']}/orders", {"amount": 500, "note": ""}).expect(201)["order"]
        self.refused(person.post("/v1/purchases", {"code": order["code"], "amount": 501, "source": "balance", "pin": PIN}), "AMOUNT_FIXED", "FIXED")
        self.refused(self.buy(person, shop, MOST + 1), "AMOUNT_TOO_LARGE", "ONE_PAYMENT")
        for i in range(5):
            answer = person.post("/v1/merchants", {"name": f"第{i + 1}家"})
            if answer.status != 201:
                break
        self.refused(person.post("/v1/merchants", {"name": "又一家"}), "MERCHANT_LIMIT", "SHOPS")
        one = self.server.person(100)
        self.refused(one.post("/v1/cards", {"number": self.another_card(), "phone": one.phone}), "TOO_MANY_CARDS", "CARD")

    def another_card(self):
        return card_number(4_000_000 + next(self.server.numbers))

    def who_and_what_card(self):
        """Too young; and cards that nobody can add, or not this person."""
        young = self.server.register()
        self.refused(young.post("/v1/realname", {"name": "王小强", "id_number": id_whole("11010520150101001")}), "AGE_LIMIT", "AGE")
        person, other = self.server.person(card=False), self.server.person()
        self.refused(person.plain("/v1/cards/lookup", {"number": card_number(1, "990000")}), "CARD_UNKNOWN_BANK", "CARD")
        self.refused(person.post("/v1/cards", {"number": card_number(1, "622848", 19), "phone": person.phone}), "CARD_NOT_SUPPORTED", "CARD")
        self.refused(person.post("/v1/cards", {"number": other.card_number, "phone": person.phone}), "CARD_NAME_DIFFERS", "IDENTITY")

    def full(self):
        """An account holds 2^63 - 1 fen, what is on its way counted: 1,024 times the most of one payment, and 2,047 fen."""
        person, threads = self.server.person(card=False), 8
        person.card = self.server.bind(person, card_number(1, "622202", 19))  # nobody else's here: what we have at that bank is an account too
        topup = lambda client, amount: client.post("/v1/topups", {"card_id": person.card["id"], "amount": amount, "pin": PIN})

        def fill(_):
            client = self.server.client()
            client.cookie = person.cookie
            return [topup(client, MOST).status for _ in range(1024 // threads)]

        self.server.bank.send_signal(signal.SIGSTOP)  # it answers nothing meanwhile, so all of it stays on its way
        try:
            answers = in_parallel(threads, fill)
            check(answers == [[201] * (1024 // threads)] * threads, collections.Counter(map(str, answers)))
            self.refused(topup(person, 2_048), "ACCOUNT_FULL", "PAYEE")
            topup(person, 2_047).expect(201)
            self.refused(topup(person, 1), "ACCOUNT_FULL", "PAYEE")
            balance = person.get("/v1/balance").expect(200)
            check(balance["available"] == 0 and not balance["being_checked"], balance)
            self.server.audit()
        finally:
            self.server.bank.send_signal(signal.SIGCONT)


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store, flags=["--tier2-year", "2000.00", "--cards-max", "1", "--merchants-max", "3", "--bank-timeout", "5min",
                                     "--payment-max", f"{MOST // 100}.{MOST % 100:02}"]) as server:
        it = Refusals(server)
        story("the balance falls short: by how much, and what still works", it.short)
        story("the year's limit: what is left, and when it begins anew", it.limits)
        story("rules that no other story meets", it.others)
        story("who is too young, and cards that cannot be added", it.who_and_what_card)
        story("an account that holds no more", it.full)
    finish()


main()
