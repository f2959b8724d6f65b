# SPDX-License-Identifier: Apache-2.0
"""The demo town's 90 days, on books that hold and that the banks agree with: python3 demo_story.py [STORE]"""
import json
import os
import subprocess
import sys

from harness import ROOT, Server, check, finish, story


def main():
    store = sys.argv[1] if len(sys.argv) > 1 else None
    with Server(store=store, flags=["--sandbox-clock", "-90d"]) as server:
        def lived():
            done = subprocess.run([os.path.join(ROOT, "scripts/demo"), f"http://127.0.0.1:{server.port}", server.dir], capture_output=True, text=True, timeout=900)
            check(done.returncode == 0, done.stderr[-3000:][:700])
            counts = {words.split(" ", 1)[1]: int(words.split(" ", 1)[0]) for words in done.stdout.split(";")[0].split(", ")}
            check(sum(counts.values()) >= 600 and counts.get("refused", 0) > 5, counts)
            used = {"topup", "withdrawal", "purchase", "payment code", "through the cards", "refund", "refund to a card", "settlement", "transfer", "recalled", "returned",
                    "forgotten", "pocket", "declined", "ID card", "frozen"}
            check(used <= set(counts), f"not used: {used - set(counts)}")
            waiting = json.loads(server.cli("--json", "realname", "waiting").stdout)["result"]["items"]
            check(len(waiting) == 3 and all(row["tier"] == 2 for row in waiting), waiting)

        def office():
            cases = json.loads(server.cli("--json", "case", "list").stdout)["result"]["items"]
            check(sorted(row["step"] for row in cases) == ["asked", "at_work", "received"], cases)
            check(len(json.loads(server.cli("--json", "announce", "list").stdout)["result"]["items"]) == 2, "announcements")
            check(sorted(row["state"] for row in json.loads(server.cli("--json", "maintenance", "list").stdout)["result"]["items"]) == ["over", "planned"], "maintenance")

        def one_for_each_cause():
            """Who is listed for a cause is told it; every cause has somebody, or the page says how to see it."""
            listed = server.client().get("/demo/people").expect(200)
            people = {p["cause"]: p for p in listed["items"] if p["cause"]}
            passing = {one["cause"] for one in listed["passing"]}
            with open(f"{ROOT}/src/wallet/cause.def", encoding="utf-8") as file:
                causes = {line[6:].split(",")[0] for line in file if line.startswith("CAUSE(")}
            check(people.keys() | passing == causes and not people.keys() & passing, causes ^ (people.keys() | passing))
            second = {"NAME_MISSING", "NAME_REJECTED", "LIFE_LIMIT", "LIMIT_REACHED"}  # what stands in the way comes behind where the money is
            for cause, person in people.items():
                client = server.client()
                client.plain("/v1/sessions", {"phone": person["phone"], "password": person["password"]}).expect(201)
                told = [c["cause"] for c in client.get("/v1/balance/explain").expect(200)["causes"]]
                check(told[1 if cause in second else 0] == cause, f"{cause}: {told}")

        def banks_agree():
            result = json.loads(server.cli("--json", "reconcile").stdout)["result"]
            check(result["agrees"] and not result["differences"] and not result["in_doubt"], result)
            check(result["days"] >= 3 * 88 and result["matched"] == result["lines"] == result["legs"] > 300, result)

        story("90 days are lived", lived)
        story("the staff have done their part", office)
        story("one person for each cause of a balance", one_for_each_cause)
        story("the banks agree, every day", banks_agree)
        story("the books", server.audit)
    finish()


main()
