# SPDX-License-Identifier: Apache-2.0
"""Row 11: trying out numbers and names is slow: python3 rate_story.py [STORE]"""
import secrets
import sys

from harness import PIN, Server, check, finish, in_parallel, story


def main():
    store = sys.argv[1] if len(sys.argv) > 1 else None
    with Server(store=store, flags=["--lookups-per-minute", "20", "--misses-max", "12"]) as server:
        def guess():
            return "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(25))

        def whose_phone():
            curious, friend = server.person(card=False), server.person(card=False)
            answers = [curious.plain("/v1/transfers/preview", {"phone": f"1380001{i:04}"}) for i in range(25)]
            check([a.code for a in answers] == 20 * ["PAYEE_UNKNOWN"] + 5 * ["TOO_MANY_TRIES"], [a.code for a in answers])
            check(answers[-1].status == 429 and 0 < int(answers[-1].headers["Retry-After"]) <= 60, answers[-1].headers)
            curious.plain("/v1/scan", {"text": "qianbao:p:" + guess()}).expect(429, "TOO_MANY_TRIES")  # one purse for all that tells names
            curious.get("/v1/balance").expect(200)
            friend.plain("/v1/transfers/preview", {"phone": curious.phone}).expect(200)  # nobody else waits

        def in_parallel_too():
            curious = server.person(card=False)
            clients = [server.client() for _ in range(40)]
            for client in clients:
                client.cookie = curious.cookie
            codes = [a.code for a in in_parallel(40, lambda i: clients[i].plain("/v1/transfers/preview", {"phone": f"1380002{i:04}"}))]
            check(20 <= codes.count("PAYEE_UNKNOWN") <= 22 and codes.count("TOO_MANY_TRIES") >= 18, codes)  # two readers may ask at once

        def others_numbers():
            owner, curious, shop = server.person(10_000), server.person(10_000), server.shop()
            mine = owner.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 100, "source": "balance", "pin": PIN}).expect(201)["payment"]
            own = curious.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 100, "source": "balance", "pin": PIN}).expect(201)["payment"]
            curious.get(f"/v1/bills/{mine['id']}").expect(404, "NOT_FOUND")
            for _ in range(11):
                curious.get(f"/v1/bills/0{guess()}").expect(404, "NOT_FOUND")
            curious.get(f"/v1/bills/0{guess()}").expect(429, "TOO_MANY_TRIES")
            curious.get(f"/v1/bills/{own['id']}").expect(429, "TOO_MANY_TRIES")  # even what exists: nothing is learned
            owner.get(f"/v1/bills/{mine['id']}").expect(200)
            curious.get("/v1/bills").expect(200)
            curious.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 100, "source": "balance", "pin": PIN}).expect(201)

        story("row 11: whose phone is this", whose_phone)
        story("row 11: many at once", in_parallel_too)
        story("row 11: others' numbers", others_numbers)
        story("the books", server.audit)
    finish()


main()
