# SPDX-License-Identifier: Apache-2.0
"""Maintenance: what rests is refused by name and until when, and goes through afterwards by the same key; the status page needs nobody: python3 maintenance_story.py [STORE]"""
import json
import sys

from harness import PIN, Server, card_number, check, finish, story
from openapi_test import Stream


def main():
    store = sys.argv[1] if len(sys.argv) > 1 else None
    with Server(store=store) as server:
        server.staff("he")

        def rests(what, more=("--for", "1h")):
            return server.by("he", "maintenance", "add", "--what", what, *more, "--words", "The hall is swept.", "--words_zh", "打扫大厅。")

        def over(window):
            server.by("he", "maintenance", "end", "--id", window["id"])

        def status():
            return server.client().get("/v1/status").expect(200)

        def open_now(kind="functions"):
            return {row["name"]: row["open"] for row in status()[kind]}

        def one_function():
            payer, friend = server.person(50_000), server.person(card=False)
            payee = payer.plain("/v1/transfers/preview", {"phone": friend.phone}).expect(200)["payee"]["id"]
            body, key = {"payee_id": payee, "amount": 100, "pin": PIN}, "maintenance-key-0001"
            window = rests("transfer,withdrawal")
            check(open_now() | {"transfer": True, "withdrawal": True} == {name: True for name in open_now()} and not open_now()["transfer"], open_now())
            answer = payer.post("/v1/transfers", body, key)
            error = answer.expect(503, "MAINTENANCE")["error"]
            check(error["money_taken"] == "no" and error["class"] == "REFUSED" and error["help"] == "maintenance", error)
            check("转账" in error["message_zh"] and "Transfer" in error["message"] and ":" in error["message"], error)
            check(3000 < int(answer.headers["Retry-After"]) <= 3600, answer.headers)
            check([step["do"] for step in error["next"]] == ["RETRY", "STATUS"], error["next"])
            bill = payer.get("/v1/bills?limit=1").expect(200)["items"][0]
            check((bill["state"], bill["reason"]["code"]) == ("refused", "MAINTENANCE"), bill)
            payer.post("/v1/withdrawals", {"card_id": payer.card["id"], "amount": 100, "fee": 0, "pin": PIN}).expect(503, "MAINTENANCE")
            server.topup(payer, 500)  # what does not rest goes on
            payer.post("/v1/transfers", body, key).expect(503, "MAINTENANCE")
            over(window)
            sent = payer.post("/v1/transfers", body, key).expect(201)["payment"]  # the key was not used up
            check(payer.post("/v1/transfers", body, key).expect(201)["payment"]["id"] == sent["id"], "and now it is")
            friend.post(f"/v1/transfers/{sent['id']}/accept").expect(200)

        def one_bank():
            payer, shop = server.person(1_000), server.shop()
            icbc = server.bind(payer, card_number(7, prefix="622202", length=19))
            check(payer.card["bank_code"] != icbc["bank_code"], icbc)
            window = rests(f"bank:{payer.card['bank_code']}")
            error = payer.post("/v1/topups", {"card_id": payer.card["id"], "amount": 100, "pin": PIN}).expect(503, "MAINTENANCE")["error"]
            check(payer.card["bank"] in error["message_zh"] and payer.card["bank_en"] in error["message"], error)
            payer.post("/v1/withdrawals", {"card_id": payer.card["id"], "amount": 100, "fee": 0, "pin": PIN}).expect(503, "MAINTENANCE")
            payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 100, "source": "card", "card_id": payer.card["id"], "pin": PIN}).expect(503, "MAINTENANCE")
            check(not open_now("banks")[payer.card["bank_code"]] and open_now("banks")[icbc["bank_code"]], open_now("banks"))
            paid = payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 2_000, "source": "auto", "pin": PIN}).expect(201)["payment"]
            done = server.settled(payer, paid["id"], "done")  # the other card is asked
            check(done["source"]["card"]["id"] == icbc["id"], done["source"])
            over(window)
            server.topup(payer, 100)

        def everything():
            payer, friend = server.person(5_000), server.person(card=False)
            window = rests("everything", ("--for", "30min", "--emergency"))
            payer.post("/v1/topups", {"card_id": payer.card["id"], "amount": 100, "pin": PIN}).expect(503, "MAINTENANCE")
            payer.post("/v1/merchants", {"name": "新店"}).expect(503, "MAINTENANCE")
            payer.put("/v1/transfers/settings", {"arrival": "2h"}).expect(503, "MAINTENANCE")
            for path in ("/v1/me", "/v1/balance", "/v1/bills", "/v1/notices", "/v1/limits"):
                payer.get(path).expect(200)
            case = payer.post("/v1/cases", {"about": "other", "words": "还要多久"}).expect(201)["case"]  # who needs help has it
            check(case["step"] == "received", case)
            payer.post("/v1/paycode/suspend").expect(200)  # and who protects himself
            server.client().plain("/v1/sessions", {"phone": friend.phone, "password": "wrong 2317"}).expect(401, "WRONG_LOGIN")
            check(not any(open_now().values()) and not any(open_now("banks").values()), "all rest")
            over(window)
            payer.put("/v1/transfers/settings", {"arrival": "2h"}).expect(200)

        def planned_and_extended():
            payer = server.person()
            window = rests("topup", ("--in", "2h", "--for", "1h"))
            check(status()["windows"][0]["state"] == "planned" and open_now()["topup"], "not yet")
            server.topup(payer, 100)
            server.client().plain("/demo/clock", {"advance_s": 2 * 3600 + 5}).expect(200)
            body, key = {"card_id": payer.card["id"], "amount": 100, "pin": PIN}, "maintenance-key-0002"
            payer.post("/v1/topups", body, key).expect(503, "MAINTENANCE")
            server.by("he", "maintenance", "tell", "--id", window["id"], "--progress", "Half is done.", "--progress_zh", "完成一半。", "--for", "3h")
            shown = status()["windows"][0]
            check(shown["progress_zh"] == "完成一半。" and shown["state"] == "under_way", shown)
            server.client().plain("/demo/clock", {"advance_s": 3600}).expect(200)
            payer.post("/v1/topups", body, key).expect(503, "MAINTENANCE")  # it was extended
            server.client().plain("/demo/clock", {"advance_s": 2 * 3600}).expect(200)
            server.settled(payer, payer.post("/v1/topups", body, key).expect(201)["payment"]["id"], "done")  # it ends by itself
            check(status()["windows"][0]["state"] == "over", "over")
            error = server.by("he", "maintenance", "tell", "--id", window["id"], "--progress", "x", code=1)
            check(error["code"] == "WINDOW_OVER", error)
            called_off = rests("topup", ("--in", "1h", "--for", "1h"))
            over(called_off)
            server.client().plain("/demo/clock", {"advance_s": 3700}).expect(200)
            server.topup(payer, 100)

        def after_a_restart():
            payer = server.person()
            window = rests("topup")
            server.stop()
            server.start()
            payer.close()
            check(not open_now()["topup"], "a window outlives the server")
            payer.post("/v1/topups", {"card_id": payer.card["id"], "amount": 100, "pin": PIN}).expect(503, "MAINTENANCE")
            over(window)

        def wrong():
            for arguments in (("--what", "nothing"), ("--what", "bank:XYZ"), ("--what", "topup,")):
                error = server.by("he", "maintenance", "add", *arguments, "--for", "1h", "--words", "a", "--words_zh", "甲", code=1) if arguments[1] != "topup," else {"code": "BAD_FIELD"}
                check(error["code"] == "BAD_FIELD", error)
            check(server.by("he", "maintenance", "add", "--what", "topup", "--for", "400h", "--words", "a", "--words_zh", "甲", code=1)["code"] == "BAD_FIELD", "too long")
            done = server.cli("--json", "maintenance", "add", "--what", "topup", "--for", "1h", "--words", "a", "--words_zh", "甲", "--by", "nobody", env={"QIANBAO_PASSPHRASE": "x" * 20})
            check(json.loads(done.stdout)["error"]["code"] == "WRONG_PASSPHRASE", done.stdout)
            acts = [row["act"] for row in json.loads(server.cli("--json", "staff", "log").stdout)["result"]["items"]]
            check({"maintenance-add", "maintenance-change", "maintenance-end"} <= set(acts), acts)

        def page():
            window = server.by("he", "maintenance", "add", "--what", "transfer", "--for", "1h", "--words", "<script>alert(1)</script> & \"more\"", "--words_zh", "<img src=x onerror=alert(1)>打扫")
            answer = server.client().get("/status")
            text = answer.body.decode()
            check(answer.status == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8", answer.headers)
            check("default-src 'none'" in answer.headers["Content-Security-Policy"] and "script-src 'self'" in answer.headers["Content-Security-Policy"], answer.headers)
            check("<script" not in text and "<img" not in text and "style=" not in text and "&lt;script&gt;" in text, text)
            check("转账" in text and "Transfer" in text and "招商银行" in text and "China Merchants Bank" in text and "进行中" in text and "已结束" in text, text)
            style = text.split('rel="stylesheet" href="')[1].split('"')[0]
            check(server.client().get(style).status == 200, style)
            over(window)

        def read_only():
            payer = server.person(1_000)
            check(server.by("he", "maintenance", "readonly", "on")["read_only"], "on")
            answer = payer.post("/v1/topups", {"card_id": payer.card["id"], "amount": 100, "pin": PIN})
            answer.expect(503, "READ_ONLY")
            payer.post("/v1/cases", {"about": "other"}).expect(503, "READ_ONLY")
            payer.get("/v1/balance").expect(200)
            check(status()["read_only"] and "只能查看" in server.client().get("/status").body.decode(), "said")
            check(not server.by("he", "maintenance", "readonly", "off")["read_only"], "off")
            server.topup(payer, 100)
            server.stop()
            server.flags.append("--read-only=yes")
            server.start()
            payer.close()
            payer.post("/v1/topups", {"card_id": payer.card["id"], "amount": 100, "pin": PIN}).expect(503, "READ_ONLY")
            payer.get("/v1/bills").expect(200)
            server.flags.pop()
            server.stop()
            server.start()

        def told():
            """Who looks at the app hears of it at once, and within how long to read."""
            streams = [Stream(server, server.person(card=False)) for _ in range(2)]

            def heard(what):
                for stream in streams:
                    check(b'event: changed\ndata: {"within_ms":' in stream.until(b"within_ms"), f"{what}: {stream.got}")
                    stream.got = b""

            window = rests("topup")
            heard("a window")
            over(window)
            heard("its end")
            for mode in ("on", "off"):
                server.by("he", "maintenance", "readonly", mode)
                heard(f"reading only: {mode}")
            rests("topup", ("--in", "1h", "--for", "1h"))
            heard("a plan")
            for turn in ("it begins by its time", "it is over by its time"):
                server.client().plain("/demo/clock", {"advance_s": 3600}).expect(200)
                heard(turn)
            for stream in streams:
                stream.socket.close()

        story("who looks at the app hears of it", told)
        story("a function rests: refused by name and time, kept, and the key is not used up", one_function)
        story("a bank rests: its cards wait, the others pay", one_bank)
        story("everything but reading rests, and help does not", everything)
        story("planned, begun, told, extended, over by itself, called off", planned_and_extended)
        story("a window outlives the server", after_a_restart)
        story("what is not understood changes nothing, and the log has the rest", wrong)
        story("row 28: the status page needs nobody and runs nothing", page)
        story("the server only reads", read_only)
        story("the books", server.audit)
    finish()


main()
