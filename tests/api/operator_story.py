# SPDX-License-Identifier: Apache-2.0
"""What the operator reads: people, accounts, payments, entries, held against what the people see: python3 operator_story.py [STORE]"""
import json
import os
import shutil
import subprocess
import sys

from harness import BUILD, PIN, Server, card_number, check, finish, story
from sandbox import mode, special


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None) as server:
        def ask(*words):
            done = server.cli("--json", *words)
            check(done.returncode == 0, f"{words}: {done.stdout}{done.stderr}")
            return json.loads(done.stdout)["result"]

        def refused(code, *words):
            done = server.cli("--json", *words)
            check(done.returncode == 1 and json.loads(done.stdout)["error"]["code"] == code, f"{words}: {done.stdout}{done.stderr}")

        def page(*words):
            done = server.cli(*words)
            check(done.returncode == 0, f"{words}: {done.stdout}{done.stderr}")
            return done.stdout

        def a_person():
            who, friend = server.person(50_000), server.person(card=False)
            who.post("/v1/transfers", {"payee_id": friend.person["id"], "amount": 1_234, "note": "饭钱", "pin": PIN}).expect(201)
            shown = ask("person", "show", who.phone)
            check(shown == ask("person", "show", who.person["id"]), "by phone or by id: the same")
            balance = who.get("/v1/balance").expect(200)
            account = shown["account"]
            check((account["balance"], account["held"], account["available"]) == (50_000, 1_234, 50_000 - 1_234), account)
            check((account["balance"], account["held"]) == (balance["posted"], balance["held"]), "what the person sees")
            hold, = shown["holds"]
            check((hold["amount"], hold["for"], hold["state"]) == (1_234, "transfer", "waiting"), hold)
            check(shown["tier"] == 2 and shown["state"] == "open" and len(shown["sessions"]) == 1, shown)
            card, = shown["cards"]
            check(card["number"] == f"{who.card_number[:6]}******{who.card_number[-4:]}", card)
            limits = {line["limit"]: line for line in who.get("/v1/limits").expect(200)["items"]}
            check({l["limit"]: (l["most"], l["used"], l["left"]) for l in shown["limits"]} ==
                  {name: (l["most"], l["used"], l["left"]) for name, l in limits.items()}, shown["limits"])
            check([p["id"] for p in shown["payments"]] == [b["id"] for b in who.get("/v1/bills").expect(200)["items"]], shown["payments"])
            said = page("person", "show", who.phone)
            check("12.34" in said and "500.00" in said, said)
            for secret in (who.phone, who.card_number, who.id_number, who.name):
                check(secret not in said + json.dumps(shown, ensure_ascii=False), f"{secret} is masked")

        def nobody():
            refused("NOT_FOUND", "person", "show", "13800000000")
            refused("NOT_FOUND", "person", "show", "0" * 26)
            refused("NOT_FOUND", "account", "show", "999999")
            refused("NOT_FOUND", "account", "show", "0")
            refused("NOT_FOUND", "payment", "show", "0" * 26)
            refused("NOT_FOUND", "entry", "show", "0")
            refused("NOT_FOUND", "entry", "show", "99999999")
            refused("NOT_FOUND", "entry", "show", "-1")
            refused("BAD_FIELD", "account", "show", "1", "--last", "201")
            check(server.cli("person", "show").returncode == 2, "usage")

        def holds_that_ended():
            """What was held and is over is no hold: accepted, sent back, declined by the bank."""
            who, friend = server.person(9_000), server.person(card=False)
            ids = [who.post("/v1/transfers", {"payee_id": friend.person["id"], "amount": 100 + i, "pin": PIN}).expect(201)["payment"]["id"] for i in range(3)]
            friend.post(f"/v1/transfers/{ids[0]}/accept").expect(200)
            friend.post(f"/v1/transfers/{ids[2]}/return").expect(200)
            shown = ask("account", "show", who.phone)
            check([(h["payment"], h["amount"]) for h in shown["holds"]] == [(ids[1], 101)], shown["holds"])
            check(shown["held"] == 101 and shown["owner"] == f"person {who.person['id']}", shown)

        def an_account():
            who, shop = server.person(10_000), server.shop("账户店")
            for amount in (100, 200, 300):
                who.post("/v1/purchases", {"code": shop.merchant["code"], "amount": amount, "source": "balance", "pin": PIN}).expect(201)
            theirs = ask("account", "show", shop.merchant["id"])
            check((theirs["kind"], theirs["balance"], [e["amount"] for e in theirs["entries"]]) == ("shop takings", 600, [300, 200, 100, 0]), theirs)
            check(theirs == ask("account", "show", str(theirs["number"])), "by its number")
            check([e["balance_after"] for e in theirs["entries"]] == [600, 300, 100, 0], theirs["entries"])
            two = ask("account", "show", shop.merchant["id"], "--last", "2")["entries"]
            rest = ask("account", "show", shop.merchant["id"], "--before", str(two[-1]["entry"]))["entries"]
            check(two + rest == theirs["entries"], "goes on behind an entry")
            bank = next(a for a in (ask("account", "show", str(n)) for n in range(1, 200)) if a["kind"] == "bank settlement")
            check(bank["owner"].startswith("bank ") and bank["balance"] > 0, bank)

        def a_payment_with_tries():
            payer, shop = server.person(card=False), server.shop("多卡店")
            bad, good = server.bind(payer, special(2)), server.bind(payer, card_number(820_001))
            for card in (good, bad):
                payer.post(f"/v1/cards/{card['id']}/move", {"to": "first"}).expect(200)
            asked = payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 700, "source": "auto", "pin": PIN}).expect(201)["payment"]
            done = server.settled(payer, asked["id"], "done")
            shop.post(f"/v1/merchants/{shop.merchant['id']}/payments/{asked['id']}/refunds", {"amount": 200, "reason": "少了一件", "pin": PIN}).expect(201)
            shown = ask("payment", "show", asked["id"])
            check((shown["payer"], shown["payee"], shown["merchant"]) == (payer.person["id"], shop.person["id"], shop.merchant["id"]), shown)
            check([t["result"] for t in shown["tries"]] == ["short", "asked", "declined", "asked"], shown["tries"])
            check([(o["result"], o["card"]) for o in shown["orders"]] == [("declined", bad["id"]), ("approved", good["id"])], shown["orders"])
            check(all(o["sent_at"] and o["answered_at"] and o["message_id"] for o in shown["orders"]), shown["orders"])
            check([s["state"] for s in shown["states"]][-1] == "done" and shown["refunded"] == 200 and len(shown["refunds"]) == 1, shown)
            check(set(done["entries"]) <= {e["id"] for e in shown["entries"]}, "no entry of the bill is missing")
            check([e["number"] for e in shown["entries"]] == sorted({e["number"] for e in shown["entries"]}), "each once, in order")
            back = ask("payment", "show", shown["refunds"][0]["id"])
            check(back["refund_of"] == asked["id"] and back["kind"] == "refund", back)
            page("payment", "show", asked["id"])

        def a_payment_in_doubt():
            payer = server.person(1_000)
            mode(server, "CMB", "outage")
            asked = payer.post("/v1/topups", {"card_id": payer.card["id"], "amount": 700, "pin": PIN}).expect(201)["payment"]
            server.settled(payer, asked["id"], "in_doubt")
            order, = ask("payment", "show", asked["id"])["orders"]
            check(order["result"] == "in_doubt" and order["tries"] > 0 and order["next_probe"], order)
            mode(server, "CMB", "normal")
            server.settled(payer, asked["id"], "done")
            order, = ask("payment", "show", asked["id"])["orders"]
            check(order["result"] == "approved" and order["next_probe"] is None, order)

        def a_withdrawal_has_its_fee():
            payer = server.person(200_000)
            out = payer.post("/v1/withdrawals", {"card_id": payer.card["id"], "amount": 150_000, "fee": 50, "pin": PIN}).expect(201)["payment"]
            done = server.settled(payer, out["id"], "done")
            shown = ask("payment", "show", out["id"])
            check(shown["fee"] == 50 and {e["id"] for e in shown["entries"]} == set(done["entries"]), shown)

        def something_refused():
            payer, friend = server.person(card=False), server.person(card=False)
            payer.post("/v1/transfers", {"payee_id": friend.person["id"], "amount": 5, "pin": PIN}).expect(422, "INSUFFICIENT_BALANCE")
            bill = payer.get("/v1/bills").expect(200)["items"][0]
            shown = ask("payment", "show", bill["id"])
            check((shown["state"], shown["reason"], shown["amount"]) == ("refused", "INSUFFICIENT_BALANCE", 5), shown)

        def an_entry_and_its_chain():
            payer, shop = server.person(10_000), server.shop("分录店")
            paid = [payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": n, "source": "balance", "pin": PIN}).expect(201)["payment"]
                    for n in (11, 12, 13)]
            first, middle, last = (ask("entry", "show", p["entries"][0]) for p in paid)
            check(middle == ask("entry", "show", str(middle["number"])), "by id or by number")
            check((middle["amount"], middle["what"], middle["payment"]) == (12, "purchase", paid[1]["id"]), middle)
            for side in ("debit", "credit"):
                check((middle[side]["previous"], middle[side]["next"]) == (first["number"], last["number"]), middle[side])
                check(last[side]["next"] == 0 and last[side]["previous"] == middle["number"], last[side])
            check(middle["debit"]["owner"] == f"person {payer.person['id']}" and middle["debit"]["balance_after"] == 10_000 - 23, middle)
            row = middle["row"]
            check(row["hash_holds"] and row["first"] <= middle["number"] <= row["last"], row)
            after = ask("entry", "show", str(row["last"] + 1))["row"]
            check(after["previous_hash"] == row["hash"], "the rows are a chain")
            opened = ask("entry", "show", "1")
            check(opened["row"]["previous_hash"] == "0" * 64 and opened["row"]["hash_holds"], opened)
            page("entry", "show", str(middle["number"]))

        def limits():
            shown = ask("limits")
            check({(l["tier"], l["limit"]): l["most"] for l in shown["limits"]}[(3, "year")] == 20_000_000, shown)
            check("200000.00" in page("limits"), "in yuan")

        def progress_on_a_terminal():
            """A line that moves, where a terminal is; the answer is the same, and elsewhere there is none."""
            for words in (["audit"], ["reconcile"], ["backup", f"{server.dir}/told"]):
                if words[0] == "backup" and server.store:
                    continue
                done = server.on_terminal(*words)
                check(done.returncode == 0 and "100 %" in done.stderr and done.stderr.endswith("\r\x1b[K"), done)
                check("100 %" not in done.stdout, done.stdout)
            quiet = server.cli("audit")
            check(quiet.stderr == "" and "The books hold" in quiet.stdout, quiet)

        def json_without_a_server():
            """What the command line does by itself answers as a server would."""
            made = ask("backup", f"{server.dir}/copy")
            keys = made["not_in_it"][0]
            check(keys["file"] == f"{server.dir}/keys" and "names" in keys["lost_without_it"], made)
            check(made["bytes"] == os.path.getsize(made["file"]) and made["audit"]["holds"], made)
            refused("STORE", "backup", f"{server.dir}/copy")
            back = f"{server.dir}/back"
            os.mkdir(back)
            def there(*words):
                return subprocess.run([f"{BUILD}/src/bin/qianbao", "--json", "--data", back, *words], capture_output=True, text=True, timeout=120)
            without = there("restore", f"{server.dir}/copy")
            told = json.loads(without.stdout)["result"]
            check(without.returncode == 1 and not told["complete"] and "audit" not in told, told)
            check([m["file"] for m in told["missing"]][0] == f"{back}/keys", told)
            shutil.copy(f"{server.dir}/keys", back)
            proven = there("audit")
            check(proven.returncode == 0 and json.loads(proven.stdout)["result"]["holds"], proven)
            check(there("restore", f"{server.dir}/copy").returncode == 1, "never over a store")
            check(there("status").returncode == 3, "no server")

        story("a person, by phone or by id, masked", a_person)
        story("who is not there", nobody)
        story("holds that have ended", holds_that_ended)
        story("an account and its entries", an_account)
        story("a payment with tries, orders and a refund", a_payment_with_tries)
        story("a payment in doubt", a_payment_in_doubt)
        story("a withdrawal has its fee", a_withdrawal_has_its_fee)
        story("something refused", something_refused)
        story("an entry and its chain", an_entry_and_its_chain)
        story("the table of limits", limits)
        story("progress on a terminal", progress_on_a_terminal)
        if not server.store:
            story("the same JSON without a server", json_without_a_server)
        story("the books", server.audit)
    finish()


main()
