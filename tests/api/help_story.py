# SPDX-License-Identifier: Apache-2.0
"""The help centre: there for anybody, searched in both languages, and named by every refusal: python3 help_story.py [STORE]"""
import sys
from urllib.parse import quote

from harness import PIN, Server, check, finish, story


def main():
    store = sys.argv[1] if len(sys.argv) > 1 else None
    with Server(store=store) as server:
        nobody = server.client()
        articles = {item["name"]: item for item in nobody.get("/v1/help").expect(200)["items"]}

        def every_article():
            listed = nobody.get("/v1/help").expect(200)
            groups = {group["name"] for group in listed["groups"]}
            check(len(articles) >= 14 and {item["group"] for item in listed["items"]} == groups, groups)
            for name, item in articles.items():
                article = nobody.get(f"/v1/help/{name}").expect(200)
                check(article["title_zh"] == item["title_zh"] and article["title"] == item["title"], name)
                for blocks in (article["blocks"], article["blocks_zh"]):
                    check(len(blocks) > 3, f"{name}: {blocks}")
                    check(all(span["href"].startswith(("#/", "/")) for block in blocks for span in block["spans"] if span["kind"] == "link"), name)
            for name in ("nothing", "..", "%2e%2e%2fetc", "Frozen", "frozen.md"):
                check(nobody.get(f"/v1/help/{name}").status == 404, name)

        def searched():
            def found(question):
                return [item["name"] for item in nobody.get(f"/v1/help?q={quote(question)}").expect(200)["items"]]

            check(found("零钱为什么是0")[0] == "balance-zero", found("零钱为什么是0"))
            check(found("card unknown bank")[0] == "cards", found("card unknown bank"))
            check(found("法院 冻结")[0] == "frozen", found("法院 冻结"))
            check(len(found("钱")) == 10, "at most ten")
            check(found("zzqq") == [] and found("<script>") == [] and found("%") == [], "what is not there")
            nobody.get("/v1/help?q=" + "a" * 61).expect(400, "BAD_FIELD")
            nobody.get("/v1/help?q=%00").expect(400, "BAD_FIELD")

        def every_error():
            for row in nobody.get("/v1/texts").expect(200)["errors"]:
                check(row["help"] in articles, row)
                for step in row["next"]:
                    if step["do"] == "HELP":
                        check(step["href"] == f"#/help/{row['help']}", row)

        def refused():
            payer, shop = server.person(1000), server.shop()
            error = payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 2000, "source": "balance", "pin": PIN}).expect(422, "INSUFFICIENT_BALANCE")["error"]
            check(error["help"] == "short", error)
            bill = payer.get("/v1/bills").expect(200)["items"][0]
            check(bill["reason"]["help"] == "short", bill)
            error = payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 2000, "source": "balance", "pin": "111222"}).expect(403, "WRONG_PIN")["error"]
            check(error["help"] == "pin", error)
            check(nobody.get("/v1/me").expect(401, "NOT_SIGNED_IN")["error"]["help"] == "sign-in", "sign in")

        story("every article is there, in both languages", every_article)
        story("a question in Chinese or English finds its article", searched)
        story("every error names its article, and its help leads there", every_error)
        story("a refusal says which article explains it", refused)
    finish()


main()
