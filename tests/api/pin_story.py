# SPDX-License-Identifier: Apache-2.0
"""A forgotten payment PIN: python3 pin_story.py [STORE]"""
import secrets
import sys

from harness import PASSWORD, PIN, Server, card_number, check, finish, in_parallel, story

NEW = "390572"


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None) as server:
        person = server.person

        def proof(client, **change):
            return {"name": client.name, "id_number": client.id_number, "card_number": client.card_number, "phone": client.phone, **change}

        def pays(client, shop, pin):
            return client.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 100, "source": "balance", "pin": pin})

        def wrong_code(code):
            return "000000" if code != "000000" else "111111"

        def forgotten():
            owner, shop = person(balance=5_000), server.shop()
            other = server.client()
            other.plain("/v1/sessions", {"phone": owner.phone, "password": PASSWORD}).expect(201)
            for _ in range(5):
                pays(owner, shop, "926481")
            pays(owner, shop, PIN).expect(429, "PIN_LOCKED")
            asked = owner.post("/v1/pin/reset", proof(owner)).expect(201)
            code = server.sms(owner.phone, "bank")
            confirm = f"/v1/pin/reset/{asked['reset_id']}/confirm"
            owner.post(confirm, {"code": code, "pin": "123456"}).expect(400, "WEAK_PIN")  # and the code is still good
            owner.post(confirm, {"code": wrong_code(code), "pin": NEW}).expect(401, "WRONG_CODE")
            check(owner.post(confirm, {"code": code, "pin": NEW}).expect(200)["pin"]["set"], "set")
            pays(owner, shop, PIN).expect(403, "WRONG_PIN")
            pays(owner, shop, NEW).expect(201)
            other.get("/v1/me").expect(401, "NOT_SIGNED_IN")
            told = [m for m in server.client().get("/demo/inbox").json["items"] if m["phone"] == owner.phone and m["purpose"] == "pin_changed"]
            check(len(told) == 1 and told[0]["code"] == "", told)
            owner.post("/v1/paycode", {}).expect(422, "PAYCODE_SUSPENDED")  # paused until the PIN switches it on
            owner.post(confirm, {"code": code, "pin": PIN}).expect(401, "WRONG_CODE")  # once

        def who_has_the_phone_only():
            owner, other = person(balance=1_000), person()
            number, card = other.id_number, other.card_number
            sent = len(server.client().get("/demo/inbox").json["items"])
            for change in ({"name": "诸葛亮"}, {"id_number": number}, {"card_number": card}, {"card_number": card_number(999_001)}, {"name": other.name, "id_number": number}):
                owner.post("/v1/pin/reset", proof(owner, **change)).expect(403, "RECOVERY_PROOF")
            check(len(server.client().get("/demo/inbox").json["items"]) == sent, "no bank was asked")
            owner.post("/v1/pin/reset", proof(owner)).expect(429, "TOO_MANY_TRIES")  # five a day, then the right one too
            server.register().post("/v1/pin/reset", proof(other)).expect(422, "PIN_NOT_SET")

        def at_once():
            """Row 21: many at once are still five."""
            owner = person()
            clients = [server.client() for _ in range(20)]
            for client in clients:
                client.cookie = owner.cookie
            codes = [a.code for a in in_parallel(20, lambda i: clients[i].post("/v1/pin/reset", proof(owner, name=f"王{'一二三四五六七八九十'[i % 10]}")))]
            check(codes.count("RECOVERY_PROOF") == 5 and codes.count("TOO_MANY_TRIES") == 15, codes)

        def somebody_elses():
            owner, other = person(), person()
            asked = owner.post("/v1/pin/reset", proof(owner)).expect(201)
            code = server.sms(owner.phone, "bank")
            other.post(f"/v1/pin/reset/{asked['reset_id']}/confirm", {"code": code, "pin": NEW}).expect(404, "NOT_FOUND")
            answers = in_parallel(6, lambda i: server_client(owner).post(f"/v1/pin/reset/{asked['reset_id']}/confirm", {"code": code, "pin": NEW}))
            check(sorted(a.status for a in answers) == [200] + 5 * [401], [(a.status, a.code) for a in answers])

        def server_client(owner):
            client = server.client()
            client.cookie = owner.cookie
            return client

        def late():
            owner = person()
            asked = owner.post("/v1/pin/reset", proof(owner)).expect(201)
            code = server.sms(owner.phone, "bank")
            server.client().plain("/demo/clock", {"advance_s": 3_600}).expect(200)
            owner.post(f"/v1/pin/reset/{asked['reset_id']}/confirm", {"code": code, "pin": NEW}, secrets.token_hex(16)).expect(401, "WRONG_CODE")

        story("a forgotten PIN, also a locked one", forgotten)
        story("who has only the phone gets nowhere", who_has_the_phone_only)
        story("row 21: many tries at once", at_once)
        story("one person's, once", somebody_elses)
        story("a code that is too old", late)
        story("the books", server.audit)
    finish()


main()
