# SPDX-License-Identifier: Apache-2.0
"""Limits, by tier and by how a payment was verified: python3 limit_story.py [STORE]"""
import sys

from harness import PIN, Server, card_number, check, finish, in_parallel, story


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None) as server:
        def lines(client):
            answer = client.get("/v1/limits").expect(200)
            return answer["tier"], {line["limit"]: line for line in answer["items"]}, [step["do"] for step in answer["next"]]

        def buy(client, code, amount):
            return client.post("/v1/purchases", {"code": code, "amount": amount, "source": "balance", "pin": PIN})

        def order(shop, amount):
            return shop.post(f"/v1/merchants/{shop.merchant['id']}/orders", {"amount": amount}).expect(201)["order"]["code"]

        def what_is_shown():
            stranger, name_only, whole = server.register(), server.person(card=False), server.person()
            check(lines(stranger) == (0, {}, ["VERIFY_NAME"]), lines(stranger))
            tier, shown, steps = lines(name_only)
            check(tier == 1 and list(shown) == ["life", "day_free", "day_pin", "day_static"] and steps == ["BIND_CARD"], (shown, steps))
            check(shown["life"]["most"] == shown["life"]["left"] == 100_000 and shown["life"]["resets_at"] is None, shown["life"])
            tier, shown, steps = lines(whole)
            check(tier == 2 and shown["year"]["most"] == 10_000_000 and shown["year"]["resets_at"].endswith("-01-01T00:00:00.000+08:00"), shown)
            check(shown["day_static"]["resets_at"].endswith("T00:00:00.000+08:00"), shown)

        def used_and_left():
            payer, shop, friend = server.person(300_000), server.shop("额度店"), server.person(card=False)
            buy(payer, shop.merchant["code"], 30_000).expect(201)
            buy(payer, order(shop, 40_000), 40_000).expect(201)
            sent = payer.post("/v1/transfers", {"payee_id": friend.person["id"], "amount": 50_000, "pin": PIN}).expect(201)["payment"]
            payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 60_000, "source": "card", "card_id": payer.card["id"], "pin": PIN}).expect(201)
            _, shown, _ = lines(payer)
            used = {name: line["used"] for name, line in shown.items()}
            check(used == {"year": 120_000, "day_free": 0, "day_pin": 120_000, "day_static": 30_000}, used)
            check(all(line["left"] == line["most"] - line["used"] for line in shown.values()), shown)
            friend.post(f"/v1/transfers/{sent['id']}/return").expect(200)
            _, shown, _ = lines(payer)
            check((shown["year"]["used"], shown["day_pin"]["used"]) == (70_000, 70_000), shown)

        def static_code():
            payer, shop = server.person(200_000), server.shop("墙上的码")
            clients = [server.client() for _ in range(10)]
            for client in clients:
                client.cookie = payer.cookie
            codes = [a.code for a in in_parallel(10, lambda i: buy(clients[i], shop.merchant["code"], 10_000))]
            check(codes.count(None) == 5 and codes.count("DAY_LIMIT_STATIC") == 5, codes)  # 500.00 a day, however many at once
            refused = buy(payer, shop.merchant["code"], 1).expect(422, "DAY_LIMIT_STATIC")["error"]
            check("500.00" in refused["message"] and "0.00" in refused["message"] and refused["money_taken"] == "no", refused)
            check([step["do"] for step in refused["next"]][-1] == "LIMITS", refused["next"])
            buy(payer, order(shop, 20_000), 20_000).expect(201)  # a code with its amount goes on

        def with_pin():
            payer, shop = server.person(900_000), server.shop("五千元")
            for _ in range(5):
                buy(payer, order(shop, 100_000), 100_000).expect(201)
            late = order(shop, 100)
            refused = buy(payer, late, 100).expect(422, "DAY_LIMIT_PIN")["error"]
            check(refused["next"][0]["do"] == "USE_CARD", refused["next"])
            payer.post("/v1/purchases", {"code": late, "amount": 100, "source": "card", "card_id": payer.card["id"], "pin": PIN}).expect(201)
            server.client().plain("/demo/clock", {"advance_s": 86_400}).expect(200)
            buy(payer, order(shop, 100_000), 100_000).expect(201)
            _, shown, _ = lines(payer)
            check((shown["day_pin"]["used"], shown["year"]["used"]) == (100_000, 600_000), shown)

        def rises():
            payer, friend, shop = server.person(card=False), server.person(200_000), server.shop("升级店")
            sent = friend.post("/v1/transfers", {"payee_id": payer.person["id"], "amount": 120_000, "pin": PIN}).expect(201)["payment"]
            payer.post(f"/v1/transfers/{sent['id']}/accept").expect(200)
            buy(payer, order(shop, 100_000), 100_000).expect(201)
            code = order(shop, 1)
            refused = buy(payer, code, 1).expect(422, "TIER_LIFETIME_LIMIT")["error"]
            check(refused["next"][0]["do"] == "BIND_CARD", refused)
            payer.card = server.bind(payer, card_number(700_001))
            buy(payer, code, 1).expect(201)
            tier, shown, _ = lines(payer)
            check(tier == 2 and shown["year"]["used"] == 100_001, shown)  # what tier I paid counts in the year

        story("what is shown to each tier", what_is_shown)
        story("used and left, and what comes back", used_and_left)
        story("row 19: a static code, in parallel", static_code)
        story("with the PIN, until midnight", with_pin)
        story("tier I to tier II", rises)
        story("the books", server.audit)
    finish()


main()
