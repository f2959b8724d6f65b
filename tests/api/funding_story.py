# SPDX-License-Identifier: Apache-2.0
"""Where the money of a purchase comes from: the balance, then the cards in the person's order: python3 funding_story.py [STORE]"""
import sys

from harness import PIN, Server, card_number, check, finish, in_parallel, story
from sandbox import back, lost, special

CREDIT = "356885"  # a credit card of the sandbox's first bank
DECLINES, LOST_CARD, LATE, LOSES = 2, 3, 7, 8


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None) as server:
        def pay(client, shop, amount, key=None):
            return client.post("/v1/purchases", {"code": shop.merchant["code"], "amount": amount, "source": "auto", "pin": PIN}, key)

        def tries(payment):
            return [(t["kind"], t["card"]["last4"] if t["card"] else None, t["state"], t["reason"]["code"] if t["reason"] else None) for t in payment["tries"]]

        def takings(shop):
            return shop.get(f"/v1/merchants/{shop.merchant['id']}/takings").expect(200)["amount"]

        def balance(client):
            now = client.get("/v1/balance").expect(200)
            return now["posted"], now["held"], now["incoming"]

        def from_the_balance():
            payer, shop = server.person(1_000), server.shop("余额店")
            paid = pay(payer, shop, 600).expect(201)["payment"]
            check((paid["state"], paid["source"]["kind"], paid["tries"]) == ("done", "balance", []), paid)

        def falls_to_the_card():
            payer, shop = server.person(1_000), server.shop("差一点")
            asked = pay(payer, shop, 1_500).expect(201)["payment"]
            done = server.settled(payer, asked["id"], "done")
            check(tries(done) == [("balance", None, "short", "INSUFFICIENT_BALANCE"), ("card", payer.card["last4"], "done", None)], tries(done))
            check(done["source"]["card"]["id"] == payer.card["id"] and balance(payer) == (1_000, 0, 0) and takings(shop) == 1_500, done)
            theirs = shop.get(f"/v1/payments/{asked['id']}").expect(200)["payment"]
            check(theirs["tries"] == [] and theirs["source"]["card"] is None, "the shop learns nothing of it")

        def limits_fall_through():
            payer, shop = server.person(90_000), server.shop("静态码店")
            pay(payer, shop, 50_000).expect(201)
            done = server.settled(payer, pay(payer, shop, 100).expect(201)["payment"]["id"], "done")
            check(tries(done)[0] == ("balance", None, "short", "DAY_LIMIT_STATIC"), tries(done))

        def through_all_cards():
            payer, shop = server.person(card=False), server.shop("最后一张")
            bad, lost, good = (server.bind(payer, n) for n in (special(DECLINES), special(LOST_CARD, "622700", 19), card_number(810_001)))
            order = [bad, lost, good]
            for card in reversed(order):
                payer.post(f"/v1/cards/{card['id']}/move", {"to": "first"}).expect(200)
            check([c["id"] for c in payer.get("/v1/cards").expect(200)["items"]] == [c["id"] for c in order], "the order")
            done = server.settled(payer, pay(payer, shop, 700).expect(201)["payment"]["id"], "done")
            check(tries(done) == [("balance", None, "short", "INSUFFICIENT_BALANCE"), ("card", bad["last4"], "declined", "BANK_FUNDS"),
                                  ("card", lost["last4"], "declined", "BANK_CARD_LOST"), ("card", good["last4"], "done", None)], tries(done))
            check(done["source"]["card"]["id"] == good["id"] and takings(shop) == 700 and balance(payer) == (0, 0, 0), done)
            shop.post(f"/v1/merchants/{shop.merchant['id']}/payments/{done['id']}/refunds", {"amount": 200, "reason": "少了一件", "pin": PIN}).expect(201)
            back = next(b for b in payer.get("/v1/bills").expect(200)["items"] if b["kind"] == "refund")
            settled = server.settled(payer, back["id"], "done")
            check(settled["source"]["card"]["id"] == good["id"] and balance(payer) == (0, 0, 0), "back to the card that paid")

        def nothing_does():
            payer, shop = server.person(card=False), server.shop("都不行")
            refused = pay(payer, shop, 100).expect(422, "INSUFFICIENT_BALANCE")["error"]
            check(refused["money_taken"] == "no", refused)
            bad = server.bind(payer, special(DECLINES, "622202", 19))
            end = server.settled(payer, pay(payer, shop, 100).expect(201)["payment"]["id"], "declined")
            check(end["reason"]["code"] == "BANK_FUNDS" and tries(end)[-1] == ("card", bad["last4"], "declined", None), end)
            check(balance(payer) == (0, 0, 0) and takings(shop) == 0, "nothing moved")

        def doubt_does_not_fall():
            payer, shop = server.person(card=False), server.shop("存疑")
            loses = server.bind(payer, special(LOSES))
            server.bind(payer, card_number(810_002))
            payer.post(f"/v1/cards/{loses['id']}/move", {"to": "first"}).expect(200)
            doubt, begun = lost(server, payer, "CMB", lambda: pay(payer, shop, 300).expect(201)["payment"])
            check(len(doubt["tries"]) == 2 and doubt["tries"][1]["state"] == "in_doubt", doubt["tries"])
            back(server, "CMB")
            done = server.settled(payer, doubt["id"], "done")
            check(done["source"]["card"]["id"] == loses["id"] and takings(shop) == 300 * begun, done)

        def an_order_through_cards():
            payer, shop = server.person(card=False), server.shop("订单店")
            bad, good = server.bind(payer, special(DECLINES, "622700", 19)), server.bind(payer, card_number(810_003))
            payer.post(f"/v1/cards/{bad['id']}/move", {"to": "first"}).expect(200)
            order = shop.post(f"/v1/merchants/{shop.merchant['id']}/orders", {"amount": 450}).expect(201)["order"]
            body = {"code": order["code"], "amount": 450, "source": "auto", "pin": PIN}
            clients = [server.client() for _ in range(6)]
            for client in clients:
                client.cookie = payer.cookie
            answers = in_parallel(6, lambda i: clients[i].post("/v1/purchases", body))
            check(sorted(a.status for a in answers) == [201] + 5 * [409], [(a.status, a.code) for a in answers])
            paid = next(a for a in answers if a.status == 201).json["payment"]
            done = server.settled(payer, paid["id"], "done")
            check(done["source"]["card"]["id"] == good["id"] and takings(shop) == 450, done)

        def credit_cards():
            payer, shop, friend = server.person(card=False), server.shop("信用卡店"), server.person(card=False)
            payer.card = server.bind(payer, card_number(1, CREDIT))
            check(payer.card["kind"] == "credit", payer.card)
            payer.post("/v1/topups", {"card_id": payer.card["id"], "amount": 100, "pin": PIN}).expect(422, "TOPUP_CARD")
            payer.post("/v1/withdrawals", {"card_id": payer.card["id"], "amount": 100, "fee": 0, "pin": PIN}).expect(422, "WITHDRAWAL_CARD")
            payer.post("/v1/transfers", {"payee_id": friend.person["id"], "amount": 100, "pin": PIN}).expect(422, "INSUFFICIENT_BALANCE")
            done = server.settled(payer, pay(payer, shop, 250).expect(201)["payment"]["id"], "done")
            check(done["source"]["card"]["kind"] == "credit" and takings(shop) == 250, done)

        def unbound_while_paying():
            """Row 44: a card that an order is under way with stays; one that is gone is not asked."""
            payer, shop = server.person(card=False), server.shop("解绑店")
            late, next_one = server.bind(payer, special(LATE)), server.bind(payer, card_number(810_004))
            payer.post(f"/v1/cards/{late['id']}/move", {"to": "first"}).expect(200)
            asked = pay(payer, shop, 120).expect(201)["payment"]
            payer.post(f"/v1/cards/{late['id']}/unbind", {"pin": PIN}).expect(409, "CARD_BUSY")
            payer.post(f"/v1/cards/{next_one['id']}/unbind", {"pin": PIN}).expect(200)
            done = server.settled(payer, asked["id"], "done")
            check(done["source"]["card"]["id"] == late["id"] and takings(shop) == 120, done)
            payer.post(f"/v1/cards/{late['id']}/unbind", {"pin": PIN}).expect(200)
            pay(payer, shop, 120).expect(422, "INSUFFICIENT_BALANCE")

        story("from the balance, without a word more", from_the_balance)
        story("the balance is short, the card pays", falls_to_the_card)
        story("a limit falls through too", limits_fall_through)
        story("through all cards in order; a refund goes to the one that paid", through_all_cards)
        story("nothing does: nothing is taken", nothing_does)
        story("a doubt does not fall through", doubt_does_not_fall)
        story("an order is paid once, through the cards", an_order_through_cards)
        story("credit cards pay shops, and nothing else", credit_cards)
        story("row 44: unbinding while paying", unbound_while_paying)
        story("the books", server.audit)
    finish()


main()
