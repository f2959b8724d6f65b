# SPDX-License-Identifier: Apache-2.0
"""/metrics is the format of Prometheus, docs/metrics.md lists all of it and nothing else, every panel of the dashboard asks for what there is, and the
figures move when the thing happens that they are named after.

    metrics_story.py [STORE]    on SQLite, or on the store named
"""
import json
import re
import sys

from harness import PIN, ROOT, Server, check, finish, story, until
from sandbox import mode

SAMPLE = re.compile(r'([a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? ([0-9]+(?:\.[0-9]+)?)')
ROW = re.compile(r"\| `(qianbao_[a-z_]+)`(?: by ([a-z, ]+))? \| (\w+) \| ([^|]+) \|")
WORDS = {"by", "sum", "rate", "increase", "histogram_quantile", "max", "time", "le", "class", "code", "instance", "job", "topk", "clamp_min"}


def scrape(server):
    """Families (type, help) and samples, each line judged."""
    families, samples, name = {}, {}, None
    answer = server.client().get("/metrics").expect(200)
    check(answer.headers["Content-Type"] == "text/plain; version=0.0.4" and answer.body.endswith(b"\n"), answer.headers)
    for line in answer.body.decode("ascii").splitlines():
        if line.startswith("# HELP "):
            name, _, words = line[7:].partition(" ")
            check(name not in families and words, f"twice, or without words: {line}")
            families[name] = [None, words]
        elif line.startswith("# TYPE "):
            check(line.split()[2] == name, f"a type of another: {line}")
            families[name][0] = line.split()[3]
        else:
            found = SAMPLE.fullmatch(line)
            check(found, f"no sample: {line}")
            base = re.sub(r"_(bucket|sum|count)$", "", found[1]) if families[name][0] == "histogram" else found[1]
            check(base == name, f"{line} stands under {name}")
            check(found[1] + (found[2] or "") not in samples, f"twice: {line}")
            samples[found[1] + (found[2] or "")] = float(found[3])
    return families, samples


def value(server, name):
    return scrape(server)[1].get(name, 0)


def main():
    store = sys.argv[1] if len(sys.argv) > 1 else None
    with Server(store=store, flags=["--bank-timeout", "2s"]) as server:
        person = server.person(100_000)

        def listed():
            families, samples = scrape(server)
            with open(f"{ROOT}/docs/metrics.md", encoding="utf-8") as file:
                rows = {name: (labels, kind, words.strip()) for name, labels, kind, words in ROW.findall(file.read())}
            check(set(rows) == set(families), f"not listed: {set(families) - set(rows)}; not served: {set(rows) - set(families)}")
            for name, (kind, words) in families.items():
                check(rows[name][1] == kind and rows[name][2] == words, f"{name}: {rows[name]} is not {kind}, {words}")
                labels = {label for sample in samples if re.sub(r"\{.*|_bucket.*", "", sample) == name for label in re.findall(r"(\w+)=", sample)} - {"le"}
                check(labels == set(filter(None, re.split(r"[ ,]+|and", rows[name][0] or ""))), f"{name}: labels {labels}")
                check((kind == "counter") == name.endswith("_total") or name == "qianbao_ledger_sequence", f"{name} is a {kind}")

        def dashboard():
            families, _ = scrape(server)
            served = set(families) | {f"{name}_{end}" for name, (kind, _) in families.items() if kind == "histogram" for end in ("bucket", "sum", "count")}
            with open(f"{ROOT}/docs/grafana-dashboard.json", encoding="utf-8") as file:
                board = json.load(file)
            expressions = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
            check(len(expressions) > 20, f"{len(expressions)} expressions")
            for expression in expressions:
                asked = set(re.findall(r"\bqianbao_\w+", expression))
                check(asked and asked <= served, f"{expression}: {asked - served} is not served")
                rest = set(re.findall(r"[a-z_]{2,}", re.sub(r"qianbao_\w+|\"[^\"]*\"|\$__rate_interval|\[[^]]*\]", "", expression)))
                check(rest <= WORDS, f"{expression}: {rest - WORDS}")
                check(expression.count("(") == expression.count(")"), expression)
                for name in asked:
                    kind = families.get(name, [None])[0]
                    check(kind != "counter" or re.search(r"(rate|increase)\(" + name, expression), f"{expression}: a counter without its rate")
            used = {name for expression in expressions for name in re.findall(r"\bqianbao_\w+", expression)}
            shown = {re.sub(r"_(bucket|sum|count)$", "", name) if name not in families else name for name in used}
            check(shown == set(families), f"on no panel: {set(families) - shown}")
            ids = [panel["id"] for panel in board["panels"]]
            check(len(set(ids)) == len(ids) and all(panel["title"] for panel in board["panels"]), "ids and titles")
            places = [panel["gridPos"] for panel in board["panels"]]
            for i, a in enumerate(places):
                check(a["x"] + a["w"] <= 24, f"{a} is wider than the board")
                for b in places[:i]:
                    apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
                    check(apart, f"{a} lies on {b}")

        story("the dashboard asks for what there is, and shows all of it", dashboard)

        def errors():
            name = 'qianbao_errors_total{code="INSUFFICIENT_BALANCE",class="REFUSED"}'
            unknown = 'qianbao_http_answers_total{class="4xx"}'
            before, refused = value(server, name), value(server, unknown)
            payee = person.plain("/v1/transfers/preview", {"phone": server.person(card=False).phone}).expect(200)["payee"]["id"]
            person.post("/v1/transfers", {"payee_id": payee, "amount": 400_000, "pin": PIN}).expect(422, "INSUFFICIENT_BALANCE")
            server.client().get("/nothing")
            check(value(server, name) == before + 1 and value(server, unknown) == refused + 2, "not counted")
            check(value(server, 'qianbao_http_answers_total{class="2xx"}') > 10, "answers")

        story("refusals are counted by their code", errors)
        story("docs/metrics.md lists what is served", listed)

        def histograms():
            _, samples = scrape(server)
            for name, count in (("qianbao_writer_commit_seconds", samples["qianbao_writer_groups_total"]), ("qianbao_http_answer_seconds", None)):
                buckets = [(float(re.search(r'le="([^"]+)"', key)[1]), number) for key, number in samples.items() if key.startswith(f"{name}_bucket")]
                check(buckets == sorted(buckets) and buckets[-1] == (float("inf"), samples[f"{name}_count"]), f"{name}: {buckets}")
                check(all(a <= b for (_, a), (_, b) in zip(buckets, buckets[1:])), f"{name} falls")
                check(0 < samples[f"{name}_sum"] and (count is None or samples[f"{name}_count"] == count), f"{name}: {samples[f'{name}_sum']}")

        story("the histograms add up", histograms)

        def doubt():
            mode(server, "CMB", "outage")
            payment = person.post("/v1/topups", {"card_id": person.card["id"], "amount": 700, "pin": PIN}).expect(201)["payment"]
            server.settled(person, payment["id"], "in_doubt")
            until(lambda: value(server, "qianbao_bank_in_doubt") == 1 and value(server, "qianbao_bank_in_doubt_age_seconds") >= 1, "nobody sees it")
            check(value(server, "qianbao_bank_unanswered_total") > 0, "calls without an answer")
            mode(server, "CMB", "normal")
            server.client().plain("/demo/clock", {"advance_s": 3600}).expect(200)
            until(lambda: not value(server, "qianbao_bank_in_doubt") and not value(server, "qianbao_bank_in_doubt_age_seconds"), "it stays")

        story("an order in doubt is counted with its age, until it is known", doubt)

        def index():
            until(lambda: not value(server, "qianbao_index_behind_entries"), "the index stays behind")

        story("the index catches up", index)
        story("the books", server.audit)
    finish()


if __name__ == "__main__":
    main()
