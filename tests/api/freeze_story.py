# SPDX-License-Identifier: Apache-2.0
"""Freezes: every scope and kind, what is on its way when one comes, how each may end, and that nothing slips past (attacks 8 and 18):
python3 freeze_story.py [STORE]"""
import datetime
import json
import sys

from harness import PASSWORD, PIN, Server, card_number, check, finish, story, until
from openapi_test import Stream
from sandbox import back, lost, mode

COURT = "(2026)沪0101执123号"


class Freezes:
    def __init__(self, server):
        self.server = server
        self.shop = server.shop("冻结路便利店")

    # --- what people and staff do ---

    def add(self, person, kind, scope, *more, by="lin", code=0):
        return self.server.by(by, "freeze", "add", "--phone", person.phone, "--kind", kind, "--scope", scope, "--reason", "见工单", *more, code=code)

    def release(self, freeze, *more, by="lin", code=0):
        return self.server.by(by, "freeze", "release", "--id", freeze["id"], "--reason", "已核实", *more, code=code)

    def list(self, person):
        return person.get("/v1/freezes").expect(200)

    def standing(self, person):
        return [f for f in self.list(person)["items"] if f["state"] == "standing"]

    def balance(self, person):
        now = person.get("/v1/balance").expect(200)
        return now["available"], now["held"]

    def pay(self, person, amount, **more):
        return person.post("/v1/purchases", {"code": self.shop.merchant["code"], "amount": amount, "pin": PIN, "source": "balance", **more})

    def pay_order(self, person, amount):
        """By a code for the amount, which the limit of the codes on the wall does not count."""
        order = self.shop.post(f"/v1/merchants/{self.shop.merchant['id']}/orders", {"amount": amount}).expect(201)["order"]
        return self.pay(person, amount, code=order["code"])

    def by_card(self, person, amount):
        return self.pay(person, amount, source="card", card_id=person.card["id"])

    def payee_of(self, payer, payee):
        return payer.plain("/v1/transfers/preview", {"phone": payee.phone}).expect(200)["payee"]["id"]

    def send(self, payer, payee, amount, **more):
        return payer.post("/v1/transfers", {"payee_id": self.payee_of(payer, payee), "amount": amount, "pin": PIN, **more})

    def withdraw(self, person, amount):
        return person.post("/v1/withdrawals", {"card_id": person.card["id"], "amount": amount, "fee": 0, "pin": PIN})

    def topup(self, person, amount):
        return person.post("/v1/topups", {"card_id": person.card["id"], "amount": amount, "pin": PIN})

    def charge(self, code, amount):
        return self.shop.post(f"/v1/merchants/{self.shop.merchant['id']}/charges", {"code": code["code"], "amount": amount})

    def paycode(self, person):
        return person.plain("/v1/paycode", {})

    def twin(self, person):
        twin = self.server.client()
        twin.plain("/v1/sessions", {"phone": person.phone, "password": PASSWORD}).expect(201)
        twin.phone, twin.card = person.phone, getattr(person, "card", None)
        return twin

    def advance(self, seconds):
        self.server.client().plain("/demo/clock", {"advance_s": seconds}).expect(200)

    # --- one's own ---

    def self_freeze(self):
        person, friend = self.server.person(50_000), self.server.person(50_000)
        check(self.list(person) == {"frozen": False, "items": []}, "nothing yet")
        code = self.paycode(person).expect(201)
        freeze = person.post("/v1/freezes").expect(201)["freeze"]
        check(freeze["kind"] == "self" and freeze["scope"] == "debits" and freeze["can_lift"] and freeze["until"] is None, freeze)
        check(person.post("/v1/freezes").expect(201)["freeze"]["id"] == freeze["id"], "one tap too many changes nothing")
        check(self.balance(person) == (50_000, 0), "the money is all there")
        error = self.pay(person, 100).expect(422, "PAYER_FROZEN")["error"]
        since = freeze["since"][5:16].replace("T", " ")
        check(error["money_taken"] == "no" and "你自己冻结" in error["message_zh"] and since in error["message_zh"], error)
        check("frozen by you" in error["message"] and since in error["message"], error)
        check([n["href"] for n in error["next"]] == ["#/freezes"], error["next"])
        self.by_card(person, 100).expect(422, "PAYER_FROZEN")
        self.send(person, friend, 100).expect(422, "PAYER_FROZEN")
        self.withdraw(person, 100).expect(422, "PAYER_FROZEN")
        self.paycode(person).expect(422, "PAYER_FROZEN")
        check(self.charge(code, 100).expect(201)["charge"]["state"] == "not_paid", "a code that was shown before")
        self.pay(self.twin(person), 100).expect(422, "PAYER_FROZEN")  # another login
        person.post("/v1/me/close", {"pin": PIN}).expect(422, "CLOSE_FROZEN")
        refused = person.get("/v1/bills").expect(200)["items"][0]
        check("frozen by you" in refused["reason"]["message"] and "你自己冻结" in refused["reason"]["message_zh"], refused)

        sent = self.send(friend, person, 1_000).expect(201)["payment"]
        person.post(f"/v1/transfers/{sent['id']}/accept").expect(200)
        self.server.settled(person, self.topup(person, 1_000).expect(201)["payment"]["id"], "done")
        check(self.balance(person) == (52_000, 0), "what comes in comes in")

        lift = f"/v1/freezes/{freeze['id']}/lift"
        sent_to = person.post("/v1/freezes/code").expect(200)["sent_to"]
        check(sent_to.endswith(person.phone[-4:]), sent_to)
        code = self.server.sms(person.phone, "wallet")
        person.post(lift, {"pin": "111222", "code": code}).expect(403, "WRONG_PIN")
        person.post(lift, {"pin": PIN, "code": f"{(int(code) + 1) % 1_000_000:06}"}).expect(401, "WRONG_CODE")
        friend.post(lift, {"pin": PIN, "code": code}).expect(404, "NOT_FOUND")
        check(len(self.standing(person)) == 1, "it stands")
        lifted = person.post(lift, {"pin": PIN, "code": code}).expect(200)["freeze"]
        check(lifted["state"] == "released" and lifted["ended_at"], lifted)
        person.post(lift, {"pin": PIN, "code": code}).expect(409, "FREEZE_OVER")
        self.pay(person, 100).expect(201)
        check(not self.list(person)["frozen"], "free")

    # --- staff's ---

    def kinds_and_rank(self):
        person = self.server.person(50_000)
        risk = self.add(person, "risk", "debits")
        court = self.add(person, "court", "debits", "--document", COURT, "--for", "90d")
        mine = person.post("/v1/freezes").expect(201)["freeze"]
        check([f["kind"] for f in self.standing(person)] == ["court", "risk", "self"], self.standing(person))
        error = self.pay(person, 100).expect(422, "PAYER_FROZEN")["error"]
        check("有权机关冻结" in error["message_zh"] and "止" in error["message_zh"], error)
        person.post(f"/v1/freezes/{court['id']}/lift", {"pin": PIN, "code": "123456"}).expect(409, "FREEZE_NOT_OWN")

        check(self.release(court, code=1)["code"] == "FREEZE_DOCUMENT", "not without its number")
        check(self.release(court, "--document", "(2026)沪0101执124号", code=1)["code"] == "FREEZE_DOCUMENT", "nor with another")
        check(not self.release(court, "--document", COURT)["standing"], "with it")
        error = self.pay(person, 100).expect(422, "PAYER_FROZEN")["error"]
        check("异常操作保护" in error["message_zh"], "the next in rank shows")

        first = self.release(risk)
        check(first["standing"] and first["released_first_by"] == "lin", first)
        check(self.release(risk, code=1)["code"] == "FREEZE_SECOND", "not the same one twice")
        self.pay(person, 100).expect(422, "PAYER_FROZEN")
        second = self.release(risk, by="wu")
        check(not second["standing"] and second["ended_by"] == "wu", second)
        check("你自己冻结" in self.pay(person, 100).expect(422, "PAYER_FROZEN")["error"]["message_zh"], "one's own is left")
        check(not self.release(mine, by="wu")["standing"], "staff may lift that too")
        self.pay(person, 100).expect(201)
        check(self.release(risk, code=1)["code"] == "FREEZE_OVER", "over is over")
        for words in (("court", "debits"), ("risk", "amount"), ("risk", "function"), ("risk", "debits", "--amount", "5.00"),
                      ("risk", "function", "--function", "dancing")):
            check(self.add(person, *words, code=1)["code"] in ("BAD_FIELD", "BAD_AMOUNT"), words)
        check(len(self.standing(person)) == 0, "nothing of that was done")

    def an_end_by_itself(self):
        person = self.server.person(50_000)
        freeze = self.add(person, "security", "both", "--for", "2h")
        error = self.pay(person, 100).expect(422, "PAYER_FROZEN")["error"]
        check("已挂失" in error["message_zh"] and freeze["until"][11:16] in error["message_zh"], error)
        self.topup(person, 100).expect(422, "CREDITS_FROZEN")
        self.advance(2 * 3600)
        until(lambda: not self.list(person)["frozen"], "it did not come about")
        check(self.list(person)["items"][0]["state"] == "expired", "by its time")
        self.pay(person, 100).expect(201)

    def one_that_starts_later(self):
        """Ordered today for a moment to come: nothing until then, and then by itself, with nobody's help."""
        person = self.server.person(50_000)
        person.post("/v1/notices/read").expect(200)
        now = datetime.datetime.fromisoformat(self.server.client().get("/v1/config").expect(200)["time"])
        at = lambda hours: (now + datetime.timedelta(hours=hours)).isoformat(timespec="seconds")
        self.add(person, "court", "amount", "--amount", "200.00", "--document", COURT, "--starts", at(-1), code=1)
        self.add(person, "court", "amount", "--amount", "200.00", "--document", COURT, "--starts", "tomorrow", code=1)
        later = self.add(person, "court", "amount", "--amount", "200.00", "--document", COURT, "--starts", at(2), "--for", "3h")
        check(later["waiting"] and not later["standing"] and later["held"] == 0, later)
        never = self.add(person, "risk", "both", "--starts", at(2))
        check(self.release(never)["waiting"] and not self.release(never, by="wu")["waiting"], "released before it began, by two as ever")
        check(self.list(person) == {"frozen": False, "items": []} and person.get("/v1/me").expect(200)["unread"] == 0, "nobody is warned")
        self.pay(person, 1_000).expect(201)
        listed = json.loads(self.server.cli("--json", "freeze", "list", "--phone", person.phone).stdout)["result"]["items"]
        check([one["waiting"] for one in listed] == [True], listed)
        self.advance(2 * 3600 + 1)
        until(lambda: self.balance(person) == (29_000, 20_000), "it did not come about")
        check([f["amount"] for f in self.standing(person)] == [20_000], self.list(person))
        self.pay_order(person, 29_001).expect(422, "AMOUNT_FROZEN")
        check([one["state"] for one in person.get("/v1/notices").expect(200)["items"] if one["kind"] == "freeze"] == ["began"], "now they are told")
        self.advance(3 * 3600 + 1)
        until(lambda: self.balance(person) == (49_000, 0), "it did not come about")

    def credits(self):
        person, friend = self.server.person(50_000), self.server.person(50_000)
        waits = self.send(friend, person, 500).expect(201)["payment"]
        under_way, begun = lost(self.server, person, "CMB", lambda: self.topup(person, 700).expect(201)["payment"])
        self.add(person, "compliance", "credits")
        back(self.server, "CMB")
        error = self.send(friend, person, 100).expect(422, "PAYEE_FROZEN")["error"]
        for word in ("冻结", "身份", "frozen", "ID"):
            check(word not in error["message_zh"] and word not in error["message"], f"the payer is told why: {error}")
        error = person.post(f"/v1/transfers/{waits['id']}/accept").expect(422, "CREDITS_FROZEN")["error"]
        check("身份证过期" in error["message_zh"], error)
        self.topup(person, 100).expect(422, "CREDITS_FROZEN")
        self.server.settled(person, under_way["id"], "done")  # the bank had it: it is the person's, and written down
        check(self.balance(person) == (50_000 + 700 * begun, 0), self.balance(person))
        self.pay(person, 700).expect(201)
        person.post(f"/v1/transfers/{waits['id']}/return").expect(200)
        check(self.balance(friend) == (50_000, 0), "what could not be taken goes back")

    def amount(self):
        person, friend = self.server.person(50_000), self.server.person(50_000)
        freeze = self.add(person, "court", "amount", "--amount", "300.00", "--document", COURT)
        check(freeze["held"] == 30_000, freeze)
        check(self.balance(person) == (20_000, 30_000), self.balance(person))
        self.pay_order(person, 15_000).expect(201)
        error = self.pay_order(person, 6_000).expect(422, "AMOUNT_FROZEN")["error"]
        check("300.00" in error["message_zh"] and "50.00" in error["message_zh"] and error["money_taken"] == "no", error)
        self.pay_order(person, 40_000).expect(422, "INSUFFICIENT_BALANCE")  # more than there is, frozen or not
        self.withdraw(person, 6_000).expect(422, "AMOUNT_FROZEN")

        big = self.add(person, "court", "amount", "--amount", "100.00", "--document", "二号")
        check(big["held"] == 5_000, "what is left of it")
        self.pay_order(person, 1).expect(422, "PAYER_FROZEN")  # all there is, and more, is under an order
        sent = self.send(friend, person, 8_000).expect(201)["payment"]
        person.post(f"/v1/transfers/{sent['id']}/accept").expect(200)
        check(self.pay_order(person, 3_001).code in ("PAYER_FROZEN", "AMOUNT_FROZEN"), "before it is held, and after")
        until(lambda: self.balance(person) == (3_000, 40_000), "it did not come about")
        check([f["held"] for f in self.standing(person)] == [10_000, 30_000], self.standing(person))
        self.pay_order(person, 3_000).expect(201)
        self.release(freeze, "--document", COURT)
        check(self.balance(person) == (30_000, 10_000), "the other one stands")
        self.pay_order(person, 30_000).expect(201)
        self.release(big, "--document", "二号")

    def notices(self):
        """That one begins, holds more and ends is a notice, counted and told like a payment's."""
        person, friend = self.server.person(10_000), self.server.person(50_000)
        person.post("/v1/notices/read").expect(200)
        stream = Stream(self.server, person)
        freeze = self.add(person, "court", "amount", "--amount", "150.00", "--document", COURT)
        check(b"changed" in stream.until(b"changed"), "the app hears of it")
        stream.socket.close()
        check(person.get("/v1/me").expect(200)["unread"] == 1, "unread")
        sent = self.send(friend, person, 7_000).expect(201)["payment"]
        person.post(f"/v1/transfers/{sent['id']}/accept").expect(200)
        until(lambda: self.balance(person) == (2_000, 15_000), "it did not come about")
        self.release(freeze, "--document", COURT)
        self.release(self.add(person, "security", "function", "--function", "paycode,transfer"))
        person.post("/v1/freezes").expect(201)
        items = person.get("/v1/notices").expect(200)["items"]
        ours = [one for one in items if one["kind"] == "freeze"]
        check([one["state"] for one in ours] == ["began", "ended", "began", "ended", "changed", "began"], ours)
        check(all(one["freeze_id"] and one["bill_id"] is None and one["case_id"] is None and not one["read"] for one in ours), ours)
        check(ours[-1]["freeze_id"] == freeze["id"] and ours[-1]["amount"] == 15_000, ours[-1])
        texts = [(one["text_zh"], one["text"]) for one in ours]
        for at, zh, en in ((0, "你自己冻结", "frozen by you"), (1, "已解冻(已挂失):转账、付款码", "No longer frozen (reported lost): "), (2, "已冻结(已挂失):转账、付款码", "Frozen (reported lost): "),
                           (3, "150.00 元的冻结已解除", "150.00 was lifted"), (4, "现在留住了 150.00 元", "150.00 are held now"), (5, "150.00 元被冻结", "stay yours")):
            check(zh in texts[at][0] and en in texts[at][1], f"{zh}: {texts[at]}")
        check(person.get("/v1/me").expect(200)["unread"] == len([one for one in items if not one["read"]]), "all are counted")
        first = person.get("/v1/notices?limit=2").expect(200)
        rest = person.get(f"/v1/notices?limit=50&cursor={first['next_cursor']}").expect(200)["items"]
        check([one["id"] for one in first["items"] + rest] == [one["id"] for one in items], "over pages")
        person.post("/v1/notices/read").expect(200)
        check(person.get("/v1/me").expect(200)["unread"] == 0, "read")

    def taking(self):
        """An authority takes what is held for it: two of the staff, its document, and nothing else that stands is in the way."""
        person = self.server.person(50_000)
        order = self.add(person, "court", "amount", "--amount", "300.00", "--document", COURT)
        own = person.post("/v1/freezes").expect(201)["freeze"]
        person.post("/v1/notices/read").expect(200)
        take = lambda *more, by="lin", code=0, freeze=order, document=COURT: self.server.by(
            by, "freeze", "take", "--id", freeze["id"], "--document", document, "--reason", "划至法院执行款专户 6222…01", *more, code=code)
        check(take(document="(2026)沪0101执124号", code=1)["code"] == "FREEZE_DOCUMENT", "its own document")
        check(take("--amount", "300.01", code=1)["code"] == "BAD_AMOUNT", "no more than is held")
        first = take("--amount", "100.00")
        check(first["take_asked"] == 10_000 and first["taken"] == 0 and first["take_asked_by"] == "lin", first)
        check(self.balance(person) == (20_000, 30_000), "one of the staff alone takes nothing")
        check(take("--amount", "100.00", code=1)["code"] == "FREEZE_SECOND", "nor twice")
        second = take("--amount", "100.00", by="wu")
        check(second["taken"] == 10_000 and second["held"] == 20_000 and second["take_asked"] == 0 and second["standing"], second)
        check(self.balance(person) == (20_000, 20_000), self.balance(person))
        bill = person.get("/v1/bills?limit=1").expect(200)["items"][0]
        check((bill["kind"], bill["direction"], bill["amount"], bill["state"], bill["note"]) == ("taken", "out", 10_000, "done", COURT), bill)
        check(bill["counterparty"] == {"kind": "authority", "name": "有权机关"}, bill)
        found = person.get("/v1/bills?kind=taken").expect(200)["items"]
        check([one["id"] for one in found] == [bill["id"]], found)
        notices = person.get("/v1/notices").expect(200)["items"]
        check([(one["kind"], one["state"]) for one in notices if not one["read"]] == [("freeze", "changed"), ("taken", "done")], notices[:4])
        check("扣划了 100.00 元" in notices[1]["text_zh"] and "taken by order of an authority" in notices[1]["text"], notices[1])
        check({f["id"] for f in self.standing(person)} == {order["id"], own["id"]}, "both stand on")
        self.pay(person, 1).expect(422, "PAYER_FROZEN")
        take(by="wu")
        last = take()
        check(last["taken"] == 30_000 and not last["standing"] and self.balance(person) == (20_000, 0), last)
        check([f["id"] for f in self.standing(person)] == [own["id"]] and self.list(person)["items"][1]["taken"] == 30_000, self.list(person))
        check(take(code=1)["code"] == "FREEZE_OVER", "once")
        self.pay(person, 1).expect(422, "PAYER_FROZEN")  # their own still stands
        agrees = person.post("/v1/balance/check").expect(200)
        check(agrees["agrees"] and agrees["sum"] == 20_000, agrees)

        poor = self.server.person(1_000)
        short = self.add(poor, "court", "amount", "--amount", "50.00", "--document", COURT)
        check(short["held"] == 1_000, short)
        take(freeze=short)
        check(take(freeze=short, by="wu")["taken"] == 1_000 and self.balance(poor) == (0, 0), "what there was")
        check(take(freeze=short, code=1)["code"] == "FREEZE_NOTHING_HELD", "and no more")
        self.server.settled(poor, self.topup(poor, 4_500).expect(201)["payment"]["id"], "done")
        until(lambda: self.balance(poor) == (500, 4_000), "it did not come about")
        risk = self.add(poor, "risk", "amount", "--amount", "1.00")
        check(take(freeze=risk, code=1)["code"] == "FREEZE_NO_TAKING", "only for an authority")
        log = [line["act"] for line in json.loads(self.server.cli("--json", "staff", "log").stdout)["result"]["items"]]
        check(log.count("freeze-take") == 3 and log.count("freeze-take-asked") == 3, log)
        self.server.audit()

    # --- attack 18: on the way when it comes ---

    def transfers_on_their_way(self):
        payer, payee = self.server.person(50_000), self.server.person(card=False)
        waits, later = self.send(payer, payee, 1_000).expect(201)["payment"], self.send(payer, payee, 2_000, arrival="2h").expect(201)["payment"]
        third = self.send(payer, payee, 3_000).expect(201)["payment"]
        freeze = payer.post("/v1/freezes").expect(201)["freeze"]
        error = payee.post(f"/v1/transfers/{waits['id']}/accept").expect(409, "TRANSFER_HELD")["error"]
        check("冻结" not in error["message_zh"] and "frozen" not in error["message"], "the payee is not told why")
        self.advance(2 * 3600)
        self.server.settled(payee, later["id"], "waiting")
        payee.post(f"/v1/transfers/{later['id']}/accept").expect(409, "TRANSFER_HELD")
        payee.post(f"/v1/transfers/{third['id']}/return").expect(200)
        check(self.balance(payer) == (47_000, 3_000) and self.balance(payee)[0] == 0, "it only goes back")
        self.advance(27 * 3600)
        self.server.settled(payer, later["id"], "returned")
        check(self.balance(payer) == (50_000, 0), "to where it came from")
        self.pay(payer, 1).expect(422, "PAYER_FROZEN")
        self.release(freeze)

    def withdrawals_on_their_way(self):
        paid, declined = self.server.person(50_000), self.server.person(50_000)
        first, begun = lost(self.server, paid, "CMB", lambda: self.withdraw(paid, 10_000).expect(201)["payment"])
        second = self.withdraw(declined, 10_000).expect(201)["payment"]
        self.server.settled(declined, second["id"], "in_doubt")
        self.add(paid, "risk", "both")
        self.add(declined, "risk", "both")
        mode(self.server, "CMB", "decline")
        self.server.settled(declined, second["id"], "declined")
        self.server.settled(paid, first["id"], "done")  # the bank had paid it out before
        mode(self.server, "CMB", "normal")
        check(self.balance(paid) == (50_000 - 10_000 * begun, 0) and self.balance(declined) == (50_000, 0), "as the bank says")
        self.withdraw(declined, 10_000).expect(422, "PAYER_FROZEN")

    def card_payments_on_their_way(self):
        person = self.server.person(5_000)
        before = self.balance(self.shop)[0]
        order = None

        def begin():
            nonlocal order
            order = self.shop.post(f"/v1/merchants/{self.shop.merchant['id']}/orders", {"amount": 2_000}).expect(201)["order"]
            return self.pay(person, 2_000, code=order["code"], source="card", card_id=person.card["id"]).expect(201)["payment"]

        payment, _ = lost(self.server, person, "CMB", begin)
        freeze = self.add(person, "risk", "debits")
        back(self.server, "CMB")
        ended = self.server.settled(person, payment["id"], "returned")
        check(ended["money_taken"] == "no" and ended["reason"]["code"] == "PAYMENT_STOPPED", ended)
        check(self.balance(person) == (7_000, 0) and self.balance(self.shop)[0] == before, "the card's money is the person's")
        notices = [n["text_zh"] for n in person.get("/v1/notices").expect(200)["items"]]
        check(any("没有付给" in text and "已到零钱" in text for text in notices), notices)
        self.pay(person, 7_000).expect(422, "PAYER_FROZEN")
        other = self.server.person(5_000)
        self.pay(other, 2_000, code=order["code"]).expect(201)  # the order is free again
        self.release(freeze)
        self.release(freeze, by="wu")
        self.pay(person, 7_000).expect(201)

    def refunds(self):
        buyer, owner = self.server.person(50_000), self.server.shop("退款出口店")
        refunds = f"/v1/merchants/{owner.merchant['id']}/payments/%s/refunds"
        paid = self.pay(buyer, 4_000, code=owner.merchant["code"]).expect(201)["payment"]
        carded = self.pay(buyer, 3_000, code=owner.merchant["code"], source="card", card_id=buyer.card["id"]).expect(201)["payment"]
        self.server.settled(buyer, carded["id"], "done")
        frozen = self.add(owner, "court", "debits", "--document", COURT)
        owner.post(refunds % paid["id"], {"amount": 1_000, "pin": PIN}).expect(422, "PAYER_FROZEN")  # a refund is a way out
        self.pay(buyer, 1_000, code=owner.merchant["code"]).expect(201)  # what comes in comes in
        self.release(frozen, "--document", COURT)

        self.add(buyer, "risk", "debits")
        limits = buyer.get("/v1/limits").expect(200)["items"]
        back = owner.post(refunds % carded["id"], {"amount": 3_000, "pin": PIN}).expect(201)["payment"]
        check(back["state"] == "done" and self.balance(buyer) == (48_000, 0), f"to the balance, not out to the card: {back}")
        check(buyer.get("/v1/limits").expect(200)["items"] == limits, "what a card paid was not counted, and is not given back")
        owner.post(refunds % paid["id"], {"amount": 1_000, "pin": PIN}).expect(201)
        check(self.balance(buyer) == (49_000, 0), self.balance(buyer))
        self.add(buyer, "risk", "credits")
        owner.post(refunds % paid["id"], {"amount": 1_000, "pin": PIN}).expect(422, "PAYEE_FROZEN")

    def payment_codes(self):
        person = self.server.person(300_000)
        person.put("/v1/paycode/free", {"free": True, "pin": PIN}).expect(200)
        waiting = self.charge(self.paycode(person).expect(201), 150_000).expect(201)["charge"]
        check(waiting["state"] == "waiting", waiting)
        shown = self.paycode(person).expect(201)
        freeze = self.add(person, "security", "debits")
        self.pay(person, 1).expect(422, "PAYER_FROZEN")
        person.post(f"/v1/paycode/charges/{waiting['id']}/confirm", {"pin": PIN}).expect(422, "PAYER_FROZEN")
        check(self.charge(shown, 100).expect(201)["charge"]["state"] == "not_paid", "without a PIN neither")
        check(self.balance(person) == (300_000, 0), self.balance(person))
        self.release(freeze)

    def settlements(self):
        owner, free, buyer = self.server.shop("结算冻结店"), self.server.shop("照常结算店"), self.server.person(50_000)
        for each in (owner, free):
            each.card = self.server.bind(each, card_number(next(self.server.numbers)))
            each.put(f"/v1/merchants/{each.merchant['id']}/settlement", {"card_id": each.card["id"], "pin": PIN}).expect(200)
            self.pay(buyer, 5_000, code=each.merchant["code"]).expect(201)
        shop = f"/v1/merchants/{owner.merchant['id']}"
        freeze = self.add(owner, "court", "debits", "--document", COURT)
        owner.post(f"{shop}/settlements").expect(422, "PAYER_FROZEN")
        second = owner.post("/v1/merchants", {"name": "新开的店"}).expect(201)["merchant"]
        paid = self.pay(buyer, 1_000, code=second["code"]).expect(201)["payment"]
        owner.post(f"/v1/merchants/{second['id']}/payments/{paid['id']}/refunds", {"amount": 1_000, "pin": PIN}).expect(422, "PAYER_FROZEN")
        self.advance(86_400)
        until(lambda: free.get(f"/v1/merchants/{free.merchant['id']}/settlements").expect(200)["items"], "the other shop is not settled")
        check(owner.get(f"{shop}/settlements").expect(200)["items"] == [], "nor by the clock")
        self.release(freeze, "--document", COURT)
        settled = owner.post(f"{shop}/settlements").expect(201)["payment"]
        self.server.settled(owner, settled["id"], "done")

    # --- functions ---

    def functions(self):
        """Each route that names a function refuses when that is frozen, and no other."""
        page = self.server.client().get("/openapi.json").expect(200)
        named = sorted({op["x-function"] for path in page["paths"].values() for op in path.values() if "x-function" in op})
        check(len(named) == 9, named)
        person, friend = self.server.person(50_000), self.server.person(50_000)
        shop = person.post("/v1/merchants", {"name": "功能店"}).expect(201)["merchant"]
        bought = self.pay(friend, 2_000, code=shop["code"]).expect(201)["payment"]
        person.put(f"/v1/merchants/{shop['id']}/settlement", {"card_id": person.card["id"], "pin": PIN}).expect(200)
        new_card = {"number": card_number(next(self.server.numbers)), "phone": person.phone}
        tries = {
            "topup": lambda: self.topup(person, 100),
            "withdrawal": lambda: self.withdraw(person, 100),
            "transfer": lambda: self.send(person, friend, 100),
            "receive": lambda: person.post(f"/v1/transfers/{self.send(friend, person, 100).expect(201)['payment']['id']}/accept"),
            "paycode": lambda: self.paycode(person),
            "purchase": lambda: self.pay(person, 100),
            "refund": lambda: person.post(f"/v1/merchants/{shop['id']}/payments/{bought['id']}/refunds", {"amount": 100, "pin": PIN}),
            "settlement": lambda: person.post(f"/v1/merchants/{shop['id']}/settlements"),
            "card": lambda: person.post("/v1/cards", new_card),
        }
        check(sorted(tries) == named, named)
        for name in named:
            others = ",".join(n for n in named if n != name)
            freeze = self.add(person, "risk", "function", "--function", others)
            check(sorted(f["function"] for f in self.standing(person)[0]["functions"]) == sorted(others.split(",")), freeze)
            for other in named:
                if other == name:
                    continue
                error = tries[other]().expect(422, "FUNCTION_FROZEN")["error"]
                check(error["money_taken"] == "no" and "异常操作保护" in error["message_zh"], error)
            done = tries[name]()
            check(done.status in (200, 201), f"{name} is open: {done.status} {done.body[:200]}")
            if name == "withdrawal" or name == "topup":
                self.server.settled(person, done.json["payment"]["id"], "done")
            self.release(freeze)
            self.release(freeze, by="wu")
        waiting = self.server.person(300_000)
        charge = self.charge(self.paycode(waiting).expect(201), 150_000).expect(201)["charge"]
        self.add(waiting, "risk", "function", "--function", "paycode")
        waiting.post(f"/v1/paycode/charges/{charge['id']}/confirm", {"pin": PIN}).expect(422, "FUNCTION_FROZEN")
        self.pay(waiting, 100).expect(201)

    def the_books(self):
        log = [line["act"] for line in json.loads(self.server.cli("--json", "staff", "log").stdout)["result"]["items"]]
        for act in ("freeze-add", "freeze-release-asked", "freeze-release", "freeze-expire"):
            check(act in log, f"{act} is not in the log")
        self.server.audit()

    def after_a_restart(self):
        person = self.server.person(10_000)
        freeze = self.add(person, "court", "amount", "--amount", "60.00", "--document", COURT)
        self.add(person, "security", "credits")
        self.server.stop()
        if not self.server.store:
            self.server.audit()
        self.server.start()
        person.close()
        check(self.balance(person) == (4_000, 6_000), self.balance(person))
        self.pay(person, 5_000).expect(422, "AMOUNT_FROZEN")
        self.topup(person, 100).expect(422, "CREDITS_FROZEN")
        self.release(freeze, "--document", COURT)
        self.pay(person, 5_000).expect(201)
        self.server.audit()


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None) as server:
        server.staff("lin")
        server.staff("wu")
        freezes = Freezes(server)
        story("one's own: one tap, and back with PIN and code", freezes.self_freeze)
        story("kinds, rank, and how each ends", freezes.kinds_and_rank)
        story("one ends by itself", freezes.an_end_by_itself)
        story("one that starts later", freezes.one_that_starts_later)
        story("what comes in", freezes.credits)
        story("an amount", freezes.amount)
        story("each is a notice: begun, changed, over", freezes.notices)
        story("an authority takes what is held", freezes.taking)
        story("transfers on their way", freezes.transfers_on_their_way)
        story("withdrawals at the bank", freezes.withdrawals_on_their_way)
        story("card payments at the bank", freezes.card_payments_on_their_way)
        story("refunds, out of and into", freezes.refunds)
        story("payment codes", freezes.payment_codes)
        story("settlements, and a shop that opens meanwhile", freezes.settlements)
        story("functions, one by one", freezes.functions)
        story("the log and the books", freezes.the_books)
        story("after a restart", freezes.after_a_restart)
    finish()


main()
