# SPDX-License-Identifier: Apache-2.0
"""The staff: adding, proving, ending, and the log that cannot be changed unseen: python3 staff_story.py [STORE]"""
import json
import sqlite3
import sys

from harness import Server, check, finish, story


def main():
    store = sys.argv[1] if len(sys.argv) > 1 else None
    with Server(store=store) as server:
        def refused(code, *words, **more):
            done = server.cli(*words, **more)
            check(done.returncode == 1 and code in done.stderr, f"{words}: {done.returncode} {done.stderr}")

        def the_first_by_the_operator():
            refused("WEAK_PASSWORD", "staff", "add", "lin", env={"QIANBAO_NEW_PASSPHRASE": "12345678"})
            refused("BAD_FIELD", "staff", "add", "lin xiao", env={"QIANBAO_NEW_PASSPHRASE": "lin keeps 71 herons"})
            server.staff("lin")
            refused("STAFF_UNKNOWN", "staff", "add", "wu", env={"QIANBAO_NEW_PASSPHRASE": "wu keeps 71 herons"})

        def another_by_the_first():
            server.staff("wu")
            names = [s["name"] for s in json.loads(server.cli("--json", "staff", "list").stdout)["result"]["items"]]
            check(names == ["lin", "wu"], names)
            refused("STAFF_TAKEN", "staff", "add", "lin", "--by", "wu",
                    env={"QIANBAO_PASSPHRASE": "wu keeps 71 herons", "QIANBAO_NEW_PASSPHRASE": "lin keeps 72 herons"})

        def a_passphrase_is_never_typed():
            done = server.cli("staff", "add", "zhao", "--new_passphrase", "zhao keeps 71 herons")
            check(done.returncode == 2, "a command line is everybody's to read")
            done = server.cli("staff", "add", "zhao", "--by", "wu", typed="wu keeps 71 herons\nzhao keeps 71 herons\n")
            check(done.returncode == 0, done.stderr)
            done = server.cli("staff", "end", "zhao", "--by", "wu", typed="")
            check(done.returncode == 2 and "no passphrase" in done.stderr, done.stderr)

        def who_cannot_prove_it_does_nothing():
            wrong = {"QIANBAO_PASSPHRASE": "lin keeps 71 heron"}
            refused("WRONG_PASSPHRASE", "staff", "end", "wu", "--by", "lin", env=wrong)
            refused("WRONG_PASSPHRASE", "staff", "end", "wu", "--by", "nobody", env=wrong)
            refused("WRONG_PASSPHRASE", "staff", "end", "lin", "--by", "zhao", env=wrong)

        def the_end_of_one():
            check(server.by("lin", "staff", "end", "zhao")["ended"], "ended")
            refused("WRONG_PASSPHRASE", "staff", "end", "wu", "--by", "zhao", env={"QIANBAO_PASSPHRASE": "zhao keeps 71 herons"})
            check(server.by("lin", "staff", "end", "zhao", code=1)["code"] == "NOT_FOUND", "once")
            server.by("lin", "staff", "end", "wu")
            check(server.by("lin", "staff", "end", "lin", code=1)["code"] == "STAFF_LAST", "the last one stays")

        def guessing_is_slow():
            wrong = {"QIANBAO_PASSPHRASE": "lin keeps 71 heron"}
            for _ in range(12):
                done = server.cli("staff", "end", "wu", "--by", "guessed", env=wrong)
            check("TOO_MANY_TRIES" in done.stderr, done.stderr)
            check(server.by("lin", "staff", "end", "wu", code=1)["code"] == "NOT_FOUND", "nobody else is locked out by it")

        def a_lost_passphrase():
            """Only who owns the machine gives another one; it is told to all of the staff, once."""
            server.newest_staff = "lin"  # who is still there
            server.staff("sun")
            refused("NOT_FOUND", "staff", "reset", "nobody", "--reason", "lost", env={"QIANBAO_NEW_PASSPHRASE": "sun keeps 72 cranes"})
            refused("NOT_FOUND", "staff", "reset", "zhao", "--reason", "ended", env={"QIANBAO_NEW_PASSPHRASE": "sun keeps 72 cranes"})
            refused("WEAK_PASSWORD", "staff", "reset", "sun", "--reason", "lost", env={"QIANBAO_NEW_PASSPHRASE": "12345678"})
            check("staff_resets" not in server.by("lin", "staff", "end", "nobody", code=1), "nothing to tell yet")
            done = server.cli("staff", "reset", "sun", "--reason", "phone and note lost", env={"QIANBAO_NEW_PASSPHRASE": "sun keeps 72 cranes"})
            check(done.returncode == 0, done.stderr)
            refused("WRONG_PASSPHRASE", "staff", "add", "qian", "--by", "sun",
                    env={"QIANBAO_PASSPHRASE": "sun keeps 71 herons", "QIANBAO_NEW_PASSPHRASE": "qian keeps 71 herons"})
            told = []
            for name, words in (("lin", "lin keeps 71 herons"), ("sun", "sun keeps 72 cranes")):
                for new in ("a", "b"):
                    done = server.cli("staff", "add", f"{name}-{new}", "--by", name, env={"QIANBAO_PASSPHRASE": words, "QIANBAO_NEW_PASSPHRASE": f"{name} {new} keeps 9 owls"})
                    check(done.returncode == 0, done.stderr)
                    told.append("gave sun another passphrase" in done.stderr)
            check(told == [True, False, True, False], told)
            for name, words in (("lin", "lin keeps 71 herons"), ("sun", "sun keeps 72 cranes")):
                for new in ("a", "b"):
                    check(server.cli("staff", "end", f"{name}-{new}", "--by", name, env={"QIANBAO_PASSPHRASE": words}).returncode == 0, "ended again")
            check(server.by("lin", "staff", "end", "sun")["ended"], "ended")

        def the_log_says_all():
            log = json.loads(server.cli("--json", "staff", "log").stdout)["result"]["items"]
            said = [(line["by"], line["act"], line["subject"]) for line in reversed(log)]
            check(said[:5] == [("operator", "staff-add", "lin"), ("lin", "staff-add", "wu"), ("wu", "staff-add", "zhao"),
                               ("lin", "staff-end", "zhao"), ("lin", "staff-end", "wu")], said)
            check(said[5:7] == [("lin", "staff-add", "sun"), ("operator", "staff-reset", "sun")] and said[-1] == ("lin", "staff-end", "sun"), said)
            check("phone and note lost" in [line["reason"] for line in log], "and why")
            server.audit()

        def a_changed_log_is_found():
            """Attack 43, with the server stopped and running."""
            if store:
                return  # the same is told of PostgreSQL by tests/unit/staff_test.c
            server.stop()
            db = sqlite3.connect(f"{server.dir}/qianbao.db")
            kept = db.execute("SELECT * FROM audit_log ORDER BY id").fetchall()
            for change in ("UPDATE audit_log SET subject = by_id WHERE act = 2", "DELETE FROM audit_log WHERE act = 2"):
                db.execute(change)
                db.commit()
                done = server.cli("audit")
                check(done.returncode == 4 and "digest of its group" in done.stdout, done.stdout)
                db.execute("DELETE FROM audit_log")
                db.executemany(f"INSERT INTO audit_log VALUES ({', '.join('?' * len(kept[0]))})", kept)
                db.commit()
            check(server.cli("audit").returncode == 0, "put back as it was, it holds")
            db.close()
            server.start()

        story("the first is added by the operator", the_first_by_the_operator)
        story("another one by the first", another_by_the_first)
        story("a passphrase is never typed", a_passphrase_is_never_typed)
        story("who cannot prove it does nothing", who_cannot_prove_it_does_nothing)
        story("an end is an end", the_end_of_one)
        story("guessing is slow", guessing_is_slow)
        story("a lost passphrase: by who owns the machine, and told to all", a_lost_passphrase)
        story("the log says all of it", the_log_says_all)
        story("a changed log is found", a_changed_log_is_found)
    finish()


main()
