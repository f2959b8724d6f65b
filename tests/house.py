#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that a machine can check.

    house.py ROOT          includes point down the floors; no file is called utils and the like; every source names its licence
    house.py --self-test   each rule, shown a house that breaks it, says so
"""
import os
import re
import sys
import tempfile

FLOORS = ["base", "kit", "ledger", "wallet", "edge", "bin"]
SEES = {floor: FLOORS[: i + 1] for i, floor in enumerate(FLOORS)}
# The sandbox bank is a house of its own beside the wallet's: it stands on the kit, and only its program knows it.
SEES["bank"] = ["base", "kit", "bank"]
SEES["bin"] = SEES["bin"] + ["bank"]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
ROOMLESS = re.compile(r"(^|[_.-])(utils?|common|manager|helpers?)([_.-]|$)")
LICENSED = (".c", ".h", ".py", ".sh", ".mjs", ".ts", ".tsx", ".css")
SKIPPED = re.compile(r"^(\.git|build.*|node_modules|data|dist|__pycache__)$")
LICENCE = "SPDX-License-Identifier: Apache-2.0"


def files_of(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not (SKIPPED.match(f) and not folder.endswith("src")))
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def includes_point_down(root, path):
    if not path.startswith("src/") or not path.endswith((".c", ".h")):
        return
    here = path.split("/")[1]
    if here not in SEES:
        yield f"{path}: stands on no floor ({', '.join(SEES)})"
        return
    for included in INCLUDE.findall(read(root, path)):
        there = included.split("/")[0]
        if there not in SEES:
            yield f'{path}: includes "{included}", which does not begin with a floor'
        elif there not in SEES[here]:
            yield f'{path}: {here} includes "{included}", which is above or beside it'


def files_have_a_room(root, path):
    if ROOMLESS.search(os.path.basename(path).lower()):
        yield f"{path}: find its noun"


def sources_name_their_licence(root, path):
    name = os.path.basename(path)
    if name.endswith(LICENSED) or name == "meson.build" or (os.path.splitext(name)[1] == "" and read(root, path)[:2] == "#!"):
        if LICENCE not in "\n".join(read(root, path).splitlines()[:3]):
            yield f"{path}: its first lines hold no {LICENCE}"


RULES = [includes_point_down, files_have_a_room, sources_name_their_licence]


def breaches(root):
    return [(rule.__name__, breach) for path in files_of(root) for rule in RULES for breach in rule(root, path)]


def self_test():
    head = f"/* {LICENCE} */\n"
    wrong = {
        "src/ledger/rules.c": head + '#include "wallet/payment.h"\n',
        "src/attic/box.c": head,
        "src/bank/book.c": head + '#include "wallet/bank.h"\n',
        "src/edge/till.c": head + '#include "bank/book.h"\n',
        "src/kit/string_utils.c": head,
        "src/base/text.c": "int x;\n",
        "scripts/go": "#!/bin/sh\necho\n",
    }
    right = {"src/wallet/payment.c": head + '#include "ledger/ledger.h"\n#include <stdio.h>\n', "src/base/community.h": head, "src/bin/go.c": head + '#include "bank/book.h"\n'}
    expected = {
        ("includes_point_down", "src/ledger/rules.c"),
        ("includes_point_down", "src/attic/box.c"),
        ("includes_point_down", "src/bank/book.c"),
        ("includes_point_down", "src/edge/till.c"),
        ("files_have_a_room", "src/kit/string_utils.c"),
        ("sources_name_their_licence", "src/base/text.c"),
        ("sources_name_their_licence", "scripts/go"),
    }
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**wrong, **right}.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        found = {(rule, breach.split(":")[0]) for rule, breach in breaches(root)}
    if found != expected:
        print("missed:", sorted(expected - found), "false:", sorted(found - expected))
        return 1
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    found = breaches(sys.argv[1])
    for _, breach in found:
        print(breach)
    return 1 if found else 0


sys.exit(main())
