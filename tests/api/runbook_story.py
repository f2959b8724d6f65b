# SPDX-License-Identifier: Apache-2.0
"""The runbook's commands, each as it stands there, in its order, on a wallet in which people have paid: python3 runbook_story.py [STORE]

What belongs to the machine (apt, systemd, users, the fixed folders) is put in place of by functions of the shell and folders of this test; qianbao,
qianbaod and the files are real. The installing itself is done by `make bare`."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import BUILD, PIN, Server, check, finish, story
from sandbox import mode

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def blocks(name):
    """[(heading, commands)] of a page."""
    heading, out = "", []
    for found in re.finditer(r"^## ([^\n]+)$|^```sh\n(.*?)^```$", (DOCS / name).read_text(encoding="utf-8"), re.M | re.S):
        heading = found[1] or heading
        if found[2]:
            out.append((heading, found[2]))
    return out


def main():
    if len(sys.argv) > 1:  # its files are SQLite's; backup_story and bare look at the rest
        story("the page is about SQLite", lambda: check(blocks("runbook.md"), "no commands"))
        finish()
        return
    with Server() as server:
        aside = tempfile.mkdtemp(prefix="qianbao-aside-", dir=os.environ.get("QIANBAO_TMP"))
        payer, shop = server.person(50_000), server.shop("手册店")
        payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 850, "source": "balance", "pin": PIN}).expect(201)

        machine = f"""
            apt-get() {{ [ "$1 $2" = 'install -y' ] && echo "Setting up qianbao"; }}
            systemctl() {{
                case "$1 $2" in
                'status qianbaod') echo active ;;
                'stop qianbaod' | 'start qianbaod' | 'restart qianbaod') echo "$1" >&ASK; read -r done <&TOLD; [ "$done" = done ] ;;
                *) return 1 ;;
                esac
            }}
            runuser() {{ [ "$1 $2 $3" = '-u qianbao --' ] && shift 3 && "$@"; }}
            install() {{ # nobody but this user is here
                words=
                while [ $# -gt 0 ]; do
                    case $1 in -o | -g) shift 2 ;; *) words="$words $1"; shift ;; esac
                done
                command install $words
            }}
            PATH={BUILD}/src/bin:$PATH
            export QIANBAO_DATA={server.dir}
            set -eu
        """
        places = {"/var/lib/qianbao": server.dir, "/var/backups/qianbao": f"{aside}/backups", "/root/qianbao-keys": f"{aside}/keys",
                  "/etc/qianbao/qianbao.conf": f"{aside}/qianbao.conf"}
        Path(places["/etc/qianbao/qianbao.conf"]).write_text("[server]\noperator_name = 试试\n", encoding="utf-8")

        def follow(commands):
            """Runs them as they stand; the server is stopped and started as they say. Their code and what they printed."""
            for place, here in places.items():
                commands = commands.replace(place, here)
            (ask_out, ask_in), (told_out, told_in) = os.pipe(), os.pipe()
            shell = subprocess.Popen(["bash", "-c", machine.replace("ASK", str(ask_in)).replace("TOLD", str(told_out)) + commands], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     pass_fds=(ask_in, told_out), text=True, cwd=server.dir)
            os.close(ask_in)
            os.close(told_out)
            with os.fdopen(ask_out) as asks, os.fdopen(told_in, "w") as told:
                for what in asks:
                    if what.strip() in ("stop", "restart"):
                        server.stop()
                    if what.strip() in ("start", "restart"):
                        server.start()
                    payer.connection = None
                    print("done", file=told, flush=True)
            said = shell.communicate(timeout=120)[0]
            return shell.returncode, said

        pages = blocks("runbook.md")

        def same_in_both():
            check([c for _, c in pages] == [c for _, c in blocks("runbook.zh-CN.md")], "the commands of both pages are the same")
            check(len(pages) >= 12, f"{len(pages)} blocks")

        def as_written(heading, expected=0, says=(), typed=""):
            def run():
                done = [follow(typed + commands) for title, commands in pages if title == heading]
                check(done, f"no commands under {heading}")
                for code, said in done:
                    check(code == expected, f"{code}: {said}")
                for word in says:
                    check(any(word in said for _, said in done), f"{word!r} is not in {done}")
            story(heading, run)

        def bills():
            return [b["id"] for b in payer.get("/v1/bills").expect(200)["items"]]

        def restored():
            """What was paid after the backup is not there any more; before it is all there."""
            before = bills()
            payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 1, "source": "balance", "pin": PIN}).expect(201)
            code, said = follow(next(c for title, c in pages if title == "Restore"))
            check(code == 0 and said.count("The books hold") == 2 and bills() == before, f"{code}: {said}")

        def without_keys():
            server.stop()
            os.rename(f"{server.dir}/keys", f"{aside}/lost")
            refuses = subprocess.run([f"{BUILD}/src/bin/qianbaod", "--data", server.dir, "--listen", "127.0.0.1:0", "--sandbox"], capture_output=True, text=True, timeout=60)
            check(refuses.returncode != 0 and "keys is not there" in refuses.stderr, refuses.stderr)
            check(not os.path.exists(f"{server.dir}/keys"), "no new keys were made for an old store")
            code, said = follow(next(c for title, c in pages if title == "Lost keys"))
            check(code == 0 and "The books hold" in said, f"{code}: {said}")

        def out_of_reach():
            mode(server, "CMB", "outage")
            asked = payer.post("/v1/topups", {"card_id": payer.card["id"], "amount": 700, "pin": PIN}).expect(201)["payment"]
            server.settled(payer, asked["id"], "in_doubt")
            code, said = follow(next(c for title, c in pages if title == "The bank is out of reach"))
            check(code == 0 and re.search(r"in_doubt +1\n", said) and asked["id"] in said, f"{code}: {said}")
            mode(server, "CMB", "normal")
            server.settled(payer, asked["id"], "done")

        def kinds_named():
            text = (DOCS / "runbook.md").read_text(encoding="utf-8")
            source = (DOCS.parent / "src/wallet/reconcile.c").read_text(encoding="utf-8")
            for kind in re.findall(r'\[DIFFERENCE_\w+\] =\s*\{"(\w+)"', source):
                check(f"`{kind}`" in text, f"{kind} is not in the runbook")

        story("the same commands in both languages", same_in_both)
        as_written("Install", says=("Setting up", "newest_entry"))
        as_written("Every day", says=("The books hold", "Zero differences"))
        as_written("Backup", says=("Not in it", "The books hold"))
        story("Restore", restored)
        as_written("Upgrade", says=("The books hold", "qianbao 0."))
        story("Lost keys", without_keys)
        as_written("The clock jumped", says=("had_jumped",))
        as_written("The disk is full", says=("building", "The books hold"))
        story("The bank is out of reach", out_of_reach)
        as_written("Differences with the bank")
        story("each kind of difference is named", kinds_named)
        as_written("The books do not hold", says=("The books hold",))  # they do
        server.start()
        server.staff("lin")
        as_written("A lost passphrase", says=("reset", "staff-reset", "phone and note lost"), typed="export QIANBAO_NEW_PASSPHRASE='lin keeps 72 cranes'\n")
        story("the books", server.audit)
    shutil.rmtree(aside, ignore_errors=True)
    finish()


main()
