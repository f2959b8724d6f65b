# SPDX-License-Identifier: Apache-2.0
"""Money through the bank, as a person sees it: each test card, a bank that is late, silent or gone, a server that dies meanwhile; and at the end
the bank's books and ours say the same.

    bank_story.py [STORE]    on SQLite, or on the store named
"""
import datetime
import json
import secrets
import sys
import time

from harness import PIN, Server, check, finish, story, until
from sandbox import ask_bank, back, lost, mode, special


def balance(person):
    return person.get("/v1/balance").expect(200)["posted"]


def begin_topup(person, amount):
    return person.post("/v1/topups", {"card_id": person.card["id"], "amount": amount, "pin": PIN}).expect(201)["payment"]


def seconds(shown):
    return datetime.datetime.fromisoformat(shown).timestamp()


class Bank:
    """The stories, on one server."""

    def __init__(self, server):
        self.server = server
        self.from_bank = 0  # what all stories together took from CMB

    def person_with(self, kind):
        person = self.server.person(card=False)
        person.card = self.server.bind(person, special(kind))
        return person

    def taken(self, amount):
        self.from_bank += amount

    def at_once(self):
        person = self.server.person()
        self.server.topup(person, 100)
        times = []
        while not times or (min(times) >= 1 and len(times) < 5):
            begun = time.monotonic()
            self.server.topup(person, 12345)
            times.append(time.monotonic() - begun)
        check(min(times) < 1, f"a top-up took {min(times):.3f} s")
        check(balance(person) == 100 + 12345 * len(times), "the balance is not what was topped up")
        self.taken(100 + 12345 * len(times))
        print(f"     a top-up took {min(times) * 1000:.0f} ms")

    def declines(self):
        for kind, code in ((2, "BANK_FUNDS"), (3, "BANK_CARD_LOST"), (4, "BANK_LIMIT"), (5, "BANK_DECLINED")):
            person = self.person_with(kind)
            payment = self.server.settled(person, begin_topup(person, 5000)["id"], "declined")
            check(payment["reason"]["code"] == code, f"card {kind}: {payment['reason']}")
            check(payment["money_taken"] == "no", f"card {kind}: money taken {payment['money_taken']}")
            check(balance(person) == 0, "a declined top-up left money")

    def not_bound(self):
        person = self.server.person(card=False)
        for kind in (6, 9):
            person.post("/v1/cards", {"number": special(kind), "phone": person.phone}).expect(422, "CARD_ELEMENTS")
        binding = person.post("/v1/cards", {"number": special(10), "phone": person.phone}).expect(201)
        code = self.server.sms(person.phone, "bank")
        person.post(f"/v1/cards/{binding['binding_id']}/confirm", {"code": code}).expect(401, "WRONG_CODE")
        check(person.get("/v1/cards").expect(200)["items"] == [], "a card was bound")

    def late(self):
        person = self.person_with(7)
        payment = begin_topup(person, 700)
        time.sleep(0.3)
        now = person.get(f"/v1/payments/{payment['id']}").expect(200)["payment"]
        check(now["state"] == "at_bank" and now["money_taken"] == "checking", f"{now['state']}, {now['money_taken']}")
        check(balance(person) == 0, "money before the bank's answer")
        self.server.settled(person, payment["id"], "done")
        check(balance(person) == 700, "the balance after a late answer")
        self.taken(700)

    def lost(self):
        person = self.person_with(8)
        doubt, begun = lost(self.server, person, "CMB", lambda: begin_topup(person, 800))
        check(doubt["money_taken"] == "checking", f"in doubt: money taken {doubt['money_taken']}")
        told = doubt["doubt"]
        check(told["since"] == doubt["created_at"] and told["asked"] >= 1 and told["next_probe"] > told["since"], f"age and next probe: {told}")
        check(balance(person) == 800 * (begun - 1), "nothing before it is known")
        back(self.server, "CMB")
        done = self.server.settled(person, doubt["id"], "done")
        check(done["doubt"] is None, "a doubt that is over")
        check([move["state"] for move in done["moves"]] == ["at_bank", "in_doubt", "done"], f"moves {done['moves']}")
        check(balance(person) == 800 * begun, "the balance after a lost answer")
        self.taken(800 * begun)

    def lost_purchase(self):
        shop, person = self.server.shop(), self.person_with_second_lost_card()
        payment = person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 900, "source": "card", "card_id": person.card["id"],
                                                "pin": PIN}).expect(201)["payment"]
        self.server.settled(person, payment["id"], "done")
        check(balance(person) == 0, "a purchase by card changed the balance")

    def person_with_second_lost_card(self):
        """The lost card of another bank: a card has one holder."""
        person = self.server.person(card=False)
        person.card = self.server.bind(person, special(8, "622700", 19))
        return person

    def outage(self):
        person = self.server.person()
        mode(self.server, "CMB", "outage")
        payment = begin_topup(person, 1100)
        self.server.settled(person, payment["id"], "in_doubt")
        mode(self.server, "CMB", "normal")
        self.server.settled(person, payment["id"], "done")
        check(balance(person) == 1100, "the balance after an outage")
        self.taken(1100)

    def long_outage(self):
        person = self.server.person()
        mode(self.server, "CMB", "outage")
        payment = begin_topup(person, 1200)
        self.server.settled(person, payment["id"], "in_doubt")
        mode(self.server, "CMB", "normal")
        check(self.server.cli("sandbox", "clock", "+2min").returncode == 0, "the clock")
        declined = self.server.settled(person, payment["id"], "declined")
        check(declined["reason"]["code"] == "BANK_OUT_OF_REACH" and declined["money_taken"] == "no", f"{declined['reason']}")
        check(balance(person) == 0, "money of a cancelled order")

    def a_day_without(self):
        """An outage for a day: the ladder ends in hours, the order is asked about to the end, and what the bank never saw is cancelled."""
        person, shop = self.server.person(), self.server.shop("断线小店")
        self.server.topup(person, 1000)
        self.taken(1000)
        mode(self.server, "CMB", "outage")
        body = {"code": shop.merchant["code"], "amount": 600, "source": "card", "card_id": person.card["id"], "pin": PIN}
        bought = person.post("/v1/purchases", body).expect(201)["payment"]["id"]
        topped = begin_topup(person, 700)["id"]
        self.server.settled(person, topped, "in_doubt")
        steps = []
        for step in ("6s", "20s", "70s", "6min", "20min", "70min", "70min", "20h"):
            before = self.probes(person, topped)["asked"]
            self.server.cli("sandbox", "clock", f"+{step}")
            until(lambda: self.probes(person, topped)["asked"] > before, f"not asked again after {step}")
            now = self.probes(person, topped)
            steps.append(seconds(now["next_probe"]) - self.clock())
        check(steps[0] < 120 and steps[-1] > 3500, f"from seconds to hours: {steps}")
        shown = json.loads(self.server.cli("--json", "reconcile").stdout)["result"]["in_doubt"]
        mine = next(row for row in shown if row["payment"] == topped)
        check(mine["age_s"] > 22 * 3600 and mine["next_probe"] and mine["tries"] >= 8, f"the operator sees {mine}")
        check(balance(person) == 1000, "nothing is guessed in a day")
        mode(self.server, "CMB", "normal")
        self.server.cli("sandbox", "clock", "+61min")
        for payment in (topped, bought):
            over = self.server.settled(person, payment, "declined")
            check(over["reason"]["code"] == "BANK_OUT_OF_REACH" and over["money_taken"] == "no" and over["doubt"] is None, over["reason"])
        check(balance(person) == 1000, "nothing was taken")

    def probes(self, person, payment):
        return person.get(f"/v1/payments/{payment}").expect(200)["payment"]["doubt"]

    def clock(self):
        return seconds(self.server.client().get("/v1/config").expect(200)["time"])

    def no_bank(self):
        person = self.server.person()
        self.server.bank.terminate()
        self.server.bank.wait()
        declined = self.server.settled(person, begin_topup(person, 1300)["id"], "declined")
        check(declined["reason"]["code"] == "BANK_OUT_OF_REACH", f"{declined['reason']}")
        person.post("/v1/cards", {"number": special(1), "phone": person.phone}).expect(503, "BANK_OUT_OF_REACH")
        self.server.start_bank()
        self.server.topup(person, 1300)
        self.taken(1300)

    def server_dies(self):
        """kill -9 while the bank thinks: the order is neither lost nor sent twice."""
        person = self.server.person()
        mode(self.server, "CMB", "delay")
        payments = [begin_topup(person, 1400 + i) for i in range(3)]
        time.sleep(0.3)
        self.server.kill()
        mode_body = {"bank": "CMB", "mode": "normal"}
        ask_bank(self.server, "/sandbox/modes", mode_body)
        person.close()
        self.server.start()
        for payment in payments:
            self.server.settled(person, payment["id"], "done")
        check(balance(person) == 1400 + 1401 + 1402, "the balance after a crash")
        self.taken(1400 + 1401 + 1402)

    def same_key(self):
        person = self.server.person()
        body = {"card_id": person.card["id"], "amount": 1500, "pin": PIN}
        key = secrets.token_hex(16)
        first = person.post("/v1/topups", body, key).expect(201)["payment"]
        again = person.post("/v1/topups", body, key).expect(201)["payment"]
        check(first["id"] == again["id"], "the same key made two payments")
        self.server.settled(person, first["id"], "done")
        check(balance(person) == 1500, "a repeated top-up was booked twice")
        self.taken(1500)

    def operator(self):
        """What the operator sees of all this; and a shop that he opens for a person, who finds it in the app."""
        figures = dict(line.split() for line in self.server.client().get("/metrics").body.decode().splitlines() if line[:1] not in ("#", ""))
        check(int(figures["qianbao_bank_approved_total"]) > 0 and figures["qianbao_bank_under_way"] == "0", f"{figures}")
        status = json.loads(self.server.cli("--json", "status").stdout)["result"]
        check(status["bank"]["in_doubt"] == 0, f"{status['bank']}")
        person = self.server.person(card=False)
        added = self.server.cli("--json", "merchant", "add", "--phone", person.phone, "--name", "东门书店")
        check(added.returncode == 0, added.stderr)
        shop = json.loads(added.stdout)["result"]
        mine = person.get("/v1/merchants").expect(200)["items"]
        check([(m["id"], m["name"], m["code"]) for m in mine] == [(shop["id"], "东门书店", shop["code"])], f"{mine}, {shop}")
        again = self.server.cli("merchant", "add", "--phone", person.phone, "--name", "东门书店")
        check(again.returncode == 1 and "MERCHANT_TAKEN" in again.stderr, again.stderr)

    def books_agree(self):
        """Over all days, the bank's statements hold exactly what we took, order by order."""
        start = time.time() + 8 * 3600
        total = 0
        for shift in range(-1, 4):
            day = time.strftime("%Y-%m-%d", time.gmtime(start + shift * 86400))
            statement = ask_bank(self.server, "/v1/statements", {"bank": "CMB", "day": day, "after": 0})
            check(statement["closing"] == statement["opening"] + statement["credits"] - statement["debits"], f"{statement}")
            check(sum(e["amount"] for e in statement["entries"]) == statement["credits"], "entries and credits differ")
            total += statement["credits"]
        check(total == self.from_bank, f"the bank paid {total}, we took {self.from_bank}")
        check(ask_bank(self.server, "/sandbox/state", {})["adds_up"], "the bank's book does not add up")
        self.server.audit()


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None) as server:
        bank = Bank(server)
        story("a top-up is done at once", bank.at_once)
        story("each decline has its reason, and no money is taken", bank.declines)
        story("cards that cannot be bound", bank.not_bound)
        story("a late answer", bank.late)
        story("a lost answer is in doubt, then done", bank.lost)
        story("a purchase by card with a lost answer", bank.lost_purchase)
        story("an outage that passes", bank.outage)
        story("an outage that lasts: cancelled, nothing taken", bank.long_outage)
        story("an outage for a day", bank.a_day_without)
        story("no bank at all", bank.no_bank)
        story("the server dies while the bank thinks", bank.server_dies)
        story("the same key twice", bank.same_key)
        story("the operator's view, and a shop that he opens", bank.operator)
        story("the bank's books and ours agree", bank.books_agree)
    finish()


main()
