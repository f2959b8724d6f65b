# SPDX-License-Identifier: Apache-2.0
"""The day's end with the banks: statements against orders, and each kind of difference by its name: python3 reconcile_story.py [STORE]"""
import json
import sqlite3
import sys

from harness import PIN, Server, check, finish, in_parallel, story, until
from sandbox import special


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None) as server:
        def next_day():
            server.client().plain("/demo/clock", {"advance_s": 86_400}).expect(200)

        def reconcile(*words):
            done = server.cli("--json", "reconcile", *words)
            answer = json.loads(done.stdout)
            check(answer["ok"], answer)
            return answer["result"]

        def kinds(result):
            return sorted(d["difference"] for d in result["differences"])

        def bank_books():
            return sqlite3.connect(f"{server.dir}/bank/bank.db", timeout=10)

        def pay_by_card(payer, shop, amount):
            body = {"code": shop.merchant["code"], "amount": amount, "source": "card", "card_id": payer.card["id"], "pin": PIN}
            return server.settled(payer, payer.post("/v1/purchases", body).expect(201)["payment"]["id"], "done")

        def a_day_that_agrees():
            payer, shop = server.person(50_000), server.shop("对账店")
            pay_by_card(payer, shop, 1_200)
            out = payer.post("/v1/withdrawals", {"card_id": payer.card["id"], "amount": 3_000, "fee": 0, "pin": PIN}).expect(201)["payment"]
            server.settled(payer, out["id"], "done")
            declined = server.bind(payer, special(2, "622700", 19))
            asked = payer.post("/v1/topups", {"card_id": declined["id"], "amount": 100, "pin": PIN}).expect(201)["payment"]
            server.settled(payer, asked["id"], "declined")  # a decline is no leg
            check(reconcile()["days"] == 0, "a day that runs is not looked at")
            next_day()
            result = reconcile()
            check(result["agrees"] and result["differences"] == [] and result["in_doubt"] == [], result)
            check(result["lines"] == result["legs"] == result["matched"] == 3, result)
            said = server.cli("reconcile")
            check(said.returncode == 0 and "Zero differences." in said.stdout, said.stdout)

        def again_and_empty_days():
            before = reconcile()
            next_day()
            next_day()
            after = reconcile()
            check(after["agrees"] and after["days"] > before["days"] and after["lines"] == before["lines"], after)
            check(reconcile("CMB")["days"] < after["days"], "of one bank")
            check(server.cli("reconcile", "XXX").returncode == 1 and server.cli("reconcile", "2026-02-30").returncode == 1, "bad words are refused")

        def many_lines():
            """More than a page of a bank's statement, which has 300."""
            before, payers = reconcile()["lines"], [server.person() for _ in range(8)]

            def pay(i):
                for n in range(40):
                    payers[i].post("/v1/topups", {"card_id": payers[i].card["id"], "amount": 100 + n, "pin": PIN}).expect(201)

            check(in_parallel(8, pay) == [None] * 8, "paid")
            for payer in payers:
                until(lambda p=payer: p.get("/v1/balance").expect(200)["posted"] == sum(range(100, 140)), "not all is booked")
            next_day()
            result = reconcile()
            check(result["agrees"] and result["matched"] == result["lines"] == before + 320, result)

        def doubt():
            payer = server.person(1_000)
            loses = server.bind(payer, special(8))
            server.cli("sandbox", "bank", "CMB", "outage")
            asked = payer.post("/v1/topups", {"card_id": payer.card["id"], "amount": 700, "pin": PIN}).expect(201)["payment"]
            server.settled(payer, asked["id"], "in_doubt")
            server.cli("sandbox", "bank", "CMB", "normal")
            shown = reconcile("CCB")["in_doubt"]
            check(len(shown) <= 1 and all(d["payment"] == asked["id"] and d["next_probe"] and d["age_s"] >= 0 for d in shown), shown)
            server.settled(payer, asked["id"], "done")
            lost = payer.post("/v1/topups", {"card_id": loses["id"], "amount": 300, "pin": PIN}).expect(201)["payment"]
            server.settled(payer, lost["id"], "done")
            next_day()
            check(reconcile()["agrees"], "what was in doubt is settled, on both sides")

        def differences():
            """The bank's books are changed behind its back; each change has its name."""
            payer = server.person(10_000)
            for amount in (501, 502, 503, 504):
                server.topup(payer, amount)
            books = bank_books()
            entry = {amount: books.execute("SELECT id, debit, credit, message, at FROM entry WHERE amount = ?", (amount,)).fetchone() for amount in (501, 502, 503, 504)}
            books.execute("UPDATE entry SET amount = 599 WHERE id = ?", (entry[501][0],))
            books.execute("DELETE FROM entry WHERE id = ?", (entry[502][0],))
            books.execute("INSERT INTO entry (debit, credit, amount, message, at) SELECT debit, credit, amount, message, at FROM entry WHERE id = ?", (entry[503][0],))
            books.execute("UPDATE message SET id = 'STRANGER-0001' WHERE id = ?", (entry[504][3],))
            books.execute("UPDATE entry SET message = 'STRANGER-0001' WHERE id = ?", (entry[504][0],))
            books.commit()
            books.close()
            next_day()
            result = reconcile()
            check(kinds(result) == ["amount", "balance", "missing_here", "missing_there", "missing_there", "twice"], result["differences"])
            amount = next(d for d in result["differences"] if d["difference"] == "amount")
            check((amount["ours"], amount["theirs"]) == (501, 599), amount)
            check(next(d for d in result["differences"] if d["difference"] == "missing_here")["message_id"] == "STRANGER-0001", result)
            told(result)
            said = server.cli("reconcile")
            check(said.returncode == 4 and "STRANGER-0001" in said.stdout and "Zero" not in said.stdout, said.stdout)

        def another_opening():
            """The bank changes a day that is over: the next one does not begin where that one ended."""
            payer, known = server.person(5_000), len(reconcile()["differences"])
            next_day()
            reconcile()
            books = bank_books()
            books.execute("UPDATE entry SET amount = amount + 7 WHERE id = (SELECT max(id) FROM entry)")
            books.commit()
            books.close()
            server.topup(payer, 100)
            next_day()
            result = reconcile()
            new = kinds({"differences": result["differences"][known:]}) if known else kinds(result)
            check("opening" in kinds(result) and "balance" in new, result["differences"])
            told(result)

        def another_ledger():
            """An order of ours is not what the ledger booked. Our own store is bent for it, so with the server stopped, and put right again."""
            if server.store:
                return
            server.stop()
            store = sqlite3.connect(f"{server.dir}/qianbao.db")
            order = store.execute("SELECT max(o.id) FROM outbox o JOIN outbox_answer a ON a.id = o.id").fetchone()[0]
            store.execute("UPDATE outbox SET amount = amount + 1 WHERE id = ?", (order,))
            store.commit()
            server.start()
            result = reconcile()
            check("ledger" in kinds(result), result["differences"])
            told(result)
            server.stop()
            store.execute("UPDATE outbox SET amount = amount - 1 WHERE id = ?", (order,))
            store.commit()
            store.close()
            server.start()
            check("ledger" not in kinds(reconcile()), "put right")

        def told(result):
            for d in result["differences"]:
                check(d["what_to_do"].isascii() and not d["what_to_do_zh"].isascii(), d)

        story("a day that agrees", a_day_that_agrees)
        story("days without a line, and words that are refused", again_and_empty_days)
        story("many lines", many_lines)
        story("orders in doubt", doubt)
        story("each difference by its name", differences)
        story("a day that begins where none ended", another_opening)
        story("orders that are not the ledger's", another_ledger)
        story("the books", server.audit)
    finish()


main()
