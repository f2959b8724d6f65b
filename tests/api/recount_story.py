# SPDX-License-Identifier: Apache-2.0
"""This looks wrong: an account added up again, and one whose books somebody changed: python3 recount_story.py [sqlite|postgres:CONNINFO]"""
import sqlite3
import struct
import subprocess
import sys

from harness import PIN, Server, check, finish, story

HEADER, ENTRY, AMOUNT_AT = 16, 128, 32  # src/ledger/rows.h, entry.c


class Recounts:
    def __init__(self, server):
        self.server = server

    def check(self, person):
        return person.post("/v1/balance/check").expect(200)

    def agrees(self):
        person, shop = self.server.person(10_000), self.server.shop()
        check(self.check(self.server.register())["count"] == 1, "an account that was only opened")
        for amount in (100, 250):
            person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": amount, "source": "balance", "pin": PIN}).expect(201)
        other = self.server.person()
        payee = person.plain("/v1/transfers/preview", {"phone": other.phone}).expect(200)["payee"]
        send = lambda amount: person.post("/v1/transfers", {"payee_id": payee["id"], "amount": amount, "pin": PIN, "arrival": "now"}).expect(201)["payment"]
        send(1_000)
        other.post(f"/v1/transfers/{send(2_000)['id']}/accept").expect(200)
        other.post(f"/v1/transfers/{send(300)['id']}/return").expect(200)
        told, now = self.check(person), person.get("/v1/balance").expect(200)
        check(told["agrees"] and told["case_id"] is None and not now["being_checked"], told)
        check((told["sum"], told["held"], told["in"], told["out"]) == (7_650, 1_000, 10_000, 2_350) and told["sum"] == now["posted"], (told, now))
        check(told["count"] == 1 + 2 + 2 + 5, told["count"])

    def pages(self):
        """More entries than a page of the walk holds: all are counted."""
        person = self.server.person(100_000)
        for _ in range(300):
            person.post("/v1/pocket/in", {"amount": 1}).expect(201)
        told = self.check(person)
        check(told["agrees"] and told["count"] == 303 and told["sum"] == 99_700, told)

    def rows(self):
        if not self.server.store:
            db = sqlite3.connect(f"{self.server.dir}/qianbao.db")
            yield from db.execute("SELECT first, body FROM ledger_row").fetchall()
            return
        for line in self.psql("SELECT first, encode(body, 'hex') FROM ledger_row").split():
            first, body = line.split("|")
            yield int(first), bytes.fromhex(body)

    def psql(self, text):
        done = subprocess.run(["psql", "-AtX", self.server.store.removeprefix("postgres:"), "-c", text], capture_output=True, text=True, check=True)
        return done.stdout

    def bend(self, was, becomes):
        """Somebody changes the amount of an entry behind the server's back."""
        for first, body in self.rows():
            body = bytearray(body)
            for at in range(HEADER, len(body) - 64, ENTRY):
                if struct.unpack_from("<Q", body, at + AMOUNT_AT)[0] != was:
                    continue
                struct.pack_into("<Q", body, at + AMOUNT_AT, becomes)
                if self.server.store:
                    self.psql(f"UPDATE ledger_row SET body = decode('{bytes(body).hex()}', 'hex') WHERE first = {first}")
                else:
                    db = sqlite3.connect(f"{self.server.dir}/qianbao.db")
                    with db:
                        db.execute("UPDATE ledger_row SET body = ? WHERE first = ?", (bytes(body), first))
                    db.close()
                return
        raise AssertionError("no such entry")

    def differs(self):
        person, shop = self.server.person(50_000), self.server.shop("改账铺")
        person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 12_345, "source": "balance", "pin": PIN}).expect(201)
        self.bend(12_345, 12_346)  # while it runs: a start would look and refuse
        told = self.check(person)
        check(not told["agrees"] and told["sum"] != told["kept"] and told["case_id"], told)
        now = person.get("/v1/balance").expect(200)
        check(now["being_checked"] and now["posted"] is None and now["available"] is None, now)
        why = person.get("/v1/balance/explain").expect(200)
        check(why["causes"][0]["cause"] == "BEING_CHECKED" and why["available"] is None and why["being_checked"], why["causes"])
        person.post("/v1/pocket/in", {"amount": 1}).expect(422, "PAYER_FROZEN")
        error = person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 5, "source": "balance", "pin": PIN}).expect(422, "PAYER_FROZEN")["error"]
        check(error["money_taken"] == "no", error)
        opened = person.get(f"/v1/cases/{told['case_id']}").expect(200)["case"]
        check(opened["kind"] == "wrong_balance", opened)
        check("does not add up" in self.server.log(), "the operator's log says so")
        again = self.check(person)
        check(not again["agrees"] and again["case_id"] == told["case_id"], "the same case")
        check(self.server.cli("audit").returncode != 0, "the audit finds it too")
        other = self.server.person(500)
        check(self.check(other)["agrees"], "everybody else goes on")


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store) as server:
        it = Recounts(server)
        story("an account that adds up: count, sum and sequence number", it.agrees)
        story("more than a page", it.pages)
        story("the books", server.audit)
        story("books that somebody changed: the figure is withheld, the account stops, a case is open", it.differs)
    finish()


main()
