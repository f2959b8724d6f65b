# SPDX-License-Identifier: Apache-2.0
"""Backup while the server writes, restore, and what is refused (row 33): python3 backup_story.py [STORE]"""
import json
import os
import shutil
import sys
import threading

from harness import PIN, Server, check, finish, story, until


def main():
    store = sys.argv[1] if len(sys.argv) > 1 else None
    with Server(store=store) as server:
        place = os.path.join(server.dir, "copies")
        os.mkdir(place)
        at = lambda name: os.path.join(place, name)

        def dumped():
            os.environ["QIANBAO_STORE"] = store  # as the operator's qianbao.ini would say
            done = server.cli("backup", at("dump"))
            check(done.returncode == 0 and "keys" in done.stdout, done.stdout + done.stderr)
            check(os.path.getsize(at("dump/store.dump")) > 1000, "a dump")
            del os.environ["QIANBAO_STORE"]
            back = server.cli("restore", at("dump"))
            check(back.returncode == 1 and "pg_restore" in back.stderr, back.stderr)

        def under_load():
            payer, shop = server.person(100_000), server.shop("备份店")
            answered, stop = [], threading.Event()

            def pay():
                while not stop.is_set():
                    answered.append(payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 1, "source": "balance", "pin": PIN}).expect(201)["payment"]["id"])

            load = threading.Thread(target=pay)
            load.start()
            until(lambda: len(answered) >= 50, "nothing is paid")
            before = list(answered)
            done = server.cli("backup", at("one"))
            stop.set()
            load.join()
            check(done.returncode == 0 and "The books hold" in done.stdout and "keys" in done.stdout, done.stdout + done.stderr)
            check(sorted(os.listdir(at("one")))[:1] == ["backup.json"] and not any("keys" in name for name in os.listdir(at("one"))), os.listdir(at("one")))
            check(server.cli("backup", at("one")).returncode == 1, "a second time into the same directory")

            back = os.path.join(server.dir, "back")
            os.mkdir(back)
            without = run(back, "restore", at("one"))
            check(without.returncode == 1 and "keys\n      names, ID numbers" in without.stdout, without.stdout + without.stderr)  # the store is back, and what is missing is said
            shutil.copy(f"{server.dir}/keys", back)
            os.remove(f"{back}/qianbao.db")
            restored = run(back, "restore", at("one"))
            check(restored.returncode == 0 and "The books hold" in restored.stdout, restored.stdout + restored.stderr)
            with Server(directory=back) as again:
                payer.server, payer.connection = again, None
                kept = {bill["id"] for page in pages(payer) for bill in page}
                check(set(before) <= kept, f"{len(set(before) - kept)} of {len(before)} payments that were answered before the backup are not in it")
                check(payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 1, "source": "balance", "pin": PIN}).status == 201, "it goes on")
                again.audit()
            payer.server, payer.connection = server, None

        def pages(client):
            cursor = ""
            while cursor is not None:
                page = client.get(f"/v1/bills?limit=100{'&cursor=' + cursor if cursor else ''}").expect(200)
                yield page["items"]
                cursor = page["next_cursor"]

        def run(data, *words):
            import subprocess
            from harness import BUILD
            return subprocess.run([f"{BUILD}/src/bin/qianbao", "--data", data, *words], capture_output=True, text=True, timeout=120)

        def refused():
            """Row 33: a backup that was bent is not brought back, and nothing outside is read or written."""
            def bent(name, change):
                shutil.copytree(at("one"), at(name))
                change(at(name))
                target = os.path.join(server.dir, f"to-{name}")
                os.mkdir(target)
                shutil.copy(f"{server.dir}/keys", target)
                done = run(target, "restore", at(name))
                check(done.returncode == 1 and sorted(os.listdir(target)) == ["keys"], f"{name}: {done.stdout}{done.stderr}{os.listdir(target)}")

            def manifest(folder, **change):
                with open(f"{folder}/backup.json", encoding="utf-8") as file:
                    words = {**json.load(file), **change}
                with open(f"{folder}/backup.json", "w", encoding="utf-8") as file:
                    json.dump(words, file)

            def flip(folder):
                with open(f"{folder}/qianbao.db", "r+b") as file:
                    file.seek(5000)
                    file.write(b"x")

            def link(folder):
                os.remove(f"{folder}/qianbao.db")
                os.symlink(f"{at('one')}/qianbao.db", f"{folder}/qianbao.db")

            bent("flipped", flip)
            bent("linked", link)
            bent("elsewhere", lambda folder: manifest(folder, file="../../../etc/passwd"))
            bent("absolute", lambda folder: manifest(folder, file="/etc/passwd"))
            bent("torn", lambda folder: os.truncate(f"{folder}/backup.json", 20))
            bent("unnamed", lambda folder: os.remove(f"{folder}/backup.json"))
            check(server.cli("restore", at("one")).returncode == 1, "over a store that is there")
            check(server.client().get("/readyz").status == 200, "the server is untouched")

        if store:
            story("a dump of PostgreSQL", dumped)
        else:
            story("under load: all that was answered before it is in it", under_load)
            story("row 33: what is refused", refused)
        story("the books", server.audit)
    finish()


main()
