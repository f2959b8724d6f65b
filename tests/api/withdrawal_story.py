# SPDX-License-Identifier: Apache-2.0
"""Withdrawals, as a person sees them: what they cost, each special card, a bank that is silent or gone, and what parallel requests and attacks must
not get: python3 withdrawal_story.py [sqlite|postgres:CONNINFO]"""
import json
import secrets
import sys
import time

from harness import PIN, Server, check, finish, in_parallel, story
from sandbox import ask_bank, back, lost, mode, special

FREE = 100_000


class Withdrawals:
    def __init__(self, server):
        self.server = server

    def money(self, person):
        now = person.get("/v1/balance").expect(200)
        return now["posted"], now["available"], now["held"]

    def preview(self, person, amount=None):
        return person.plain("/v1/withdrawals/preview", {"amount": amount} if amount else {}).expect(200)

    def ask(self, person, amount, fee=None, key=None, pin=PIN, card=None):
        fee = self.preview(person, amount)["fee"] if fee is None else fee
        return person.post("/v1/withdrawals", {"card_id": (card or person.card)["id"], "amount": amount, "fee": fee, "pin": pin}, key)

    def withdraw(self, person, amount, state="done"):
        payment = self.ask(person, amount).expect(201)["payment"]
        return self.server.settled(person, payment["id"], state)

    def rich(self, kind=None, amount=300_000, bank=("622588", 16)):
        """A person with money; with `kind`, also with the bank's special card of that kind, to withdraw to."""
        person = self.server.person(amount)
        if kind is not None:
            person.card = self.server.bind(person, special(kind, *bank))
        return person

    # --- what it costs ---

    def costs(self):
        person = self.rich()
        told = self.preview(person, 60_000)
        check((told["fee"], told["total"], told["free_left"], told["available"]) == (0, 60_000, FREE, 300_000), told)
        done = self.withdraw(person, 60_000)
        check(done["kind"] == "withdrawal" and done["direction"] == "out" and done["fee"] == 0 and done["money_taken"] == "yes", done)
        check([m["state"] for m in done["moves"]] == ["at_bank", "done"] and len(done["entries"]) == 2, done)
        told = self.preview(person, 60_500)
        check((told["fee"], told["free_left"]) == (21, 40_000), told)  # 0.1 % of 205.00 is 0.205
        done = self.withdraw(person, 60_500)
        check(done["fee"] == 21 and len(done["entries"]) == 4 and len(set(done["entries"])) == 4, done)
        check(self.money(person) == (300_000 - 60_000 - 60_521, 179_479, 0), self.money(person))
        bill = next(b for b in person.get("/v1/bills").expect(200)["items"] if b["id"] == done["id"])
        check(bill["fee"] == 21 and bill["amount"] == 60_500 and bill["counterparty"] == {"kind": "bank", "name": "招商银行"}, bill)
        texts = [n["text_zh"] for n in person.get("/v1/notices").expect(200)["items"]]
        check("提现的 605.00 元已到招商银行卡。" in texts and len(texts) == 6, texts)
        told = self.preview(person, 1)
        check((told["fee"], told["total"], told["free_left"]) == (10, 11, 0), told)
        everything = self.preview(person)
        check(everything["amount"] == everything["most"] and everything["fee"] == everything["most_fee"], everything)
        check(everything["total"] == 179_479 and everything["fee"] == 179, everything)
        self.withdraw(person, everything["most"])
        check(self.money(person) == (0, 0, 0), "all of it leaves nothing")
        check(self.preview(person)["most"] == 0, "nothing is left to withdraw")

    def refusals(self):
        person, other = self.rich(amount=5_000), self.rich(amount=100)
        self.ask(person, 5_001).expect(422, "WITHDRAWAL_SHORT")
        error = self.ask(person, 6_234).json["error"]
        check("12.34" in error["message"] and "12.34" in error["message_zh"] and error["money_taken"] == "no", error)
        self.ask(person, 100, fee=10).expect(422, "WITHDRAWAL_FEE")
        check("0.00" in self.ask(person, 100, fee=10).json["error"]["message_zh"], "the fee as it is")
        self.ask(person, 5_000_001, fee=0).expect(422, "AMOUNT_TOO_LARGE")
        self.ask(person, 100, card=other.card).expect(404, "NOT_FOUND")
        self.ask(person, 100, pin="111222").expect(403, "WRONG_PIN")
        person.plain("/v1/withdrawals/preview", {"amount": 5_000_001}).expect(422, "AMOUNT_TOO_LARGE")
        nobody = self.server.register()
        nobody.plain("/v1/withdrawals/preview", {}).expect(422, "REALNAME_NEEDED")
        for field, value in (("free", 10**6), ("payee_id", other.person["id"]), ("state", "done")):
            body = {"card_id": person.card["id"], "amount": 100, "fee": 0, "pin": PIN, field: value}
            person.post("/v1/withdrawals", body).expect(400, "UNKNOWN_FIELD")
        for amount in (0, -1, "1", None):
            body = {"card_id": person.card["id"], "amount": amount, "fee": 0, "pin": PIN}
            person.post("/v1/withdrawals", body).expect(400, "BAD_AMOUNT")
        gone = person.post(f"/v1/cards/{person.card['id']}/unbind", {"pin": PIN}).expect(200)["card"]
        self.ask(person, 100, card=gone).expect(422, "CARD_GONE")
        check(self.money(person) == (5_000, 5_000, 0) and self.preview(person)["free_left"] == FREE, "nothing moved")
        refused = [b["reason"]["code"] for b in person.get("/v1/bills").json["items"] if b["state"] == "refused"]
        check({"WITHDRAWAL_SHORT", "WITHDRAWAL_FEE", "CARD_GONE"} <= set(refused), refused)

    # --- the bank ---

    def declines(self):
        for kind, code in ((3, "BANK_CARD_LOST"), (4, "BANK_LIMIT"), (5, "BANK_DECLINED")):
            person = self.rich(kind, bank=("622700", 19))
            declined = self.withdraw(person, 150_000, "declined")
            check(declined["reason"]["code"] == code and declined["money_taken"] == "no" and declined["fee"] == 50, declined)
            check(len(declined["entries"]) == 4, declined["entries"])
            check(self.money(person) == (300_000, 300_000, 0), "everything back")
            check(self.preview(person)["free_left"] == FREE, "the free allowance back")

    def late(self):
        person = self.rich(7)
        payment = self.ask(person, 120_000).expect(201)["payment"]
        time.sleep(0.3)
        now = person.get(f"/v1/payments/{payment['id']}").expect(200)["payment"]
        check(now["state"] == "at_bank" and now["money_taken"] == "checking", now)
        check(self.money(person) == (300_000, 300_000 - 120_020, 120_020), "amount and fee are held")
        person.post(f"/v1/cards/{person.card['id']}/unbind", {"pin": PIN}).expect(409, "CARD_BUSY")
        self.server.settled(person, payment["id"], "done")
        check(self.money(person) == (179_980, 179_980, 0), "gone")

    def lost(self):
        person = self.rich(8)
        doubt, begun = lost(self.server, person, "CMB", lambda: self.ask(person, 100).expect(201)["payment"])
        check(doubt["money_taken"] == "checking" and doubt["reason"]["code"] == "WITHDRAWAL_IN_DOUBT", doubt)
        check(self.money(person)[2] == 100, "held while in doubt")
        back(self.server, "CMB")
        done = self.server.settled(person, doubt["id"], "done")
        check([m["state"] for m in done["moves"]] == ["at_bank", "in_doubt", "done"] and len(done["entries"]) == 2, done)
        check(done["reason"] is None and self.money(person)[0] == 300_000 - 100 * begun, done)

    def outage(self):
        person = self.rich()
        mode(self.server, "CMB", "outage")
        first = self.ask(person, 100_100).expect(201)["payment"]
        self.server.settled(person, first["id"], "in_doubt")
        mode(self.server, "CMB", "normal")
        check(self.server.cli("sandbox", "clock", "+2min").returncode == 0, "the clock")
        declined = self.server.settled(person, first["id"], "declined")
        check(declined["reason"]["code"] == "BANK_OUT_OF_REACH" and declined["money_taken"] == "no", declined)
        check(self.money(person) == (300_000, 300_000, 0) and self.preview(person)["free_left"] == FREE, "all back")

    def no_cover(self):
        """A bank that never held money of ours cannot pay any out."""
        person = self.rich()
        person.card = self.server.bind(person, special(0, "622202", 19))
        declined = self.withdraw(person, 200, "declined")
        check(declined["reason"]["code"] == "WITHDRAWAL_BANK_SHORT" and "工商银行" in declined["reason"]["message_zh"], declined["reason"])
        check(self.money(person) == (300_000, 300_000, 0), "back")

    def no_bank(self):
        person = self.rich()
        self.server.bank.terminate()
        self.server.bank.wait()
        declined = self.withdraw(person, 300, "declined")
        check(declined["reason"]["code"] == "BANK_OUT_OF_REACH", declined["reason"])
        self.server.start_bank()
        self.withdraw(person, 300)

    def server_dies(self):
        person = self.rich()
        mode(self.server, "CMB", "delay")
        payments = [self.ask(person, 60_000 + i, fee=0 if i == 0 else 20).expect(201)["payment"] for i in range(2)]
        time.sleep(0.3)
        self.server.kill()
        ask_bank(self.server, "/sandbox/modes", {"bank": "CMB", "mode": "normal"})
        person.close()
        self.server.start()
        for payment in payments:
            self.server.settled(person, payment["id"], "done")
        check(self.money(person) == (300_000 - 120_001 - 20, 179_979, 0), self.money(person))

    # --- attacks ---

    def parallel(self, person, count, work):
        clients = [self.server.client() for _ in range(count)]
        for client in clients:
            client.cookie, client.card = person.cookie, person.card
        return in_parallel(count, lambda i: work(clients[i], i))

    def free_once(self):
        """Row 19: twenty at once that all saw the whole allowance: only as much as it bears goes for nothing."""
        person = self.rich()
        answers = self.parallel(person, 20, lambda client, i: self.ask(client, 20_000, fee=0))
        done = [a.json["payment"] for a in answers if a.status == 201]
        check(len(done) == 5 and all(a.code == "WITHDRAWAL_FEE" for a in answers if a.status != 201), [a.body[:80] for a in answers])
        for payment in done:
            self.server.settled(person, payment["id"], "done")
        check(self.money(person) == (200_000, 200_000, 0) and self.preview(person)["free_left"] == 0, self.money(person))
        check(self.preview(person, 20_000)["fee"] == 20, "from here on it costs")

    def spent_once(self):
        """Row 1: twenty at once, money for one with its fee."""
        person = self.rich(amount=200_100)
        self.withdraw(person, FREE)
        answers = self.parallel(person, 20, lambda client, i: self.ask(client, 100_000, fee=100))
        check(sorted(str(a.code) for a in answers) == ["None"] + ["WITHDRAWAL_SHORT"] * 19, [a.code for a in answers])
        self.server.settled(person, next(a.json["payment"]["id"] for a in answers if a.status == 201), "done")
        check(self.money(person) == (0, 0, 0), self.money(person))

    def same_key(self):
        """Row 2."""
        person, key = self.rich(), secrets.token_hex(16)
        answers = self.parallel(person, 20, lambda client, i: self.ask(client, 1_500, fee=0, key=key))
        check({a.status for a in answers} == {201} and len({a.body for a in answers}) == 1, "one effect, one answer")
        self.ask(person, 1_600, fee=0, key=key).expect(422, "IDEMPOTENCY_MISMATCH")
        self.server.settled(person, answers[0].json["payment"]["id"], "done")
        check(self.money(person)[0] == 298_500, "once")

    def unbound_meanwhile(self):
        """Row 44: the card goes while money is on its way to it: one order wins."""
        for _ in range(10):
            person = self.rich(amount=1_000)
            unbind = f"/v1/cards/{person.card['id']}/unbind"
            out, gone = self.parallel(person, 2, lambda client, i: client.post(unbind, {"pin": PIN}) if i else self.ask(client, 1_000, fee=0))
            check((out.code, gone.code) in ((None, "CARD_BUSY"), ("CARD_GONE", None), (None, None)), (out.code, gone.code))
            if out.status == 201:
                self.server.settled(person, out.json["payment"]["id"], "done")
            check(self.money(person)[0] == (0 if out.status == 201 else 1_000), self.money(person))

    def pin_locks(self):
        """Row 21: ten at once with wrong PINs: five are looked at, then even the right one is refused."""
        person = self.rich()
        answers = self.parallel(person, 10, lambda client, i: self.ask(client, 100, fee=0, pin=f"2718{i:02}"))
        codes = sorted(a.code for a in answers)
        check(codes.count("WRONG_PIN") <= 5 and set(codes) <= {"WRONG_PIN", "PIN_LOCKED"}, codes)
        self.ask(person, 100, fee=0).expect(429, "PIN_LOCKED")
        check(self.money(person) == (300_000, 300_000, 0), "nothing moved")

    def books(self):
        state = ask_bank(self.server, "/sandbox/state", {})
        check(state["adds_up"], "the bank's book does not add up")
        status = json.loads(self.server.cli("--json", "status").stdout)["result"]
        check(status["bank"]["in_doubt"] == 0, f"{status['bank']}")
        self.server.audit()


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store) as server:
        it = Withdrawals(server)
        story("what it costs is told before, and stands on the bill", it.costs)
        story("refusals say why, and nothing moves", it.refusals)
        story("each decline has its reason; everything comes back, the free allowance too", it.declines)
        story("a late answer: amount and fee are held, the card stays", it.late)
        story("a lost answer is in doubt, then done", it.lost)
        story("an outage that lasts: cancelled, everything back", it.outage)
        story("a bank that holds no money of ours", it.no_cover)
        story("no bank at all", it.no_bank)
        story("the server dies while the bank thinks", it.server_dies)
        story("row 19: the free allowance, twenty at once", it.free_once)
        story("row 1: twenty at once, money for one", it.spent_once)
        story("row 2: the same key twenty times", it.same_key)
        story("row 44: the card is taken out meanwhile", it.unbound_meanwhile)
        story("row 21: wrong PINs", it.pin_locks)
        story("the books", it.books)
    finish()


main()
