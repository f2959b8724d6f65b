# SPDX-License-Identifier: Apache-2.0
"""Announcements: to whom, from when until when, pinned, read; and what staff write is text: python3 announce_story.py [STORE]"""
import json
import sys

from harness import Server, check, finish, story


def main():
    store = sys.argv[1] if len(sys.argv) > 1 else None
    with Server(store=store) as server:
        server.staff("tan")

        def told(title, *more, body="**Read** this: [bills](#/bills)", lasts="3d", code=0):
            return server.by("tan", "announce", "add", "--title", title, "--title_zh", f"公告{title}", "--body", body, "--body_zh", "请看：[账单](#/bills)", "--for", lasts, *more, code=code)

        def seen(client):
            return client.get("/v1/announcements").expect(200)["items"]

        def titles(client):
            return [item["title"] for item in seen(client)]

        people = {}

        def audiences():
            people.update(newcomer=server.register(), carded=server.person(), shop=server.shop())
            told("for all")
            told("tier two", "--to", "tier2")
            told("for shops", "--to", "merchants", "--pinned")
            told("for one", "--to", people["carded"].phone)
            check(titles(people["newcomer"]) == ["for all"], titles(people["newcomer"]))
            check(titles(people["carded"]) == ["for one", "tier two", "for all"], titles(people["carded"]))
            check(titles(people["shop"]) == ["for shops", "for all"], titles(people["shop"]))
            check(server.client().get("/v1/announcements").code == "NOT_SIGNED_IN", "needs somebody")
            for to in ("tier9", "13900000000", "nobody"):
                check(told("x", "--to", to, code=1)["field"] == "/to", to)

        def read():
            carded, shop = people["carded"], people["shop"]
            mine = next(item for item in seen(carded) if item["title"] == "for one")
            check(not mine["read"] and mine["blocks"][0]["spans"][0] == {"kind": "strong", "text": "Read", "href": ""}, mine)
            for _ in range(2):
                carded.post(f"/v1/announcements/{mine['id']}/read").expect(200)
            check([item["read"] for item in seen(carded)] == [True, False, False], seen(carded))
            check(not any(item["read"] for item in seen(shop)), "nobody else has read it")
            shop.post(f"/v1/announcements/{mine['id']}/read").expect(404, "NOT_FOUND")

        def schedule():
            newcomer = people["newcomer"]
            told("later", "--in", "2h", lasts="1h")
            check(titles(newcomer) == ["for all"], "not yet")
            server.client().plain("/demo/clock", {"advance_s": 2 * 3600 + 5}).expect(200)
            check(titles(newcomer) == ["later", "for all"], titles(newcomer))
            server.client().plain("/demo/clock", {"advance_s": 3600}).expect(200)
            check(titles(newcomer) == ["for all"], "over by itself")
            listed = json.loads(server.cli("--json", "announce", "list").stdout)["result"]["items"]
            check([row["title"] for row in listed] == ["for one", "for shops", "tier two", "for all"], listed)
            server.by("tan", "announce", "end", "--id", listed[-1]["id"])
            check(titles(newcomer) == [], "ended")
            check(server.by("tan", "announce", "end", "--id", listed[-1]["id"], code=1)["code"] == "NOT_FOUND", "ended twice")
            acts = [row["act"] for row in json.loads(server.cli("--json", "staff", "log").stdout)["result"]["items"]]
            check(acts.count("announce-add") == 5 and acts.count("announce-end") == 1, acts)

        def text_is_text():
            newcomer = people["newcomer"]
            told("<script>alert(1)</script>", body="<img src=x onerror=alert(1)>\n[click](javascript:alert(1)) [out](https://evil.example/\"onmouseover=alert(1))\n- **a**")
            answer = newcomer.get("/v1/announcements")
            item = answer.json["items"][0]
            check(b"<script" not in answer.body and b"<img" not in answer.body, answer.body)
            spans = [span for block in item["blocks"] for span in block["spans"]]
            check(not any(span["href"] for span in spans) and item["blocks"][2]["kind"] == "item", spans)
            for wrong in ({"body": "x" * 501}, {"lasts": "400d"}, {"body": "a\u202eb"}):
                check(told("y", code=1, **wrong)["code"] == "BAD_FIELD", wrong)
            check(told("t" * 61, code=1)["field"] == "/title", "a title that is too long")

        story("who is told", audiences)
        story("read is each person's own", read)
        story("from when until when, ended, and in the log", schedule)
        story("row 28: what staff write is text, and links lead to us or https", text_is_text)
        story("the books", server.audit)
    finish()


main()
