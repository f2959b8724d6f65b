# SPDX-License-Identifier: Apache-2.0
"""Cases: one tap opens one with its evidence, both sides talk, staff decide, and none of it can be changed afterwards: python3 case_story.py [STORE]"""
import glob
import json
import secrets
import sqlite3
import sys

from harness import PASSWORD, PIN, Server, card_number, check, finish, in_parallel, story


def main():
    store = sys.argv[1] if len(sys.argv) > 1 else None
    with Server(store=store) as server:
        server.staff("lin")

        def opened(client, **body):
            return client.post("/v1/cases", body).expect(201)["case"]

        def refused_bill(client, shop):
            client.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 30_000, "source": "balance", "pin": PIN}).expect(422, "INSUFFICIENT_BALANCE")
            return client.get("/v1/bills?limit=1").expect(200)["items"][0]

        def show(case):
            done = server.cli("--json", "case", "show", "--id", case["id"])
            check(done.returncode == 0, done.stderr)
            return json.loads(done.stdout)["result"]

        def failed_payment():
            payer, shop, stranger = server.person(10_000), server.shop(), server.person(card=False)
            payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 100, "source": "balance", "pin": PIN}).expect(201)
            bill = refused_bill(payer, shop)
            case = opened(payer, about="bill", id=bill["id"])
            check((case["kind"], case["step"], case["code"], case["bill_id"]) == ("failed_payment", "received", "INSUFFICIENT_BALANCE", bill["id"]), case)
            check(case["due_at"] > case["opened_at"] and [line["what"] for line in case["lines"]] == ["opened"], case)
            check(opened(payer, about="bill", id=bill["id"])["id"] == case["id"], "the same thing is one case")
            stranger.get(f"/v1/cases/{case['id']}").expect(404, "NOT_FOUND")
            stranger.post(f"/v1/cases/{case['id']}/lines", {"words": "我的"}).expect(404, "NOT_FOUND")
            stranger.post(f"/v1/cases/{case['id']}/settle").expect(404, "NOT_FOUND")
            stranger.post("/v1/cases", {"about": "bill", "id": bill["id"]}).expect(404, "NOT_FOUND")

            seen = show(case)
            pack = seen["evidence"]
            check(pack["about"]["about"] == bill["id"] and pack["about"]["error"] == "INSUFFICIENT_BALANCE", pack["about"])
            check(pack["account"] | {"newest_entry": 0} == {"posted": 9900, "available": 9900, "held": 0, "incoming": 0, "flags": pack["account"]["flags"], "newest_entry": 0}, pack["account"])
            causes = {row["cause"] for row in pack["explain"]["causes"]}
            check("SPENT" in causes and pack["explain"]["error"] is None, pack["explain"])
            newest = [(row["kind"], row["state"]) for row in pack["bills"]["newest"]]
            check(newest == [("purchase", "refused"), ("purchase", "done"), ("topup", "done")], newest)
            check(pack["cards"]["bound"][0]["last4"] == payer.card_number[-4:] and pack["devices"]["app"] == "", pack["devices"])
            check(len(pack["devices"]["signed_in"]) == 1 and pack["devices"]["signed_in"][0]["this"], pack["devices"])
            check(len(pack["limits"]["lines"]) >= 3 and pack["person"]["tier"] == 2, pack["limits"])
            whole = json.dumps(pack, ensure_ascii=False)
            check(payer.card_number not in whole and payer.id_number not in whole and payer.phone not in whole and PIN not in whole, "a secret in the pack")
            check({"explained", "mended", "bank", "no_answer"} == set(seen["decisions"]), seen["decisions"])

        def device():
            """What the app really said of itself, and the device that it runs on."""
            phone, owner, guest = server.client(), server.person(card=False), server.person(card=False)
            cookie = None
            for person in (owner, guest):
                head = {"User-Agent": "Mozilla/5.0 (Linux; Android 11; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36", "Cookie": cookie or "a=b"}
                answer = phone.call("POST", "/v1/sessions", {"phone": person.phone, "password": PASSWORD}, headers=head)
                answer.expect(201)
                cookie = cookie or next(c.split(";")[0] for c in answer.cookies if c.startswith("qb_device="))
            session = next(c.split(";")[0] for c in answer.cookies if c.startswith("qb_session="))
            head = {"Cookie": f"{session}; {cookie}"}
            case = phone.call("POST", "/v1/cases", {"about": "balance"}, key=secrets.token_hex(16), headers={**head, "App-Version": "0.9.17"}).expect(201)["case"]
            pack = show(case)["evidence"]
            check(pack["devices"]["app"] == "0.9.17", pack["devices"])
            this = [row for row in pack["device"]["used"] if row["this"]]
            check(pack["device"]["known"] and len(this) == 1 and this[0]["name"] and this[0]["days"] == 1 and this[0]["first"], pack["device"])
            check(len(pack["device"]["used"]) == 2 and not pack["device"]["mostly_another_account"], pack["device"])
            listed = {(row["id"], row["name"]) for row in guest.get("/v1/devices").expect(200)["items"]}
            check({(row["id"], row["name"]) for row in pack["device"]["used"]} == listed, "they are those that the person sees")
            check(owner.phone not in json.dumps(pack) and [row["name"] for row in case["evidence"]].count("device") == 1, "what the person is told came along")
            for odd in ("a\tb", "\xe9", "<\u00ff"):  # a version that is no word is none
                other = server.person(card=False)
                bent = other.call("POST", "/v1/cases", {"about": "other"}, key=secrets.token_hex(16), headers={"App-Version": odd}).expect(201)["case"]
                check(show(bent)["evidence"]["devices"]["app"] == "", odd)

        def talk():
            person = server.person(card=False)
            case = opened(person, about="other", words="我想问一下额度")
            server.by("lin", "case", "say", "--id", case["id"], "--words", "哪一项额度？", "--ask")
            now = person.get(f"/v1/cases/{case['id']}").expect(200)["case"]
            check(now["step"] == "asked" and now["lines"][-1] | {"at": 0} == {"by": "us", "what": "asks", "words": "哪一项额度？", "decision": None, "decision_label": None, "decision_label_zh": None, "at": 0}, now)
            notices = person.get("/v1/notices").expect(200)["items"]
            check(notices[0]["case_id"] == case["id"] and notices[0]["bill_id"] is None and not notices[0]["read"] and "需要你回答" in notices[0]["text_zh"], notices[0])
            check(person.get("/v1/me").expect(200)["unread"] == 1, "unread")
            now = person.post(f"/v1/cases/{case['id']}/lines", {"words": "每天的"}).expect(201)["case"]
            check(now["step"] == "at_work" and now["lines"][-1]["by"] == "you", now)
            error = server.by("lin", "case", "decide", "--id", case["id"], "--decision", "release", code=1)
            check(error["code"] == "CASE_DECISION" and error["field"] == "/decision", error)
            server.by("lin", "case", "decide", "--id", case["id"], "--decision", "explained", "--words", "见额度页")
            now = person.get(f"/v1/cases/{case['id']}").expect(200)["case"]
            check((now["step"], now["decision"], now["due_at"]) == ("closed", "explained", None) and now["closed_at"], now)
            person.post(f"/v1/cases/{case['id']}/lines", {"words": "还有"}).expect(409, "CASE_CLOSED")
            person.post(f"/v1/cases/{case['id']}/settle").expect(409, "CASE_CLOSED")
            check(server.by("lin", "case", "say", "--id", case["id"], "--words", "x", code=1)["code"] == "CASE_CLOSED", "said to a closed case")
            check(person.get("/v1/me").expect(200)["unread"] == 2, "a decision is a notice")
            person.post("/v1/notices/read").expect(200)
            check(person.get("/v1/me").expect(200)["unread"] == 0, "read")
            check(opened(person, about="other")["id"] != case["id"], "a closed case is not opened again")
            log = json.loads(server.cli("--json", "staff", "log").stdout)["result"]["items"]
            acts = [(row["act"], row["by"], row["subject"]) for row in log if row["subject"] == case["id"]]
            check(acts == [("case-decide", "lin", case["id"]), ("case-tell", "lin", case["id"])], acts)

        def notices_by_page():
            """Notices of cases stand among those of payments, on pages of any size."""
            person = server.person(5_000)
            case = opened(person, about="other")
            for i in range(4):
                server.by("lin", "case", "say", "--id", case["id"], "--words", f"第{i}句")
                server.topup(person, 100 + i)
            whole = [item["id"] for item in person.get("/v1/notices?limit=100").expect(200)["items"]]
            kinds = [item["kind"] for item in person.get("/v1/notices?limit=100").expect(200)["items"]]
            check(kinds.count("case") == 4 and kinds[0] == "topup" and len(set(whole)) == len(whole), kinds)
            for limit in (1, 2, 3, 5):
                got, cursor = [], ""
                while cursor is not None:
                    page = person.get(f"/v1/notices?limit={limit}{cursor and '&cursor=' + cursor}").expect(200)
                    got += [item["id"] for item in page["items"]]
                    cursor = page["next_cursor"]
                check(got == whole, f"by {limit}: {got} instead of {whole}")

        def kinds():
            person, shop = server.person(10_000), server.shop()
            paid = person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 100, "source": "balance", "pin": PIN}).expect(201)["payment"]
            check(opened(person, about="bill", id=paid["id"], not_mine=True)["kind"] == "unknown_payment", "not mine")
            check(opened(person, about="bill", id=paid["id"])["kind"] == "other", "a question about a bill")
            check(opened(person, about="balance")["kind"] == "wrong_balance", "balance")
            check(opened(person, about="card", id=person.card["id"])["kind"] == "card", "card")
            case = opened(person, about="operation", code="OVERLOADED", request_id="abc123")
            check(case["kind"] == "failed_payment" and show(case)["evidence"]["about"]["request_id"] == "abc123", case)
            error = person.post("/v1/cases", {"about": "identity"}).expect(409, "CASES_OPEN")["error"]
            check(error["help"] == "cases" and "5" in error["message"], error)
            listed = person.get("/v1/cases?limit=2").expect(200)
            check(len(listed["items"]) == 2 and listed["items"][0]["id"] == case["id"] and listed["next_cursor"], listed)
            check(len(person.get(f"/v1/cases?limit=5&cursor={listed['next_cursor']}").expect(200)["items"]) == 3, "the second page")
            for row in person.get("/v1/cases").expect(200)["items"]:
                done = person.post(f"/v1/cases/{row['id']}/settle").expect(200)["case"]
                check((done["step"], done["decision"]) == ("closed", "settled"), done)
            for body in ({"about": "bill"}, {"about": "bill", "id": paid["id"][:-1] + ("0" if paid["id"][-1] != "0" else "1")}, {"about": "card", "id": paid["id"]}):
                person.post("/v1/cases", body).expect(404, "NOT_FOUND")
            person.post("/v1/cases", {"about": "operation", "code": "NO_SUCH"}).expect(400, "BAD_FIELD")
            person.post("/v1/cases", {"about": "other", "words": "x" * 501}).expect(400, "BAD_FIELD")

        def appeal():
            """A risk freeze takes two, and they decide in the case; a court's takes its document, and no case lifts it."""
            person = server.person(5_000)
            server.staff("mo")
            frozen = server.by("lin", "freeze", "add", "--phone", person.phone, "--kind", "risk", "--scope", "debits", "--reason", "见工单")
            other = server.person(card=False)
            other.post("/v1/cases", {"about": "freeze", "id": frozen["id"]}).expect(404, "NOT_FOUND")
            case = opened(person, about="freeze", id=frozen["id"], words="是我本人")
            check(case["kind"] == "freeze_appeal", case)
            check([row["id"] for row in show(case)["evidence"]["freezes"]["standing"]] == [frozen["id"]], "the freeze is in the pack")
            server.by("lin", "case", "decide", "--id", case["id"], "--decision", "release")
            now = person.get(f"/v1/cases/{case['id']}").expect(200)["case"]
            check(now["step"] == "at_work" and person.get("/v1/freezes").expect(200)["frozen"], "one of two")
            check(server.by("lin", "case", "decide", "--id", case["id"], "--decision", "release", code=1)["code"] == "FREEZE_SECOND", "the same one again")
            server.by("mo", "case", "decide", "--id", case["id"], "--decision", "release", "--words", "核实是本人")
            now = person.get(f"/v1/cases/{case['id']}").expect(200)["case"]
            check((now["step"], now["decision"]) == ("closed", "release") and not person.get("/v1/freezes").expect(200)["frozen"], now)
            shop = server.shop()
            person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 100, "source": "balance", "pin": PIN}).expect(201)
            court = server.by("lin", "freeze", "add", "--phone", person.phone, "--kind", "court", "--scope", "debits", "--reason", "见文书", "--document", "(2026)京01执1号")
            case = opened(person, about="freeze", id=court["id"])
            check(server.by("lin", "case", "decide", "--id", case["id"], "--decision", "release", code=1)["code"] == "FREEZE_DOCUMENT", "a court's")
            server.by("lin", "case", "decide", "--id", case["id"], "--decision", "authority")
            check(person.get("/v1/freezes").expect(200)["frozen"], "it stands")

        def spam():
            person = server.person(card=False)
            for _ in range(10):
                case = opened(person, about="other")
                person.post(f"/v1/cases/{case['id']}/settle").expect(200)
            error = person.post("/v1/cases", {"about": "other"})
            error.expect(429, "CASES_TODAY")
            check(int(error.headers["Retry-After"]) > 80_000, error.headers)
            other = server.person(card=False)
            case = opened(other, about="other")
            for i in range(40):
                other.post(f"/v1/cases/{case['id']}/lines", {"words": f"{i}"}).expect(201)
            other.post(f"/v1/cases/{case['id']}/lines", {"words": "more"}).expect(429, "CASES_TODAY")

        def at_once():
            person = server.person(card=False)
            clients = [server.client() for _ in range(12)]
            for client in clients:
                client.cookie = person.cookie
            answers = in_parallel(12, lambda i: clients[i].post("/v1/cases", {"about": "balance"}))
            check({a.status for a in answers} == {201} and len({a.json["case"]["id"] for a in answers}) == 1, "one case of twelve taps")

        def replay():
            person = server.person(card=False)
            key = "0123456789abcdef-case"
            first = person.post("/v1/cases", {"about": "other", "words": "一次"}, key)
            again = person.post("/v1/cases", {"about": "other", "words": "一次"}, key)
            check(first.body == again.body and again.headers.get("Idempotency-Replayed") == "true", "the same answer")

        def text_is_text():
            person = server.person(card=False)
            words = "<img src=x onerror=alert(1)> **b** [x](javascript:alert(1))"
            case = opened(person, about="other", words=words)
            answer = person.get(f"/v1/cases/{case['id']}")
            check(answer.json["case"]["lines"][0]["words"] == words and b"<img" not in answer.body, answer.body)

        def queue():
            items = json.loads(server.cli("--json", "case", "list").stdout)["result"]["items"]
            dues = [row["due_at"] for row in items]
            check(len(items) >= 3 and dues == sorted(dues) and not any(row["late"] for row in items), dues)
            check("at_work" in server.cli("case", "list").stdout, server.cli("case", "list").stdout)

        def tampered():
            if store:
                return  # one engine's file is enough: the digest is the same
            server.audit()
            server.stop()
            path = next(p for p in glob.glob(f"{server.dir}/*") if open(p, "rb").read(15) == b"SQLite format 3")
            for change, undo in (("UPDATE case_line SET words = words || '?' WHERE id = (SELECT MIN(id) FROM case_line WHERE by_kind = 2)",
                                  "UPDATE case_line SET words = SUBSTR(words, 1, LENGTH(words) - 1) WHERE id = (SELECT MIN(id) FROM case_line WHERE by_kind = 2)"),
                                 ("UPDATE person_case SET pack = pack || ' '", "UPDATE person_case SET pack = RTRIM(pack)")):
                with sqlite3.connect(path) as db:
                    db.execute(change)
                done = server.cli("audit")
                check(done.returncode == 4, f"{change}: {done.stdout}{done.stderr}")
                with sqlite3.connect(path) as db:
                    db.execute(undo)
                db.close()
            server.start()
            server.audit()

        story("a failed payment becomes a case with its evidence, for its person alone", failed_payment)
        story("the pack has the device and the app's own version", device)
        story("staff ask, the person answers, staff decide; each is a notice and a line of the log", talk)
        story("notices of cases stand among the others, by pages of any size", notices_by_page)
        story("what it is about says its kind; at most five are open", kinds)
        story("an appeal releases its freeze by the freeze's own rules", appeal)
        story("a case is no way to spam", spam)
        story("twelve taps are one case", at_once)
        story("the same key is the same case", replay)
        story("row 28: what somebody writes is text", text_is_text)
        story("the queue: what is due first is first", queue)
        story("a line or a pack that was changed is found", tampered)
        story("the books", server.audit)
    finish()


main()
