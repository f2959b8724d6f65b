# SPDX-License-Identifier: Apache-2.0
"""Every refusal with its rule, and every cause of a balance, was the answer of a real server to some story of this run, on each engine:
python3 provoked.py FILE [ENGINE...], where FILE is what harness.py kept of the run, a line "engine kind name story" each."""
import collections
import re
import sys

from harness import ROOT, check, finish, story

ENGINES = ["sqlite", "postgres"]
# What nobody can bring about over HTTP: why, and the test that asks the room itself, on both engines as well (but for what the app says alone). A row
# whose name a story does provoke is too many.
ELSEWHERE = {
    ("error", "PAYER_CLOSED"): ("a wallet closes with its sessions and codes, and only when nothing is on its way from it: whoever asks in its name is not known any more",
                                "tests/unit/payment/purchase.c"),
    ("error", "DAY_LIMIT_FREE"): ("the only payment without a PIN is the code's, and what the day has no room for waits for the PIN instead, whatever the settings",
                                  "tests/unit/payment/limit.c"),
    ("rule", "ACCOUNT"): ("PAYER_CLOSED is its only refusal", "tests/unit/payment/purchase.c"),
    ("cause", "OUT_OF_REACH"): ("told by the app, when no server answers", "tests/journey/zero_journey.mjs"),
}
ASKED = {("rule", "ACCOUNT"): "PAYER_CLOSED"}  # by which name the test knows it, where that is another


def names(path, pattern):
    with open(f"{ROOT}/src/{path}", encoding="utf-8") as file:
        return re.findall(pattern, file.read(), re.M)


def tables():
    return {
        "error": names("base/err.def", r"^ERR\((\w+),\s*\d+,\s*REFUSED"),
        "rule": names("wallet/reason.def", r"^RULE\((\w+),"),
        "cause": names("wallet/cause.def", r"^CAUSE\((\w+),"),
    }


def main():
    wanted = tables()
    met = collections.defaultdict(set)
    with open(sys.argv[1], encoding="ascii") as file:
        for line in file:
            engine, kind, name, _story = line.split()
            met[engine, kind].add(name)

    def provoked(engine, kind):
        missing = [name for name in wanted[kind] if name not in met[engine, kind] and (kind, name) not in ELSEWHERE]
        check(len(wanted[kind]) > 20 and not missing, f"no story provokes {', '.join(missing)}")
        unknown = met[engine, kind] - set(wanted[kind])
        check(not unknown, f"the table has no {unknown}")

    def elsewhere():
        for (kind, name), (_why, path) in ELSEWHERE.items():
            check(name in wanted[kind], f"the table of ELSEWHERE names {name}, which is none")
            check(not any(name in met[engine, kind] for engine in ENGINES), f"a story provokes {name}: its row of ELSEWHERE is not needed any more")
            with open(f"{ROOT}/{path}", encoding="utf-8") as file:
                check(re.search(rf"\b(ERR_)?{ASKED.get((kind, name), name)}\b", file.read()), f"{path} does not ask for {name}")

    for engine in sys.argv[2:] or ENGINES:
        for kind in wanted:
            story(f"every {kind} was provoked on {engine}: {len(wanted[kind])}", lambda e=engine, k=kind: provoked(e, k))
    story("what is provoked elsewhere is", elsewhere)
    finish()


main()
