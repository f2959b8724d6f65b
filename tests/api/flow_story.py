# SPDX-License-Identifier: Apache-2.0
"""The journey and its attacks, through the API of a real server with a real bank: python3 flow_story.py [sqlite|postgres:CONNINFO]"""
import secrets
import sys

from harness import PIN, Server, card_number, check, finish, id_number, in_parallel, story, until


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store) as server:
        def balance(client):
            return client.get("/v1/balance").expect(200)["available"]

        def buy(client, code, amount, key=None, pin=PIN, **more):
            return client.post("/v1/purchases", {"code": code, "amount": amount, "source": "balance", "pin": pin, **more}, key)

        def journey():
            payer, friend, shop = server.person(50000), server.person(card=False), server.shop()
            check(balance(payer) == 50000, "topped up")
            found = payer.plain("/v1/scan", {"text": shop.merchant["code"]}).expect(200)
            check(found["merchant"]["name"] == "南门早点铺", "the scan names the payee")
            done = buy(payer, shop.merchant["code"], 850).expect(201)["payment"]
            check(done["state"] == "done" and done["money_taken"] == "yes", done)
            payee = payer.plain("/v1/transfers/preview", {"phone": friend.phone}).expect(200)["payee"]
            check("*" in payee["name"] and payee["name"] != friend.name, "the name is masked")
            sent = payer.post("/v1/transfers", {"payee_id": payee["id"], "amount": 10000, "note": "周末聚餐", "pin": PIN}).expect(201)["payment"]
            check(sent["state"] == "waiting" and balance(payer) == 39150 and balance(friend) == 0, "held")
            check(friend.get("/v1/balance").json["incoming"] == 10000, "on its way")
            got = friend.post(f"/v1/transfers/{sent['id']}/accept").expect(200)["payment"]
            check(got["state"] == "done" and balance(friend) == 10000, "accepted")
            kinds = [bill["kind"] for bill in payer.get("/v1/bills").expect(200)["items"]]
            check(kinds == ["transfer", "purchase", "topup"], kinds)
            check([b["direction"] for b in friend.get("/v1/bills").json["items"]] == ["in"], "the friend sees it")
            detail = payer.get(f"/v1/bills/{sent['id']}").expect(200)["bill"]
            check([m["state"] for m in detail["moves"]] == ["waiting", "done"] and len(detail["entries"]) == 2, detail["moves"])
            check(shop.get(f"/v1/merchants/{shop.merchant['id']}/takings").expect(200)["amount"] == 850, "takings")
            notices = friend.get("/v1/notices").expect(200)["items"]
            check(len(notices) == 2 and not notices[0]["read"], "notices")
            friend.post("/v1/notices/read").expect(200)
            check(friend.get("/v1/me").json["unread"] == 0, "read")
            server.audit()

        story("journey", journey)

        def card_purchase():
            payer, shop = server.person(), server.shop("书店")
            order = shop.post(f"/v1/merchants/{shop.merchant['id']}/orders", {"amount": 4500}).expect(201)["order"]
            paid = payer.post("/v1/purchases", {"code": order["code"], "amount": 4500, "source": "card", "card_id": payer.card["id"], "pin": PIN}).expect(201)["payment"]
            server.settled(payer, paid["id"], "done")
            check(balance(payer) == 0 and balance(shop) == 0, "passed by")
            now = shop.get(f"/v1/merchants/{shop.merchant['id']}/orders/{order['id']}").expect(200)["order"]
            check(now["state"] == "paid", now["state"])
            check(shop.get(f"/v1/merchants/{shop.merchant['id']}/takings").json["amount"] == 4500, "takings")
            buy(payer, order["code"], 4500).expect(409, "ORDER_PAID")

        story("purchase by card, order paid once", card_purchase)

        def race():
            payer, shop = server.person(1000), server.shop("一元店")
            clients = [server.client() for _ in range(100)]
            for client in clients:
                client.cookie = payer.cookie
            answers = in_parallel(100, lambda i: buy(clients[i], shop.merchant["code"], 1000))
            codes = sorted(str(a.code) if hasattr(a, "code") else repr(a) for a in answers)
            check(codes.count("None") == 1 and codes.count("INSUFFICIENT_BALANCE") == 99, codes)
            check(balance(payer) == 0, "spent once")

        story("row 1: 100 payments, money for one", race)

        def idempotency():
            payer, shop = server.person(100000), server.shop("同一家店")
            key = secrets.token_hex(16)
            clients = [server.client() for _ in range(50)]
            for client in clients:
                client.cookie = payer.cookie
            answers = in_parallel(50, lambda i: buy(clients[i], shop.merchant["code"], 1200, key))
            check({a.status for a in answers} == {201} and len({a.body for a in answers}) == 1, "one effect, one answer")
            check(balance(payer) == 98800, "paid once")
            buy(payer, shop.merchant["code"], 1300, key).expect(422, "IDEMPOTENCY_MISMATCH")
            server.stop()
            server.start()
            payer.close()
            again = buy(payer, shop.merchant["code"], 1200, key)
            check(again.body == answers[0].body and again.headers.get("Idempotency-Replayed") == "true", "the same after a restart")
            check(balance(payer) == 98800, "still once")
            bad = secrets.token_hex(16)
            buy(payer, shop.merchant["code"], 1200, bad, pin="111222").expect(403, "WRONG_PIN")
            buy(payer, shop.merchant["code"], 1200, bad).expect(201)
            poor, refused = server.person(100), secrets.token_hex(16)
            first = buy(poor, shop.merchant["code"], 200, refused)
            first.expect(422, "INSUFFICIENT_BALANCE")
            server.topup(poor, 5000)
            second = buy(poor, shop.merchant["code"], 200, refused)
            check(second.status == 422 and second.body == first.body, "a refusal is replayed too")

        story("row 2: one key, one effect, for ever", idempotency)

        def refusals():
            payer, shop, other = server.person(1000), server.shop("差钱店"), server.person(card=False)
            answer = buy(payer, shop.merchant["code"], 2230)
            answer.expect(422, "INSUFFICIENT_BALANCE")
            error = answer.json["error"]
            check("12.30" in error["message"] and "12.30" in error["message_zh"] and error["money_taken"] == "no", error)
            check([n["do"] for n in error["next"]] == ["TOPUP", "USE_CARD"], error["next"])
            buy(shop, shop.merchant["code"], 100).expect(422, "PAYEE_IS_PAYER")
            preview = payer.plain("/v1/transfers/preview", {"phone": payer.phone})
            me = payer.get("/v1/me").json["id"]
            payer.post("/v1/transfers", {"payee_id": me, "amount": 1, "pin": PIN}).expect(422, "PAYEE_IS_PAYER")
            check(preview.status in (200, 422), preview.status)
            payer.plain("/v1/transfers/preview", {"phone": "13999999999"}).expect(422, "PAYEE_UNKNOWN")
            nobody = server.register()
            payer.post("/v1/transfers", {"payee_id": nobody.person["id"], "amount": 1, "pin": PIN}).expect(422, "PAYEE_NOT_VERIFIED")
            payer.post("/v1/transfers", {"payee_id": other.get("/v1/me").json["id"], "amount": 5000001, "pin": PIN}).expect(422, "AMOUNT_TOO_LARGE")
            nobody.put("/v1/pin", {"pin": PIN}).expect(200)
            buy(nobody, shop.merchant["code"], 1).expect(422, "REALNAME_NEEDED")
            states = [(b["state"], b["reason"]["code"]) for b in payer.get("/v1/bills").json["items"] if b["reason"]]
            check(("refused", "INSUFFICIENT_BALANCE") in states and ("refused", "AMOUNT_TOO_LARGE") in states, states)
            server.audit()

        story("refusals say why, and stand among the bills", refusals)

        def more_than_asked():
            payer, shop, friend = server.person(1000), server.shop("多写一项"), server.person(card=False)
            code, payee = shop.merchant["code"], friend.get("/v1/me").json["id"]
            asked = {"/v1/purchases": {"code": code, "amount": 100, "source": "balance", "pin": PIN},
                     "/v1/transfers": {"payee_id": payee, "amount": 100, "pin": PIN},
                     "/v1/topups": {"card_id": payer.card["id"], "amount": 100, "pin": PIN},
                     "/v1/merchants": {"name": "新店"}}
            for path, body in asked.items():
                for field, value in (("balance", 1000000000), ("role", "admin"), ("tier", 3), ("state", "done"), ("payer", payee)):
                    answer = payer.post(path, {**body, field: value})
                    answer.expect(400, "UNKNOWN_FIELD")
                    check(answer.json["error"]["field"] == f"/{field}", answer.json)
            buy(payer, code, 100, card_id=payer.card["id"]).expect(400, "BAD_FIELD")
            buy(payer, code, 100, source="card").expect(400, "MISSING_FIELD")
            buy(payer, payer.get("/v1/receive").json["code"], 100).expect(400, "CODE_UNREADABLE")
            payer.post("/v1/transfers", {**asked["/v1/transfers"], "payee_id": shop.merchant["id"]}).expect(400, "BAD_FIELD")
            check(balance(payer) == 1000 and len(payer.get("/v1/bills").json["items"]) == 1, "nothing moved, nothing was kept")

        story("row 12: what was not asked for is not taken", more_than_asked)

        def currencies():
            """An amount is of CNY, said or not; of anything else it is none, wherever an amount is taken."""
            payer, shop, friend = server.person(5000), server.shop("外币不收"), server.person(card=False)
            merchant = f"/v1/merchants/{shop.merchant['id']}"
            paid = buy(payer, shop.merchant["code"], 100, currency="CNY").expect(201)["payment"]
            asked = [(payer, "/v1/purchases", {"code": shop.merchant["code"], "amount": 100, "source": "balance", "pin": PIN}),
                     (payer, "/v1/transfers", {"payee_id": friend.get("/v1/me").json["id"], "amount": 100, "pin": PIN}),
                     (payer, "/v1/topups", {"card_id": payer.card["id"], "amount": 100, "pin": PIN}),
                     (payer, "/v1/withdrawals", {"card_id": payer.card["id"], "amount": 100, "fee": 0, "pin": PIN}),
                     (shop, f"{merchant}/orders", {"amount": 100}),
                     (shop, f"{merchant}/charges", {"code": "1" * 18, "amount": 100}),
                     (shop, f"{merchant}/payments/{paid['id']}/refunds", {"amount": 50})]
            for who, path, body in asked:
                for other in ("USD", "JPY", "CNH", "cny", "", "CNY ", "人民币", 156, None, ["CNY"]):
                    error = who.post(path, {**body, "currency": other}).expect(400, "CURRENCY_MISMATCH")["error"]
                    check(error["field"] == "/currency" and error["money_taken"] == "no", error)
            payer.post("/v1/transfers", {**asked[1][2], "currency": "CNY"}).expect(201)
            payer.post("/v1/merchants", {"name": "有币种", "currency": "CNY"}).expect(400, "UNKNOWN_FIELD")
            check(balance(payer) == 4800 and balance(friend) == 0, "only what was CNY moved")

        story("row 7: a currency that is not ours", currencies)

        def nobody_there():
            """To oneself, to a wallet that has closed, from one that has, to a shop whose owner left."""
            payer, leaver, owner = server.person(5000), server.person(card=False), server.shop("关门小店")
            gone = leaver.get("/v1/me").json["id"]
            payer.post("/v1/transfers", {"payee_id": payer.get("/v1/me").json["id"], "amount": 1, "pin": PIN}).expect(422, "PAYEE_IS_PAYER")
            buy(owner, owner.merchant["code"], 100).expect(422, "PAYEE_IS_PAYER")
            leaver.post("/v1/me/close", {"pin": PIN}).expect(200)
            payer.post("/v1/transfers", {"payee_id": gone, "amount": 1, "pin": PIN}).expect(422, "PAYEE_UNKNOWN")  # a stranger does not learn that it closed
            payer.plain("/v1/transfers/preview", {"phone": leaver.phone}).expect(422, "PAYEE_UNKNOWN")
            leaver.get("/v1/balance").expect(401, "NOT_SIGNED_IN")
            owner.post("/v1/me/close", {"pin": PIN}).expect(200)
            buy(payer, owner.merchant["code"], 100).expect(422, "PAYEE_CLOSED")
            for other in (owner.merchant["id"], payer.card["id"], "0" * 26):  # accounts that are nobody's
                check(payer.post("/v1/transfers", {"payee_id": other, "amount": 1, "pin": PIN}).status in (400, 404), other)
            check(balance(payer) == 5000, "nothing moved")

        story("row 8: to oneself, to what has closed, to nobody", nobody_there)

        def pin_lock():
            payer, shop = server.person(10000), server.shop("锁店")
            clients = [server.client() for _ in range(10)]
            for client in clients:
                client.cookie = payer.cookie
            answers = in_parallel(10, lambda i: [buy(clients[i], shop.merchant["code"], 100, pin="11122%d" % i) for _ in range(4)])
            codes = [a.code for row in answers for a in row]
            check(codes.count("WRONG_PIN") <= 5 and set(codes) == {"WRONG_PIN", "PIN_LOCKED"}, codes)
            buy(payer, shop.merchant["code"], 100).expect(429, "PIN_LOCKED")
            check(balance(payer) == 10000, "nothing moved")

        story("PIN: five tries, then the right one is refused too", pin_lock)

        def limits():
            payer, shop = server.person(card=False), server.shop("限额店")
            rich = server.person(300000)
            sent = rich.post("/v1/transfers", {"payee_id": payer.get("/v1/me").json["id"], "amount": 150000, "pin": PIN}).expect(201)["payment"]
            payer.post(f"/v1/transfers/{sent['id']}/accept").expect(200)
            clients = [server.client() for _ in range(12)]
            for client in clients:
                client.cookie = payer.cookie
            orders = [shop.post(f"/v1/merchants/{shop.merchant['id']}/orders", {"amount": 10000}).expect(201)["order"]["code"] for _ in range(12)]
            answers = in_parallel(12, lambda i: buy(clients[i], orders[i], 10000))
            codes = [a.code for a in answers]
            check(codes.count(None) == 10 and codes.count("TIER_LIFETIME_LIMIT") == 2, codes)
            buy(payer, shop.merchant["code"], 1).expect(422, "TIER_LIFETIME_LIMIT")
            payer.card = server.bind(payer, card_number(900001))
            check(payer.get("/v1/me").json["tier"] == 2, "tier II")
            buy(payer, shop.merchant["code"], 1).expect(201)

        story("row 19: tier I ends at 1,000.00, in parallel too", limits)

        def strangers():
            payer, friend, thief = server.person(5000), server.person(card=False), server.person(5000)
            sent = payer.post("/v1/transfers", {"payee_id": friend.get("/v1/me").json["id"], "amount": 100, "pin": PIN}).expect(201)["payment"]
            for path in (f"/v1/payments/{sent['id']}", f"/v1/bills/{sent['id']}"):
                thief.get(path).expect(404, "NOT_FOUND")
            thief.post(f"/v1/transfers/{sent['id']}/accept").expect(404, "NOT_FOUND")
            payer.post(f"/v1/transfers/{sent['id']}/accept").expect(404, "NOT_FOUND")
            thief.post(f"/v1/cards/{payer.card['id']}/unbind", {"pin": PIN}).expect(404, "NOT_FOUND")
            thief.post("/v1/topups", {"card_id": payer.card["id"], "amount": 100, "pin": PIN}).expect(404, "NOT_FOUND")
            bent = sent["id"][:-1] + ("0" if sent["id"][-1] != "0" else "1")
            friend.get(f"/v1/bills/{bent}").expect(404, "NOT_FOUND")
            bent_code = "qianbao:m:" + bent
            payer.plain("/v1/scan", {"text": bent_code}).expect(400, "CODE_UNREADABLE")
            friend.post(f"/v1/transfers/{sent['id']}/return").expect(200)
            friend.post(f"/v1/transfers/{sent['id']}/accept").expect(409, "NOT_WAITING")
            check(balance(payer) == 5000, "returned")

        story("rows 11, 17: what is not yours is not there; a bent code is none", strangers)

        def other_shops():
            payer, mine, other = server.person(5000), server.shop("我家店"), server.shop("别家店")
            order = mine.post(f"/v1/merchants/{mine.merchant['id']}/orders", {"amount": 900, "note": "两碗面"}).expect(201)["order"]
            for shop in (mine.merchant, other.merchant):  # through one's own shop as little as through theirs
                path = f"/v1/merchants/{shop['id']}/orders/{order['id']}"
                other.get(path).expect(404, "NOT_FOUND")
                other.post(f"{path}/close").expect(404, "NOT_FOUND")
            other.post(f"/v1/merchants/{mine.merchant['id']}/orders", {"amount": 1}).expect(404, "NOT_FOUND")
            other.get(f"/v1/merchants/{mine.merchant['id']}/takings").expect(404, "NOT_FOUND")
            paid = buy(payer, order["code"], 900).expect(201)["payment"]
            other.get(f"/v1/payments/{paid['id']}").expect(404, "NOT_FOUND")
            other.get(f"/v1/bills/{paid['id']}").expect(404, "NOT_FOUND")
            seen = mine.get(f"/v1/payments/{paid['id']}").expect(200)["payment"]
            check(seen["direction"] == "in" and seen["money_taken"] == "no" and seen["note"] == "两碗面", seen)
            check(seen["counterparty"]["name"].endswith(f"({payer.get('/v1/me').json['real_name']['name']})"), seen["counterparty"])

        story("row 10: another's shop is not there", other_shops)

        def declined_before_the_shop():
            cards = server.client().get("/demo/cards").expect(200)["items"]
            poor, shop = server.person(card=False), server.shop("看不见原因店")
            poor.card = server.bind(poor, next(c["number"] for c in cards if "(AM04)" in c["behaviour"]))
            order = shop.post(f"/v1/merchants/{shop.merchant['id']}/orders", {"amount": 700}).expect(201)["order"]
            asked = poor.post("/v1/purchases", {"code": order["code"], "amount": 700, "source": "card", "card_id": poor.card["id"], "pin": PIN}).expect(201)["payment"]
            done = server.settled(poor, asked["id"], "declined")
            check(done["reason"]["code"] == "BANK_FUNDS" and done["money_taken"] == "no", done)
            seen = shop.get(f"/v1/payments/{asked['id']}").expect(200)["payment"]
            check(seen["state"] == "declined" and seen["reason"] is None and seen["source"]["card"] is None, seen)
            now = shop.get(f"/v1/merchants/{shop.merchant['id']}/orders/{order['id']}").expect(200)["order"]
            check(now["state"] == "open" and now["payment"] is None, now)

        story("a shop does not learn why a bank declined", declined_before_the_shop)

        def unbound():
            payer, shop = server.person(), server.shop("解绑店")
            body = {"code": shop.merchant["code"], "amount": 300, "source": "card", "card_id": payer.card["id"], "pin": PIN}
            clients = [server.client() for _ in range(2)]
            for client in clients:
                client.cookie = payer.cookie
            paid, gone = in_parallel(2, lambda i: clients[i].post(f"/v1/cards/{payer.card['id']}/unbind", {"pin": PIN}) if i else clients[i].post("/v1/purchases", body))
            check((paid.status, gone.status) in ((201, 200), (422, 200), (201, 409)), (paid.body, gone.body))
            if paid.status == 201:
                server.settled(payer, paid.json["payment"]["id"], "done")
            server.audit()

        story("row 44: a card taken out while it pays", unbound)

        def one_id():
            first, second = server.register(), server.register()
            body = {"name": "王小强", "id_number": id_number(777)}
            answers = in_parallel(2, lambda i: (first, second)[i].post("/v1/realname", body))
            codes = sorted(str(a.code) for a in answers)
            check(codes == ["ID_IN_USE", "None"], codes)
            third = server.register()
            third.post("/v1/realname", {"name": "王小强", "id_number": "11010519491231002Y"}).expect(400, "BAD_ID_NUMBER")
            third.post("/v1/realname", {"name": "王小强", "id_number": "110105199002300015"}).expect(400, "BAD_ID_NUMBER")

        story("row 20: one ID, one wallet", one_id)

        def logged_out():
            person = server.person()
            other = server.client()
            other.cookie = person.cookie
            person.call("DELETE", "/v1/sessions/current", key=secrets.token_hex(16)).expect(200)
            other.get("/v1/me").expect(401, "NOT_SIGNED_IN")
            other.post("/v1/topups", {"card_id": person.card["id"], "amount": 100, "pin": PIN}).expect(401, "NOT_SIGNED_IN")

        story("row 26: a login that was ended is none", logged_out)

        def scripts():
            word = "<script>alert(1)</script>"
            client = server.register(nickname=word[:20])
            check(client.get("/v1/me").json["nickname"] == word[:20], "kept as text")
            check(b"<script" not in client.get("/v1/me").body, "escaped on the way out")

        story("row 28: a name is text", scripts)

        def waits():
            payer, friend = server.person(3000), server.person(card=False)
            sent = payer.post("/v1/transfers", {"payee_id": friend.get("/v1/me").json["id"], "amount": 700, "pin": PIN}).expect(201)["payment"]
            done = server.cli("sandbox", "clock", "+25h")
            check(done.returncode == 0, done.stderr)
            server.settled(payer, sent["id"], "returned")
            check(balance(payer) == 3000, "back by itself")
            friend.post(f"/v1/transfers/{sent['id']}/accept").expect(409, "NOT_WAITING")
            check(server.cli("sandbox", "clock", "-1h").returncode != 0, "the clock went back")
            server.audit()

        story("a transfer that nobody accepts returns after 24 h", waits)

        def magic():
            cards = {c["behaviour"]: c["number"] for c in server.client().get("/demo/cards").expect(200)["items"]}
            check(len(cards) >= 6, list(cards))
            ends = {}
            for behaviour, number in cards.items():
                client = server.person(card=False)
                answer = client.post("/v1/cards", {"number": number, "phone": client.phone})
                if answer.status != 201:
                    ends[behaviour] = answer.code
                    continue
                code = server.sms(client.phone, "bank")
                bound = client.post(f"/v1/cards/{answer.json['binding_id']}/confirm", {"code": code})
                if bound.status != 201:
                    ends[behaviour] = bound.code
                    continue
                client.card = bound.json["card"]
                topup = client.post("/v1/topups", {"card_id": client.card["id"], "amount": 1000, "pin": PIN}).expect(201)["payment"]
                seen = lambda: client.get(f"/v1/payments/{topup['id']}").json["payment"]
                until(lambda: seen()["state"] in ("done", "declined"), f"{behaviour}: no end")
                now = seen()
                ends[behaviour] = now["reason"]["code"] if now["reason"] else now["state"]
                check(balance(client) == (1000 if now["state"] == "done" else 0), f"{behaviour}: {now['state']}")
                check(now["money_taken"] == ("yes" if now["state"] == "done" else "no"), f"{behaviour}: {now['money_taken']}")
            found = set(ends.values())
            print("     " + ", ".join(f"{k}: {v}" for k, v in ends.items()))
            for wanted in ("done", "BANK_FUNDS", "BANK_CARD_LOST", "BANK_LIMIT", "BANK_DECLINED", "CARD_ELEMENTS"):
                check(wanted in found, f"no card gives {wanted}")
            server.audit()

        story("every test card ends on its bill", magic)
        story("the books", lambda: server.audit() or None)
    finish()


if __name__ == "__main__":
    main()
