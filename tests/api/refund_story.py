# SPDX-License-Identifier: Apache-2.0
"""Refunds, as a shop and its customer see them: to the balance and to a card, whole and in parts, a card that is gone or declines, and what parallel requests
and attacks must not get: python3 refund_story.py [sqlite|postgres:CONNINFO]"""
import json
import secrets
import sys
import time

from harness import PIN, Server, card_number, check, finish, in_parallel, story
from sandbox import ask_bank, back, lost, mode, special


class Refunds:
    def __init__(self, server):
        self.server, self.shops = server, 0

    def money(self, person):
        now = person.get("/v1/balance").expect(200)
        return now["posted"], now["available"], now["held"]

    def shop(self):
        self.shops += 1
        return self.server.shop(f"退款店{self.shops}")

    def pay(self, person, shop, amount, card=None):
        body = {"code": shop.merchant["code"], "amount": amount, "source": "card" if card else "balance", "pin": PIN}
        if card:
            body["card_id"] = card["id"]
        payment = person.post("/v1/purchases", body).expect(201)["payment"]
        return self.server.settled(person, payment["id"], "done") if card else payment

    def ask(self, shop, payment, amount=None, reason="", key=None, pin=PIN, who=None):
        body = {"reason": reason, "pin": pin, **({"amount": amount} if amount else {})}
        return (who or shop).post(f"/v1/merchants/{shop.merchant['id']}/payments/{payment['id']}/refunds", body, key)

    def bill(self, person, payment):
        return person.get(f"/v1/bills/{payment['id']}").expect(200)["bill"]

    def notices(self, person):
        return [n["text_zh"] for n in person.get("/v1/notices").expect(200)["items"]]

    # --- where it goes ---

    def to_the_balance(self):
        person, shop = self.server.person(10_000), self.shop()
        paid = self.pay(person, shop, 850)
        check(paid["refunded"] == 0 and paid["refunds"] == [] and paid["refund_of"] is None, paid)
        made = self.ask(shop, paid, 300, "少了一个包子").expect(201)
        refund = made["payment"]
        check((refund["kind"], refund["state"], refund["direction"], refund["amount"], made["left"]) == ("refund", "done", "out", 300, 550), made)
        check(refund["refund_of"] == paid["id"] and refund["money_taken"] == "yes" and refund["note"] == "少了一个包子", refund)
        check(self.money(person) == (9_450, 9_450, 0), self.money(person))
        bill = self.bill(person, paid)
        check(bill["refunded"] == 300 and [(r["id"], r["amount"], r["state"]) for r in bill["refunds"]] == [(refund["id"], 300, "done")], bill)
        mine = person.get("/v1/bills").expect(200)["items"][0]
        check((mine["id"], mine["kind"], mine["direction"], mine["counterparty"]["name"]) == (refund["id"], "refund", "in", shop.merchant["name"]), mine)
        check(mine["refund_of"] == paid["id"] and mine["money_taken"] == "no", mine)
        check(self.notices(person)[0] == f"{shop.merchant['name']}退给你的 3.00 元已到账。", self.notices(person)[0])
        whole = self.ask(shop, paid).expect(201)
        check((whole["payment"]["amount"], whole["left"]) == (550, 0), whole)
        check(self.money(person)[0] == 10_000 and self.bill(shop, paid)["refunded"] == 850, "all of it")
        self.ask(shop, paid).expect(422, "REFUND_EXCEEDS")
        self.ask(shop, paid, 1).expect(422, "REFUND_EXCEEDS")

    def to_the_card(self):
        person, shop = self.server.person(10_000), self.shop()
        paid = self.pay(person, shop, 2_000, person.card)
        made = self.ask(shop, paid, 500).expect(201)["payment"]
        check(made["state"] == "at_bank" and made["money_taken"] == "yes" and made["source"] == {"kind": "card", "card": None}, made)
        check(len(made["entries"]) == 2, made["entries"])
        done = self.server.settled(person, made["id"], "done")
        check(done["direction"] == "in" and done["source"]["card"]["id"] == person.card["id"] and len(done["entries"]) == 3, done)
        check(self.money(person) == (10_000, 10_000, 0), self.money(person))
        texts = self.notices(person)
        check(texts[0].endswith("退给你的 5.00 元已到账。") and texts[1].endswith("退给你 5.00 元,正在退回银行卡。"), texts[:2])
        check(self.bill(person, paid)["refunded"] == 500, "the purchase knows")

    def limit_comes_back(self):
        """A tier I person may pay 1,000.00 for life; what is refunded may be paid again."""
        person, shop, friend = self.server.person(card=False), self.shop(), self.server.person(200_000)
        for _ in range(2):
            sent = friend.post("/v1/transfers", {"payee_id": person.person["id"], "amount": 60_000, "pin": PIN}).expect(201)["payment"]
            person.post(f"/v1/transfers/{sent['id']}/accept").expect(200)
        first = self.pay(person, shop, 60_000)
        body = {"code": shop.merchant["code"], "amount": 50_000, "source": "balance", "pin": PIN}
        person.post("/v1/purchases", body).expect(422, "TIER_LIFETIME_LIMIT")
        self.ask(shop, first, 10_000).expect(201)
        self.pay(person, shop, 50_000)
        person.post("/v1/purchases", {**body, "amount": 1}).expect(422, "TIER_LIFETIME_LIMIT")

    # --- when the card does not take it ---

    def unbound(self):
        person, shop = self.server.person(1_000), self.shop()
        paid = self.pay(person, shop, 700, person.card)
        person.post(f"/v1/cards/{person.card['id']}/unbind", {"pin": PIN}).expect(200)
        made = self.ask(shop, paid).expect(201)["payment"]
        check(made["state"] == "waiting" and made["reason"] is None, made)  # the shop learns nothing of the card
        waits = self.bill(person, made)
        check((waits["state"], waits["reason"]["code"]) == ("waiting", "REFUND_CARD_GONE") and waits["expires_at"], waits)
        check(self.money(person) == (1_700, 1_000, 700), "held until then")
        check(self.server.cli("sandbox", "clock", "+25h").returncode == 0, "the clock")
        ended = self.server.settled(person, made["id"], "returned")
        check([m["state"] for m in ended["moves"]] == ["at_bank", "waiting", "returned"] and ended["expires_at"] is None, ended)
        check(self.money(person) == (1_700, 1_700, 0), self.money(person))
        check(self.notices(person)[0].endswith("退给你的 7.00 元没能退回银行卡,已退到零钱。"), self.notices(person)[0])

    def declined(self):
        person, shop = self.server.person(), self.shop()
        paid = self.pay(person, shop, 900, person.card)
        mode(self.server, "CMB", "decline")
        made = self.ask(shop, paid, 400).expect(201)["payment"]
        waits = self.server.settled(person, made["id"], "waiting")
        mode(self.server, "CMB", "normal")
        check(waits["reason"]["code"] == "REFUND_DECLINED" and "招商银行" in waits["reason"]["message_zh"], waits["reason"])
        check(self.money(person) == (400, 0, 400), self.money(person))
        check(self.server.cli("sandbox", "clock", "+25h").returncode == 0, "the clock")
        self.server.settled(person, made["id"], "returned")
        check(self.money(person) == (400, 400, 0), self.money(person))
        check(self.bill(shop, paid)["refunded"] == 400, "refunded once")

    def in_doubt(self):
        person, shop = self.server.person(), self.shop()
        paid = None

        def begin():
            nonlocal paid
            paid = self.pay(person, shop, 900, person.card)
            return self.ask(shop, paid).expect(201)["payment"]

        doubt, _ = lost(self.server, person, "CMB", begin)
        check(doubt["reason"]["code"] == "PAYOUT_IN_DOUBT", doubt)
        person.post(f"/v1/cards/{person.card['id']}/unbind", {"pin": PIN}).expect(409, "CARD_BUSY")
        check(self.money(person) == (900, 0, 900), "held while in doubt")
        self.ask(shop, paid).expect(422, "REFUND_EXCEEDS")
        back(self.server, "CMB")
        done = self.server.settled(person, doubt["id"], "done")
        check([m["state"] for m in done["moves"]] == ["at_bank", "in_doubt", "done"], done["moves"])
        check(self.money(person) == (0, 0, 0), self.money(person))

    # --- what is refused ---

    def refusals(self):
        person, shop, other = self.server.person(10_000), self.shop(), self.shop()
        paid = self.pay(person, shop, 1_000)
        error = self.ask(shop, paid, 1_001).expect(422, "REFUND_EXCEEDS")["error"]
        check("10.00" in error["message"] and "10.00" in error["message_zh"] and error["money_taken"] == "no", error)
        self.ask(shop, paid, 100, pin="111222").expect(403, "WRONG_PIN")
        refund = self.ask(shop, paid, 100).expect(201)["payment"]
        self.ask(shop, refund, 100).expect(404, "NOT_FOUND")  # row 13: a refund of a refund
        self.ask(shop, {"id": person.person["id"]}, 100).expect(404, "NOT_FOUND")
        self.ask(shop, paid, 100, who=person).expect(404, "NOT_FOUND")  # the customer
        self.ask(shop, paid, 100, who=other).expect(404, "NOT_FOUND")  # row 10: another shop's owner
        self.ask(other, paid, 100).expect(404, "NOT_FOUND")  # row 10: another shop's payment, under one's own shop
        for field, value in (("payee_id", person.person["id"]), ("state", "done"), ("card_id", person.card["id"])):
            body = {"amount": 1, "pin": PIN, field: value}
            shop.post(f"/v1/merchants/{shop.merchant['id']}/payments/{paid['id']}/refunds", body).expect(400, "UNKNOWN_FIELD")
        for amount in (-1, "1"):
            self.ask(shop, paid, amount).expect(400, "BAD_AMOUNT")
        declined = self.server.person()
        declined.card = self.server.bind(declined, special(3))
        body = {"code": shop.merchant["code"], "amount": 500, "source": "card", "card_id": declined.card["id"], "pin": PIN}
        failed = declined.post("/v1/purchases", body).expect(201)["payment"]
        self.server.settled(declined, failed["id"], "declined")
        self.ask(shop, failed, 100).expect(409, "REFUND_NOT_PAID")
        check(self.money(person)[0] == 9_100 and self.bill(shop, paid)["refunded"] == 100, "nothing else moved")
        kept = [b["reason"]["code"] for b in shop.get("/v1/bills").json["items"] if b["state"] == "refused"]
        check(kept == ["REFUND_EXCEEDS"], kept)

    def too_late(self):
        person, shop = self.server.person(1_000), self.shop()
        paid = self.pay(person, shop, 500)
        self.ask(shop, paid, 100).expect(201)
        check(self.server.cli("sandbox", "clock", "+366d").returncode == 0, "the clock")
        for who in (shop, person):
            who.plain("/v1/sessions", {"phone": who.phone, "password": "xuanwu-hu 2317 liu"}).expect(201)
        self.ask(shop, paid, 100).expect(422, "REFUND_CLOSED")
        check(self.bill(person, paid)["refunded"] == 100, "as it was")

    # --- attacks ---

    def parallel(self, person, count, work):
        clients = [self.server.client() for _ in range(count)]
        for client in clients:
            client.cookie = person.cookie
        return in_parallel(count, lambda i: work(clients[i], i))

    def row_14(self):
        """Twenty parts at once that together exceed: the sum accepted is at most what was paid."""
        for by_card in (False, True):
            person, shop, more = self.server.person(100_000), self.shop(), self.server.person(100_000)
            paid = self.pay(person, shop, 1_000, person.card if by_card else None)
            self.pay(more, shop, 50_000)  # the shop could give more than was paid
            answers = self.parallel(shop, 20, lambda client, i: self.ask(shop, paid, 130, who=client))
            done = [a.json["payment"] for a in answers if a.status == 201]
            check(len(done) == 7 and all(a.code == "REFUND_EXCEEDS" for a in answers if a.status != 201), [a.code for a in answers])
            bill = self.bill(person, paid)
            check(bill["refunded"] == 910 and len(bill["refunds"]) == 7 and sum(r["amount"] for r in bill["refunds"]) == 910, bill)
            for part in done:
                self.server.settled(person, part["id"], "done")
            check(self.money(person)[0] == (100_000 if by_card else 99_910), self.money(person))

    def never_below_zero(self):
        """The shop's takings are paid back already: two purchases by the same money, twenty refunds at once."""
        payers, shop = [self.server.person(10_000) for _ in range(2)], self.shop()
        paid = [self.pay(p, shop, 1_000) for p in payers]
        self.ask(shop, paid[0]).expect(201)
        answers = self.parallel(shop, 20, lambda client, i: self.ask(shop, paid[1], 600, who=client))
        check(sorted(str(a.code) for a in answers) == ["None"] + ["REFUND_EXCEEDS"] * 19, [a.code for a in answers])
        check(self.money(payers[0])[0] == 10_000 and self.money(payers[1])[0] == 9_600, "exactly once")

    def against_a_settlement(self):
        """All that the shop has is wanted twice: refunded by ten, settled by ten, at once."""
        for _ in range(5):
            person, shop = self.server.person(10_000), self.shop()
            card = self.server.bind(shop, card_number(800_000 + next(self.server.numbers)))
            shop.put(f"/v1/merchants/{shop.merchant['id']}/settlement", {"card_id": card["id"], "pin": PIN}).expect(200)
            paid = self.pay(person, shop, 1_000)
            settle = f"/v1/merchants/{shop.merchant['id']}/settlements"
            answers = self.parallel(shop, 20, lambda client, i: client.post(settle) if i % 2 else self.ask(shop, paid, 200, who=client))
            settled = [a.json["payment"] for a in answers[1::2] if a.status == 201]
            refunded = sum(a.json["payment"]["amount"] for a in answers[0::2] if a.status == 201)
            check(len(settled) <= 1 and refunded + sum(p["amount"] + p["fee"] for p in settled) == 1_000, (refunded, settled))
            check({a.code for a in answers} <= {None, "REFUND_SHORT", "REFUND_EXCEEDS", "NOTHING_TO_SETTLE"}, [a.code for a in answers])
            check(self.money(person)[0] == 9_000 + refunded, self.money(person))
            for payment in settled:
                self.server.settled(shop, payment["id"], "done")

    def same_key(self):
        person, shop, key = self.server.person(1_000), self.shop(), secrets.token_hex(16)
        paid = self.pay(person, shop, 500)
        answers = self.parallel(shop, 20, lambda client, i: self.ask(shop, paid, 100, key=key, who=client))
        check({a.status for a in answers} == {201} and len({a.body for a in answers}) == 1, "one effect, one answer")
        self.ask(shop, paid, 200, key=key).expect(422, "IDEMPOTENCY_MISMATCH")
        check(self.money(person)[0] == 600, "once")

    def at_most_fifty(self):
        person, shop = self.server.person(10_000), self.shop()
        paid = self.pay(person, shop, 100)
        for _ in range(50):
            self.ask(shop, paid, 1).expect(201)
        self.ask(shop, paid, 1).expect(422, "REFUND_CLOSED")
        check(self.bill(person, paid)["refunded"] == 50, "fifty parts")

    def server_dies(self):
        person, shop = self.server.person(), self.shop()
        paid = self.pay(person, shop, 900, person.card)
        mode(self.server, "CMB", "delay")
        made = self.ask(shop, paid).expect(201)["payment"]
        time.sleep(0.3)
        self.server.kill()
        ask_bank(self.server, "/sandbox/modes", {"bank": "CMB", "mode": "normal"})
        person.close()
        shop.close()
        self.server.start()
        self.server.settled(person, made["id"], "done")
        check(self.money(person) == (0, 0, 0), self.money(person))

    def books(self):
        check(ask_bank(self.server, "/sandbox/state", {})["adds_up"], "the bank's book does not add up")
        status = json.loads(self.server.cli("--json", "status").stdout)["result"]
        check(status["bank"]["in_doubt"] == 0, f"{status['bank']}")
        self.server.audit()


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store, flags=["--day-static", "50000.00", "--day-pin", "50000.00"]) as server:
        it = Refunds(server)
        story("to the balance, in parts and whole; both bills and a notice", it.to_the_balance)
        story("to the card", it.to_the_card)
        story("the limit comes back", it.limit_comes_back)
        story("rows 10, 13: what is refused, and why", it.refusals)
        story("a declined refund waits, then goes to the balance", it.declined)
        story("a lost answer is in doubt, then done", it.in_doubt)
        story("row 14: twenty parts at once", it.row_14)
        story("row 13: never below zero at the shop", it.never_below_zero)
        story("row 13: refunded and settled at once, never twice", it.against_a_settlement)
        story("the same key twenty times", it.same_key)
        story("at most fifty parts", it.at_most_fifty)
        story("the server dies while the bank thinks", it.server_dies)
        story("row 44: a card that is gone: it waits, then goes to the balance", it.unbound)
        story("after a year it is too late", it.too_late)
        story("the books", it.books)
    finish()


main()
