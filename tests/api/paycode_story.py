# SPDX-License-Identifier: Apache-2.0
"""The payment code, as payer and till see it: at once, with the PIN, paused, too late, twice, from elsewhere, guessed, and all of it at the same
instant: python3 paycode_story.py [sqlite|postgres:CONNINFO]"""
import glob
import secrets
import sys
import threading
import time

from harness import PASSWORD, PIN, Server, check, finish, id_number, in_parallel, story, until
from openapi_test import Stream
from sandbox import special

FREE = 100_000  # the most without a PIN
RACES = 40


class Paycodes:
    def __init__(self, server):
        self.server = server
        self.shop = server.shop("付款码超市")

    # --- what people do ---

    def show(self, person, digits=False):
        return person.plain("/v1/paycode", {"digits": True} if digits else {}).expect(201)

    def charge(self, code, amount, key=None, shop=None, **more):
        shop = shop or self.shop
        code = code["code"] if isinstance(code, dict) else code
        return shop.post(f"/v1/merchants/{shop.merchant['id']}/charges", {"code": code, "amount": amount, **more}, key)

    def paid(self, person, amount, state="paid"):
        charge = self.charge(self.show(person), amount).expect(201)["charge"]
        check(charge["state"] == state, f"{amount}: {charge['state']}, not {state}")
        return charge

    def at_till(self, charge, shop=None):
        shop = shop or self.shop
        return shop.get(f"/v1/merchants/{shop.merchant['id']}/charges/{charge['id']}").expect(200)["charge"]

    def asked(self, person):
        return person.get("/v1/paycode").expect(200)["charge"]

    def confirm(self, person, charge, pin=PIN, key=None):
        return person.post(f"/v1/paycode/charges/{charge['id']}/confirm", {"pin": pin}, key)

    def money(self, person):
        return person.get("/v1/balance").expect(200)["available"]

    def told(self, person):
        """Why things were refused, newest first."""
        return [b["reason"]["code"] for b in person.get("/v1/bills").expect(200)["items"] if b["state"] == "refused"]

    def twin(self, person):
        """The same person, signed in on another device."""
        twin = self.server.client()
        twin.plain("/v1/sessions", {"phone": person.phone, "password": PASSWORD}).expect(201)
        twin.phone = person.phone
        return twin

    def copies(self, client, count):
        """Connections of one login, to use at the same instant."""
        out = []
        for _ in range(count):
            copy = self.server.client()
            copy.cookie = client.cookie
            copy.merchant = getattr(client, "merchant", None)
            out.append(copy)
        return out

    def later(self, seconds):
        self.server.client().plain("/demo/clock", {"advance_s": seconds}).expect(200)

    # --- the code ---

    def shown(self):
        person = self.server.person(1_000)
        codes = [self.show(person) for _ in range(40)]
        digits = {c["code"] for c in codes}
        check(len(digits) == 40, "each is a new one")
        check({c[:2] for c in digits} <= {str(p) for p in range(10, 16)} and len({c[:2] for c in digits}) > 2, "10 to 15")
        check(all(len(c) == 18 and c.isdigit() for c in digits), digits)
        check(all(59_000 < c["life_ms"] <= 60_000 and not c["asks_pin"] for c in codes), "a minute")
        check(all(read_bars(c["bars"]) == c["code"] for c in codes), "the bars say the digits")
        check(all(c["qr"]["side"] == 29 and c["qr"]["path"].startswith("M4 4h7v1h-7z") for c in codes), codes[0]["qr"])

    def who_may(self):
        nobody = self.server.register()
        nobody.plain("/v1/paycode", {}).expect(422, "REALNAME_NEEDED")
        nobody.post("/v1/realname", {"name": "王小强", "id_number": id_number(900)}).expect(200)
        nobody.plain("/v1/paycode", {}).expect(422, "PIN_NOT_SET")
        person = self.server.person()
        self.show(person)
        self.server.client().plain("/v1/paycode", {}).expect(401, "NOT_SIGNED_IN")

    # --- without a PIN ---

    def at_once(self):
        person, key = self.server.person(10_000), secrets.token_hex(16)
        code = self.show(person)
        stream = Stream(self.server, person)
        answer = self.charge(code, 850, key, note="豆浆")
        charge = answer.expect(201)["charge"]
        check(charge["state"] == "paid" and charge["amount"] == 850 and charge["payer"].startswith("小明(") and "*" in charge["payer"], charge)
        check(charge["reason"] is None and charge["expires_at"] is None and charge["payment_id"], charge)
        check(b"changed" in stream.until(b"changed"), "the payer's app hears of it")
        check(self.charge(code, 850, key, note="豆浆").body == answer.body, "the same answer again")
        self.charge(code, 860, key, note="豆浆").expect(422, "IDEMPOTENCY_MISMATCH")
        check(self.money(person) == 9_150, "once")
        bill = person.get(f"/v1/bills/{charge['payment_id']}").expect(200)["bill"]
        check((bill["kind"], bill["state"], bill["note"]) == ("purchase", "done", "豆浆"), bill)
        check(bill["counterparty"] == {"kind": "merchant", "name": "付款码超市"}, bill)
        asked = self.asked(person)
        check((asked["state"], asked["bill_id"], asked["shop"]) == ("paid", bill["id"], "付款码超市"), asked)
        items = self.shop.get(f"/v1/merchants/{self.shop.merchant['id']}/takings").expect(200)["items"]
        check(items[0]["id"] == charge["payment_id"] and items[0]["amount"] == 850, items[0])
        check(self.at_till(charge) == charge, "as it was answered")

    def cardless(self, amount):
        """Has money, and no card to fall back on."""
        person = self.server.person(amount)
        person.post(f"/v1/cards/{person.card['id']}/unbind", {"pin": PIN}).expect(200)
        return person

    def ended(self, charge):
        until(lambda: self.at_till(charge)["state"] != "at_bank", "the till waits for the bank")
        return self.at_till(charge)

    def card_pays(self):
        """The balance is short: the cards are asked in order, and the till waits for the bank."""
        person = self.server.person(500)
        charge = self.paid(person, 2_345, "at_bank")
        check(charge["reason"] is None and charge["payment_id"], charge)
        charge = self.ended(charge)
        check(charge["state"] == "paid" and self.money(person) == 500, charge)
        bill = person.get(f"/v1/bills/{self.asked(person)['bill_id']}").expect(200)["bill"]
        check((bill["state"], bill["source"]["kind"]) == ("done", "card"), bill)
        large = self.paid(person, 150_000, "waiting")
        self.confirm(person, large).expect(201)
        check(self.ended(self.at_till(large))["state"] == "paid", "with the PIN as well")
        poor = self.cardless(500)
        poor.card = self.server.bind(poor, special(2, "622588", 16))
        charge = self.ended(self.paid(poor, 2_345, "at_bank"))
        check(charge["state"] == "not_paid" and charge["reason"]["code"] == "CHARGE_NOT_PAID", charge)
        bill = poor.get(f"/v1/bills/{self.asked(poor)['bill_id']}").expect(200)["bill"]
        check(bill["state"] == "declined" and self.money(poor) == 500, bill)

    def short(self):
        person = self.cardless(500)
        charge = self.paid(person, 2_345, "not_paid")
        check(charge["reason"]["code"] == "CHARGE_NOT_PAID" and charge["payment_id"] is None, charge)
        check("18.45" not in str(charge), "what the payer has is not the shop's to know")
        bill = person.get(f"/v1/bills/{self.asked(person)['bill_id']}").expect(200)["bill"]
        check(bill["reason"]["code"] == "INSUFFICIENT_BALANCE" and "18.45" in bill["reason"]["message_zh"], bill)
        check(self.money(person) == 500, "nothing moved")

    def how_much(self):
        person = self.server.person(400_000)
        self.paid(person, FREE + 1, "waiting")
        self.paid(person, FREE)
        self.paid(person, 1, "waiting")  # what goes without a PIN in a day is as much as one payment
        self.later(24 * 3600)
        for _ in range(10):
            self.paid(person, 100)
        check(person.get("/v1/paycode").json["free_left"] == 0, "ten a day")
        self.paid(person, 100, "waiting")
        self.later(24 * 3600)
        self.paid(person, 100)
        check(person.get("/v1/paycode").json["free_left"] == 9, "the next day begins anew")
        charge = self.charge(self.show(person, digits=True), 100).expect(201)["charge"]
        check(charge["state"] == "waiting", "digits that were shown ask for the PIN")
        off = person.put("/v1/paycode/free", {"free": False}).expect(200)
        check(off["free"] is False, off)
        self.paid(person, 100, "waiting")
        person.put("/v1/paycode/free", {"free": True}).expect(400, "MISSING_FIELD")
        person.put("/v1/paycode/free", {"free": True, "pin": "271828"}).expect(403, "WRONG_PIN")
        self.paid(person, 100, "waiting")
        check(person.put("/v1/paycode/free", {"free": True, "pin": PIN}).expect(200)["free"], "on again")
        self.paid(person, 100)

    # --- with the PIN ---

    def confirmed(self):
        person = self.server.person(300_000)
        code, stream = self.show(person), Stream(self.server, person)
        charge = self.charge(code, 150_000).expect(201)["charge"]
        check(b"changed" in stream.until(b"changed"), "the payer is asked at once")
        check(charge["state"] == "waiting" and charge["expires_at"] and charge["payment_id"] is None, charge)
        asked = self.asked(person)
        check((asked["id"], asked["state"], asked["amount"], asked["shop"]) == (charge["id"], "waiting", 150_000, "付款码超市"), asked)
        check(15_000 < asked["left_ms"] <= 30_000, asked)
        check(self.money(person) == 300_000, "nothing is held while it waits")
        self.confirm(person, charge, "271828").expect(403, "WRONG_PIN")
        check(self.at_till(charge)["state"] == "waiting", "a wrong PIN leaves it waiting")
        till, key = Stream(self.server, self.shop), secrets.token_hex(16)
        answer = self.confirm(person, charge, key=key)
        payment = answer.expect(201)["payment"]
        check(b"changed" in till.until(b"changed"), "the till hears of it")
        now = self.at_till(charge)
        check((now["state"], now["payment_id"]) == ("paid", payment["id"]), now)
        check(self.confirm(person, charge, key=key).body == answer.body, "the same answer again")
        self.confirm(person, charge).expect(409, "CHARGE_OVER")
        check(self.money(person) == 150_000, "once")

    def lapses(self):
        person = self.server.person(300_000)
        charge = self.paid(person, 150_000, "waiting")
        self.later(30)
        now = self.at_till(charge)
        check(now["state"] == "lapsed" and now["reason"]["code"] == "CHARGE_LAPSED", now)
        self.confirm(person, charge).expect(409, "CHARGE_OVER")
        person.post(f"/v1/paycode/charges/{charge['id']}/decline").expect(409, "CHARGE_OVER")
        until(lambda: "CHARGE_LAPSED" in self.told(person), "nobody was told")
        check(self.told(person) == ["CHARGE_LAPSED"], self.told(person))
        check(self.money(person) == 300_000, "nothing was taken")

    def said_no(self):
        person = self.server.person(300_000)
        charge = self.paid(person, 150_000, "waiting")
        for _ in range(2):
            state = person.post(f"/v1/paycode/charges/{charge['id']}/decline").expect(200)
            check(state["charge"]["state"] == "declined", state)
        check(self.at_till(charge)["reason"]["code"] == "CHARGE_NOT_PAID", "the till is told")
        self.confirm(person, charge).expect(409, "CHARGE_OVER")
        charge, merchant = self.paid(person, 150_000, "waiting"), f"/v1/merchants/{self.shop.merchant['id']}"
        for _ in range(2):
            check(self.shop.post(f"{merchant}/charges/{charge['id']}/cancel").expect(200)["charge"]["state"] == "cancelled", "taken back")
        self.confirm(person, charge).expect(409, "CHARGE_OVER")
        check(self.asked(person)["state"] == "cancelled", self.asked(person))
        charge = self.paid(person, 100)
        self.shop.post(f"{merchant}/charges/{charge['id']}/cancel").expect(409, "CHARGE_OVER")
        check(self.money(person) == 299_900, "nothing else was taken")

    def short_with_pin(self):
        person = self.cardless(100_000)
        charge = self.paid(person, 150_000, "waiting")
        self.confirm(person, charge).expect(422, "INSUFFICIENT_BALANCE")
        now = self.at_till(charge)
        check(now["state"] == "not_paid" and "500" not in now["reason"]["message_zh"], now)
        check(self.told(person) == ["INSUFFICIENT_BALANCE"], self.told(person))

    # --- paused ---

    def paused(self):
        person = self.server.person(300_000)
        code, other = self.show(person), self.twin(person)
        theirs, waiting = self.show(other), self.paid(person, 150_000, "waiting")
        check(other.post("/v1/paycode/suspend").expect(200)["suspended"], "paused")
        check(self.at_till(waiting)["state"] == "declined", "what waited is over")
        self.charge(code, 100).expect(409, "PAYCODE_USED")  # it went with the one that was charged
        self.charge(theirs, 100).expect(409, "PAYCODE_GONE")
        person.plain("/v1/paycode", {}).expect(422, "PAYCODE_SUSPENDED")
        person.post("/v1/paycode/resume", {"pin": "271828"}).expect(403, "WRONG_PIN")
        person.plain("/v1/paycode", {}).expect(422, "PAYCODE_SUSPENDED")
        check(not person.post("/v1/paycode/resume", {"pin": PIN}).expect(200)["suspended"], "on again")
        self.charge(theirs, 100).expect(409, "PAYCODE_GONE")
        self.paid(person, 100)

    # --- row 16 ---

    def again(self):
        """Reuse, and a screenshot of it: refused, and the owner is told once."""
        person, other = self.server.person(10_000), self.server.shop("隔壁店")
        earlier, code = self.show(person), self.show(person)
        self.charge(code, 100).expect(201)
        for shop in (self.shop, other, other):
            answer = self.charge(code, 200, shop=shop).expect(409, "PAYCODE_USED")["error"]
            check(answer["money_taken"] == "no" and "用过" in answer["message_zh"], answer)
        check(self.told(person) == ["PAYCODE_AGAIN"], self.told(person))
        bill = next(b for b in person.get("/v1/bills").json["items"] if b["state"] == "refused")
        check("付款码超市" in bill["reason"]["message_zh"] and bill["counterparty"]["name"] == "付款码超市", bill)
        check("paycode" in str(bill["reason"]["next"]), bill["reason"]["next"])
        self.charge(earlier, 100).expect(409, "PAYCODE_USED")  # an earlier one of the same login went with it
        check(self.money(person) == 9_900, "once")

    def noticed(self):
        """What was tried behind one's back is a notice, unread until the list was read, in its place among the others."""
        person = self.server.person(10_000)
        self.paid(person, 100)
        person.post("/v1/notices/read").expect(200)
        check(person.get("/v1/me").expect(200)["unread"] == 0, "all read")
        code = self.show(person)
        person.call("DELETE", "/v1/paycode").expect(200)
        self.charge(code, 300).expect(409, "PAYCODE_GONE")
        check(person.get("/v1/me").expect(200)["unread"] == 1, "one to read")
        listed = person.get("/v1/notices?limit=1").expect(200)
        newest = listed["items"][0]
        check(newest["state"] == "refused" and not newest["read"] and newest["amount"] == 300, newest)
        check("付款码超市" in newest["text"] and "付款码超市" in newest["text_zh"], newest)
        check(person.get(f"/v1/bills/{newest['bill_id']}").expect(200)["bill"]["reason"]["code"] == "PAYCODE_LATE", newest)
        self.paid(person, 200)
        self.charge(code, 300).expect(409, "PAYCODE_GONE")  # told once
        check(listed["next_cursor"] is not None, "a page of one")
        seen, cursor = [], ""
        while cursor is not None:
            page = person.get(f"/v1/notices?limit=1{cursor and '&cursor=' + cursor}").expect(200)
            seen += [(n["state"], n["amount"]) for n in page["items"]]
            cursor = page["next_cursor"]
        check(seen == [("done", 200), ("refused", 300), ("done", 100), ("done", 10_000), ("at_bank", 10_000)], seen)
        check(person.get("/v1/me").json["unread"] == 2, "the payment and the refusal")
        answer = person.post("/v1/notices/read", {"seen": listed["seen"]}).expect(200)
        check(answer["unread"] == 1 == person.get("/v1/me").json["unread"], "what came after the list that was shown stays unread")
        for wrong in (listed["next_cursor"], listed["seen"][:-1] + ("A" if listed["seen"][-1] != "A" else "B"), self.server.person().get("/v1/notices").expect(200)["seen"]):
            refused = person.post("/v1/notices/read", {"seen": wrong}).expect(400, "BAD_CURSOR")
            check(refused["error"]["field"] == "/seen", refused)
        person.post("/v1/notices/read").expect(200)
        check(person.post("/v1/notices/read", {"seen": listed["seen"]}).expect(200)["unread"] == 0, "a mark never goes back")
        check(person.get("/v1/me").json["unread"] == 0 and all(n["read"] for n in person.get("/v1/notices").json["items"]), "all read")

    def too_old(self):
        person, other = self.server.person(10_000), self.server.person(10_000)

        def in_its_last_second():
            young = self.show(other)
            self.later(59)
            return self.charge(young, 100).status == 201

        check(any(in_its_last_second() for _ in range(10)), "a minute is a minute")  # which a slow machine may miss
        code = self.show(person)
        self.charge(self.show(person), 100).expect(201)
        code = self.show(person)
        self.later(60)
        for _ in range(2):
            self.charge(code, 100).expect(409, "PAYCODE_GONE")
        check(self.told(person) == ["PAYCODE_LATE"] and self.money(person) == 9_900, self.told(person))
        self.show(person)
        self.later(25 * 3600)
        self.show(person)  # forgets those of yesterday
        self.charge(code, 100).expect(409, "PAYCODE_UNKNOWN")

    def page_left(self):
        person = self.server.person(10_000)
        code = self.show(person)
        person.call("DELETE", "/v1/paycode").expect(200)
        self.charge(code, 100).expect(409, "PAYCODE_GONE")
        check(self.told(person) == ["PAYCODE_LATE"], "a photograph of a page that was left")
        check(self.money(person) == 10_000, "nothing")

    def login_ended(self):
        person = self.server.person(10_000)
        other = self.twin(person)
        code = self.show(other)
        other.call("DELETE", "/v1/sessions/current").expect(200)
        self.charge(code, 100).expect(409, "PAYCODE_GONE")
        check(self.told(person) == ["PAYCODE_LATE"] and self.money(person) == 10_000, self.told(person))
        thief = self.twin(person)
        code = self.show(thief)
        person.post("/v1/sessions/end-others").expect(200)
        self.charge(code, 100).expect(409, "PAYCODE_GONE")
        check(self.money(person) == 10_000, "nothing")

    def elsewhere(self):
        """Another login of the same person knows the charge and the PIN: it was not the one that showed the code."""
        person = self.server.person(300_000)
        other = self.twin(person)
        charge = self.paid(person, 150_000, "waiting")
        check(self.asked(other) is None, "only the login that shows it is asked")
        self.confirm(other, charge).expect(409, "CHARGE_ELSEWHERE")
        check(self.at_till(charge)["state"] == "declined" and self.told(person) == ["PAYCODE_LATE"], self.told(person))
        self.confirm(person, charge).expect(409, "CHARGE_OVER")
        check(self.money(person) == 300_000, "nothing")

    def session_ends_meanwhile(self):
        person = self.server.person(300_000)
        other = self.twin(person)
        charge = self.paid(other, 150_000, "waiting")
        other.call("DELETE", "/v1/sessions/current").expect(200)
        self.confirm(other, charge).expect(401, "NOT_SIGNED_IN")
        check(self.at_till(charge)["state"] == "waiting", "nobody can confirm it any more")
        self.later(30)
        check(self.at_till(charge)["state"] == "lapsed" and self.money(person) == 300_000, "it lapses")

    # --- others' ---

    def not_theirs(self):
        person, stranger, other = self.server.person(300_000), self.server.person(300_000), self.server.shop("别人家")
        charge = self.paid(person, 150_000, "waiting")
        self.confirm(stranger, charge).expect(404, "NOT_FOUND")
        stranger.post(f"/v1/paycode/charges/{charge['id']}/decline").expect(404, "NOT_FOUND")
        for path in (f"/v1/merchants/{other.merchant['id']}/charges/{charge['id']}", f"/v1/merchants/{self.shop.merchant['id']}/charges/{charge['id']}"):
            other.get(path).expect(404, "NOT_FOUND")
            other.post(f"{path}/cancel").expect(404, "NOT_FOUND")
        other.post(f"/v1/merchants/{self.shop.merchant['id']}/charges", {"code": self.show(person)["code"], "amount": 1}).expect(404, "NOT_FOUND")
        self.confirm(person, charge).expect(201)
        own = self.show(self.shop)
        self.charge(own, 100).expect(422, "PAYEE_IS_PAYER")
        self.charge(own, 100).expect(409, "PAYCODE_USED")

    def asked_wrongly(self):
        person = self.server.person(300_000)
        code = self.show(person)["code"]
        for amount in (0, -1, "1", None):
            self.charge(code, amount).expect(400, "BAD_AMOUNT")
        self.charge(code, 5_000_001).expect(422, "AMOUNT_TOO_LARGE")
        for field, value in (("state", "paid"), ("payer", person.person["id"]), ("pin", PIN), ("source", "card")):
            self.charge(code, 100, **{field: value}).expect(400, "UNKNOWN_FIELD")
        for bad in (code[:-1], code + "0", "１" + code[1:], " " + code[1:], "", None):
            answer = self.charge(bad, 100)
            check(answer.status in (400, 409) and answer.json["error"]["field"] == "/code", answer.body[:200])
        self.charge("99" + code[2:], 100).expect(409, "PAYCODE_UNKNOWN")
        self.charge(code, 100).expect(201)  # none of it has burnt the code

    def guesses(self):
        """Guesses tell nothing and are few; the right code is refused then too, at this shop and at no other."""
        guesser, person = self.server.shop("猜码店"), self.server.person(10_000)
        old, answers = self.show(person), []
        for i in range(60):
            code = old["code"][:15] + f"{(int(old['code'][15:]) + 1 + i) % 1000:03}"  # its neighbours
            answers.append(self.charge(code, 100, shop=guesser).expect(409, "PAYCODE_UNKNOWN")["error"])
        check(len({a["message_zh"] for a in answers}) == 1, "one answer for all")
        self.charge("12" + "0" * 16, 100, shop=guesser).expect(429, "TOO_MANY_TRIES")
        self.charge(old, 100, shop=guesser).expect(429, "TOO_MANY_TRIES")
        check(self.told(person) == [], "the owner has nothing to fear")
        self.charge(old, 100).expect(201)  # the shop next door is not locked out
        self.later(601)
        self.charge(self.show(person), 100, shop=guesser).expect(201)

    def many(self):
        """Nobody fills the store with codes: six hundred an hour."""
        person = self.server.person()
        for _ in range(600):
            self.show(person)
        person.plain("/v1/paycode", {}).expect(429, "TOO_MANY_TRIES")
        self.later(3601)
        self.show(person)

    def pins(self):
        """Row 21: ten PINs at once on one charge: five are looked at, then even the right one is refused."""
        person = self.server.person(300_000)
        charge = self.paid(person, 150_000, "waiting")
        clients = self.copies(person, 10)
        codes = sorted(a.code for a in in_parallel(10, lambda i: self.confirm(clients[i], charge, f"2718{i:02}")))
        check(codes.count("WRONG_PIN") <= 5 and set(codes) <= {"WRONG_PIN", "PIN_LOCKED"}, codes)
        self.confirm(person, charge).expect(429, "PIN_LOCKED")
        check(self.money(person) == 300_000, "nothing moved")
        self.paid(person, 100)  # what needs no PIN goes on

    def nowhere(self):
        """No code stands in the store, in the log, or in an address."""
        person = self.server.person(10_000)
        codes = [self.show(person)["code"] for _ in range(3)]
        self.charge(codes[2], 100).expect(201)
        self.charge(codes[2], 100).expect(409, "PAYCODE_USED")
        kept = b"".join(open(name, "rb").read() for name in glob.glob(f"{self.server.dir}/**", recursive=True) if name.endswith((".db", "-wal", ".log")))
        check(len(kept) > 10_000 and not any(code.encode() in kept for code in codes), "a code was kept")

    # --- at the same instant ---

    def two_tills(self):
        person = self.server.person(100_000)
        other = self.server.shop("另一台")
        for _ in range(RACES // 4):
            code, before = self.show(person), self.money(person)
            person.put("/v1/paycode/free", {"free": True, "pin": PIN}).expect(200)
            tills = self.copies(self.shop, 4) + self.copies(other, 4)
            answers = in_parallel(8, lambda i: self.charge(code, 100, shop=tills[i]))
            check(sorted(str(a.code) for a in answers) == ["None"] + ["PAYCODE_USED"] * 7, [a.code for a in answers])
            won = next(a.json["charge"] for a in answers if a.status == 201)
            check(before - self.money(person) == (100 if won["state"] == "paid" else 0), won)

    def racing_with_suspend(self):
        person = self.server.person(100_000)
        self.later(24 * 3600)
        outcomes = set()
        for i in range(RACES):
            if i % 10 == 0:
                self.later(24 * 3600)
            code, before = self.show(person), self.money(person)
            till, phone = self.copies(self.shop, 1)[0], self.copies(person, 1)[0]
            charged, paused = in_parallel(2, lambda i: phone.post("/v1/paycode/suspend") if i else self.charge(code, 100, shop=till))
            check(paused.status == 200 and charged.code in (None, "PAYCODE_GONE"), (charged.code, paused.code))
            took = charged.status == 201 and charged.json["charge"]["state"] == "paid"
            check(before - self.money(person) == (100 if took else 0), charged.body[:200])
            outcomes.add(took)
            self.charge(code, 100).expect(409, "PAYCODE_USED" if charged.status == 201 else "PAYCODE_GONE")
            check(before - self.money(person) == (100 if took else 0), "nothing goes once it is paused")
            person.post("/v1/paycode/resume", {"pin": PIN}).expect(200)
        print(f"     paid before the pause: {outcomes}")

    def racing_with_session_end(self):
        person = self.server.person(100_000)
        for i in range(RACES // 2):
            if i % 10 == 0:
                self.later(24 * 3600)
            other = self.twin(person)
            code, before = self.show(other), self.money(person)
            till = self.copies(self.shop, 1)[0]
            charged, ended = in_parallel(2, lambda i: other.call("DELETE", "/v1/sessions/current") if i else self.charge(code, 100, shop=till))
            check(ended.status == 200 and charged.code in (None, "PAYCODE_GONE"), (charged.code, ended.code))
            check(before - self.money(person) == (100 if charged.status == 201 else 0), charged.body[:200])

    def confirming_twice(self):
        person = self.server.person(300_000)
        charge = self.paid(person, 150_000, "waiting")
        clients = self.copies(person, 8)
        answers = in_parallel(8, lambda i: self.confirm(clients[i], charge))
        check(sorted(str(a.code) for a in answers) == ["CHARGE_OVER"] * 7 + ["None"], [a.code for a in answers])
        check(self.money(person) == 150_000, "once")

    def confirm_or_cancel(self):
        person = self.server.person(400_000)
        person.put("/v1/paycode/free", {"free": False}).expect(200)
        for _ in range(RACES // 2):
            charge, before = self.paid(person, 1_000, "waiting"), self.money(person)
            till, phone, more = self.copies(self.shop, 1)[0], *self.copies(person, 2)
            path = f"/v1/merchants/{till.merchant['id']}/charges/{charge['id']}/cancel"
            acts = (lambda: self.confirm(phone, charge), lambda: till.post(path), lambda: more.post(f"/v1/paycode/charges/{charge['id']}/decline"))
            answers = in_parallel(3, lambda i: acts[i]())
            check([a.code for a in answers].count(None) == 1, [a.code for a in answers])
            took = answers[0].status == 201
            check(before - self.money(person) == (1_000 if took else 0), "one of them")
            check(self.at_till(charge)["state"] == ("paid" if took else "cancelled" if answers[1].status == 200 else "declined"), "and the till says so")


def racing_with_lapse(server):
    """The PIN comes as the time runs out: paid, or lapsed and nothing taken, and till and payer say the same."""
    it = Paycodes(server)
    person = server.person(400_000)
    person.put("/v1/paycode/free", {"free": False}).expect(200)
    outcomes = []

    def one(i, charge, begun):
        phone, till = it.copies(person, 1)[0], it.copies(it.shop, 1)[0]
        phone.get("/v1/paycode").expect(200)
        time.sleep(max(0, begun + 0.985 + 0.002 * (i % 12) - time.monotonic()))
        answer = it.confirm(phone, charge)
        check(answer.code in (None, "CHARGE_OVER"), answer.body[:200])
        state = it.at_till(charge, till)["state"]
        check(state == ("paid" if answer.status == 201 else "lapsed"), (state, answer.status))
        outcomes.append(answer.status == 201)

    for begin in range(0, 24, 6):
        threads = []
        for i in range(begin, begin + 6):
            charge, begun = it.paid(person, 1_000, "waiting"), time.monotonic()
            threads.append(threading.Thread(target=one, args=(i, charge, begun)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        check(len(outcomes) == begin + 6, "one went wrong")
    check(it.money(person) == 400_000 - 1_000 * sum(outcomes), "what was confirmed, and nothing else")
    print(f"     confirmed {sum(outcomes)} of {len(outcomes)}")
    server.audit()


def read_bars(widths):
    """The digits of a Code 128 C, from the standard's rule that a symbol's widths are known by four edges; None: it is none."""
    out, at, values = "", 0, []
    while at + 7 < len(widths):
        values.append(SYMBOLS.get(widths[at:at + 6]))
        at += 6
    if widths[at:] != "2331112" or None in values or values[0] != 105:
        return None
    body, check_symbol = values[1:-1], values[-1]
    if (105 + sum((i + 1) * v for i, v in enumerate(body))) % 103 != check_symbol:
        return None
    for v in body:
        out += f"{v:02}"
    return out


# Symbols 0 to 105, each as three bars and three spaces of eleven modules, as one number of the standard's table.
SYMBOLS = {w: i for i, w in enumerate(
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 "
    "221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 "
    "231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 "
    "114131 311141 411131 211412 211214 211232".split())}


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store) as server:
        it = Paycodes(server)
        story("a code: eighteen digits, new each time, as bars and as QR", it.shown)
        story("who may show one", it.who_may)
        story("paid at once, and the same answer again", it.at_once)
        story("too little in the balance: a card pays, or the bank says no", it.card_pays)
        story("too little money: the shop is told no more than no", it.short)
        story("without a PIN: how much, how often, and only if wanted", it.how_much)
        story("with the PIN: asked at once, a wrong one leaves it waiting", it.confirmed)
        story("not confirmed in time: nothing is taken", it.lapses)
        story("the payer says no; the till takes it back", it.said_no)
        story("confirmed, but too little money", it.short_with_pin)
        story("paused: no code, on any device, until the PIN", it.paused)
        story("row 16: used again", it.again)
        story("row 16: the owner is told by a notice", it.noticed)
        story("row 16: older than a minute", it.too_old)
        story("row 16: a screenshot of a page that was left", it.page_left)
        story("row 16: the login that shows it has ended", it.login_ended)
        story("row 16: confirmed from another device", it.elsewhere)
        story("the login ends while the till waits", it.session_ends_meanwhile)
        story("charges of others are found nowhere", it.not_theirs)
        story("asked wrongly, a code is not burnt", it.asked_wrongly)
        story("guesses tell nothing and are few", it.guesses)
        story("codes are made, but not without end", it.many)
        story("row 21: wrong PINs", it.pins)
        story("no code is kept anywhere", it.nowhere)
        story("two tills, one code, one instant", it.two_tills)
        story("charging races with pausing", it.racing_with_suspend)
        story("charging races with the end of the login", it.racing_with_session_end)
        story("eight confirmations at once", it.confirming_twice)
        story("confirming, cancelling and declining at once", it.confirm_or_cancel)
        story("the books", server.audit)
    if store is None:
        with Server(flags=["--charge-wait", "1s"]) as server:
            story("confirming races with lapsing", lambda: racing_with_lapse(server))
    finish()


if __name__ == "__main__":
    main()
