# SPDX-License-Identifier: Apache-2.0
"""What a person does with the wallet itself: a forgotten password, another phone, closing it: python3 account_story.py [STORE]"""
import sys

from harness import PASSWORD, PIN, Server, check, finish, in_parallel, story

NEW = "jiming-si 4403 feng"


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None) as server:
        person = server.person

        def code(phone, purpose):
            server.client().plain("/v1/codes", {"phone": phone, "purpose": purpose}).expect(200)
            return server.sms(phone, "wallet")

        def later(seconds=61):
            server.client().plain("/demo/clock", {"advance_s": seconds}).expect(200)

        def sign_in(phone, password):
            return server.client().plain("/v1/sessions", {"phone": phone, "password": password})

        def forgotten():
            owner = person()
            body = {"phone": owner.phone, "code": code(owner.phone, "password"), "password": NEW, "name": owner.name, "id_number": owner.id_number}
            stranger = server.client()
            stranger.plain("/v1/password/reset", {**body, "code": "000000" if body["code"] != "000000" else "111111"}).expect(401, "WRONG_CODE")
            stranger.plain("/v1/password/reset", {**body, "password": "12345678"}).expect(400, "WEAK_PASSWORD")
            check(sign_in(owner.phone, PASSWORD).status == 201, "the old password still holds")
            stranger.plain("/v1/password/reset", body).expect(201)
            check(stranger.get("/v1/me").expect(200)["phone"] == owner.phone[:3] + "****" + owner.phone[7:], "signed in")
            owner.get("/v1/me").expect(401, "NOT_SIGNED_IN")
            sign_in(owner.phone, PASSWORD).expect(401, "WRONG_LOGIN")
            sign_in(owner.phone, NEW).expect(201)
            told = [m for m in server.client().get("/demo/inbox").json["items"] if m["phone"] == owner.phone and m["purpose"] == "password_changed"]
            check(len(told) == 1 and told[0]["code"] == "", f"told: {told}")
            stranger.plain("/v1/password/reset", body).expect(401, "WRONG_CODE")  # a code is good once

        def stolen_phone():
            owner, other = person(), person()
            wrongs = [{}, {"name": owner.name}, {"name": owner.name, "id_number": other.id_number}, {"name": "诸葛亮", "id_number": owner.id_number},
                      {"card_number": other.card_number}]
            for wrong in wrongs:
                body = {"phone": owner.phone, "code": code(owner.phone, "password"), "password": NEW, **wrong}
                server.client().plain("/v1/password/reset", body).expect(403, "RECOVERY_PROOF")
                later(3601)  # a phone gets five codes an hour
            right = {"phone": owner.phone, "code": code(owner.phone, "password"), "password": NEW, "name": owner.name, "id_number": owner.id_number}
            server.client().plain("/v1/password/reset", right).expect(429, "TOO_MANY_TRIES")
            sign_in(owner.phone, PASSWORD).expect(201)

        def by_card():
            owner = person()
            body = {"phone": owner.phone, "code": code(owner.phone, "password"), "password": NEW, "card_number": owner.card_number}
            check(body["card_number"][-4:] == owner.card["last4"], "the test knows the card")
            server.client().plain("/v1/password/reset", body).expect(201)
            sign_in(owner.phone, NEW).expect(201)

        def no_name():
            owner = server.register()
            server.client().plain("/v1/password/reset", {"phone": owner.phone, "code": code(owner.phone, "password"), "password": NEW}).expect(201)
            nobody = "13900990099"
            server.client().plain("/v1/password/reset", {"phone": nobody, "code": code(nobody, "password"), "password": NEW}).expect(404, "NOT_FOUND")

        def another_phone():
            owner, other = person(balance=1000), person()
            new = "15800004321"
            owner.put("/v1/me/phone", {"phone": new, "code": code(new, "phone"), "pin": "926481"}).expect(403, "WRONG_PIN")
            owner.put("/v1/me/phone", {"phone": new, "code": "000001", "pin": PIN}).expect(401, "WRONG_CODE")
            later()
            owner.put("/v1/me/phone", {"phone": other.phone, "code": code(other.phone, "phone"), "pin": PIN}).expect(409, "PHONE_TAKEN")
            key = "change-my-phone-0001"
            right = {"phone": new, "code": code(new, "phone"), "pin": PIN}
            done = owner.put("/v1/me/phone", right, key).expect(200)
            check(done["person"]["phone"] == "158****4321", done)
            check(owner.put("/v1/me/phone", right, key).expect(200) == done, "a repeat says the same")
            sign_in(owner.phone, PASSWORD).expect(401, "WRONG_LOGIN")
            sign_in(new, PASSWORD).expect(201)
            told = [m for m in server.client().get("/demo/inbox").json["items"] if m["phone"] == owner.phone and m["purpose"] == "phone_changed"]
            check(len(told) == 1, "the old phone was told")
            check(other.plain("/v1/transfers/preview", {"phone": new}).expect(200)["payee"]["name"], "found by the new phone")
            other.plain("/v1/transfers/preview", {"phone": owner.phone}).expect(422, "PAYEE_UNKNOWN")
            server.register(owner.phone)  # the old phone may open a wallet of its own

        def reasons(client):
            answer = client.get("/v1/me/closing").expect(200)
            check(answer["can_close"] == (not answer["reasons"]), answer)
            return [r["code"] for r in answer["reasons"]]

        def not_while_open():
            owner, friend = person(balance=5000), person(balance=2000)
            check(reasons(owner) == ["CLOSE_BALANCE"], reasons(owner))
            payee = friend.plain("/v1/transfers/preview", {"phone": owner.phone}).expect(200)["payee"]
            coming = friend.post("/v1/transfers", {"payee_id": payee["id"], "amount": 300, "pin": PIN}).expect(201)["payment"]
            payee = owner.plain("/v1/transfers/preview", {"phone": friend.phone}).expect(200)["payee"]
            owner.post("/v1/transfers", {"payee_id": payee["id"], "amount": 5000, "pin": PIN}).expect(201)
            check(sorted(reasons(owner)) == ["CLOSE_COMING", "CLOSE_HELD"], reasons(owner))
            owner.post("/v1/me/close", {"pin": PIN}).expect(422, "CLOSE_HELD")
            owner.post(f"/v1/transfers/{coming['id']}/return").expect(200)
            check(reasons(owner) == ["CLOSE_HELD"], reasons(owner))
            owner.get("/v1/me").expect(200)

            keeper = server.shop("还有货款的店")
            friend.post("/v1/purchases", {"code": keeper.merchant["code"], "amount": 100, "source": "balance", "pin": PIN}).expect(201)
            listed = keeper.get("/v1/me/closing").expect(200)["reasons"]
            check([r["code"] for r in listed] == ["CLOSE_SHOP"] and "还有货款的店" in listed[0]["message_zh"] and "1.00" in listed[0]["message_zh"], listed)

        def closes():
            owner, friend = person(), person(balance=1000)
            shop = owner.post("/v1/merchants", {"name": "关门大吉"}).expect(201)["merchant"]
            number = owner.id_number
            check(reasons(owner) == [], reasons(owner))
            owner.post("/v1/me/close", {"pin": "926481"}).expect(403, "WRONG_PIN")
            owner.post("/v1/me/close", {"pin": PIN}).expect(200)
            owner.get("/v1/me").expect(401, "NOT_SIGNED_IN")
            sign_in(owner.phone, PASSWORD).expect(401, "WRONG_LOGIN")
            friend.plain("/v1/transfers/preview", {"phone": owner.phone}).expect(422, "PAYEE_UNKNOWN")
            friend.post("/v1/purchases", {"code": shop["code"], "amount": 100, "source": "balance", "pin": PIN}).expect(422, "PAYEE_CLOSED")
            later()
            again = server.register(owner.phone)
            again.put("/v1/pin", {"pin": PIN}).expect(200)
            again.name = owner.name
            again.post("/v1/realname", {"name": owner.name, "id_number": number}).expect(200)
            server.bind(again, owner.card_number)
            check(again.get("/v1/bills").expect(200)["items"] == [], "another wallet, without the old one's bills")

        def races():
            """Closing against money that comes in: either it closes and nothing came, or it came and it stays open."""
            for _ in range(8):
                owner, friend = person(), person(balance=1000)
                payee = friend.plain("/v1/transfers/preview", {"phone": owner.phone}).expect(200)["payee"]
                answers = in_parallel(2, lambda i: owner.post("/v1/me/close", {"pin": PIN}) if i == 0 else
                                      friend.post("/v1/transfers", {"payee_id": payee["id"], "amount": 100, "pin": PIN}))
                check([a.status for a in answers] in ([200, 422], [422, 201]), [(a.status, a.body[:120]) for a in answers])

        story("a forgotten password, by name and number", forgotten)
        story("who has only the phone does not get in", stolen_phone)
        story("a forgotten password, by a bound card", by_card)
        story("a forgotten password without a name, and without a wallet", no_name)
        story("another phone; the old one is told", another_phone)
        story("no closing while anything is open, and all of it is said", not_while_open)
        story("a wallet closes, and its phone, number and card are free", closes)
        story("closing against money that comes in", races)
        story("the books", server.audit)
    finish()


main()
