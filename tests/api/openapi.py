# SPDX-License-Identifier: Apache-2.0
"""/openapi.json as a judge: every answer of the server must be one that the page promises. Server asks it about every answer of every test.

    page = Page(json.loads(text))
    page.judge("GET", "/v1/me", 200, headers, body)     # raises Wrong with the place and the reason
    page.unseen()                                       # the operations that have not succeeded yet
"""
import json
import re
from urllib.parse import urlsplit

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00")
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
SAID = {"description", "writeOnly"}  # words that ask nothing of a value


class Broken(Exception):
    """An answer that the page does not promise."""


def once(pairs):
    out = dict(pairs)
    if len(out) != len(pairs):
        raise Broken(f"a key twice: {[key for key, _ in pairs]}")
    return out


class Page:
    def __init__(self, page):
        self.page, self.seen = page, set()
        self.paths = [(re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", re.escape(p).replace(r"\{", "{").replace(r"\}", "}")) + "$"), p)
                      for p in sorted(page["paths"], key=lambda p: ("{" in p, p))]
        self.formats = {"date-time": TIME, "id": ID}

    def operation(self, method, path):
        path = urlsplit(path).path
        for pattern, name in self.paths:
            found = pattern.match(path) and self.page["paths"][name].get(method.lower())
            if found:
                return name, found
        return None, None

    def judge(self, method, path, status, headers, body):
        name, operation = self.operation("GET" if method == "HEAD" else method, path)
        wanted = operation["responses"].get(str(status)) if operation else None
        if wanted:
            self.seen.add((method, name))
        elif status >= 400:
            wanted = operation["responses"]["default"] if operation else {"content": {"application/json": {"schema": self.ref("Error")}}}
        else:
            return  # a file of the app, or a page that is not part of the API
        if method == "HEAD" or status == 304 or (not operation and headers.get("Content-Type", "").startswith("text/html")):
            return
        kind = headers.get("Content-Type")
        where = f"{method} {path} {status}"
        if kind not in wanted["content"]:
            raise Broken(f"{where}: {kind} instead of {list(wanted['content'])}")
        schema = wanted["content"][kind].get("schema")
        if kind == "application/json":
            value = json.loads(body, object_pairs_hook=once)
            if schema:
                self.check(value, schema, where)

    def asked(self, method, path, body):
        """A body that was taken must be one that the page describes."""
        _, operation = self.operation(method, path)
        if operation and "requestBody" in operation and isinstance(body, dict) and "application/json" in operation["requestBody"]["content"]:
            self.check(body, operation["requestBody"]["content"]["application/json"]["schema"], f"the body of {method} {path}")

    def unseen(self):
        return sorted((m.upper(), p) for p, row in self.page["paths"].items() for m in row if (m.upper(), p) not in self.seen)

    # --- JSON Schema, as much of it as the page uses; a word that is not known here is a fault ---

    @staticmethod
    def ref(name):
        return {"$ref": f"#/components/schemas/{name}"}

    def check(self, value, schema, at):
        for word, wanted in schema.items():
            if word in SAID:
                continue
            rule = getattr(self, "_" + word.replace("$", ""), None)
            if rule is None:
                raise Broken(f"{at}: the page says {word}, which this judge does not know")
            rule(value, wanted, schema, at)

    def _ref(self, value, wanted, _, at):
        self.check(value, self.page["components"]["schemas"][wanted.rsplit("/", 1)[1]], at)

    def _type(self, value, wanted, _, at):
        kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
        right = isinstance(value, kinds[wanted]) and not (wanted == "integer" and isinstance(value, bool))
        if not right:
            raise Broken(f"{at}: {value!r} is no {wanted}")

    def _anyOf(self, value, wanted, _, at):
        reasons = []
        for schema in wanted:
            try:
                return self.check(value, schema, at)
            except Broken as broken:
                reasons.append(str(broken))
        raise Broken(" and ".join(reasons))

    def _properties(self, value, wanted, _, at):
        for name, schema in wanted.items():
            if name in value:
                self.check(value[name], schema, f"{at} /{name}")

    def _required(self, value, wanted, _, at):
        missing = [name for name in wanted if name not in value]
        if missing:
            raise Broken(f"{at}: without {missing}")

    def _additionalProperties(self, value, wanted, schema, at):
        more = [name for name in value if name not in schema.get("properties", {})]
        if wanted is False and more:
            raise Broken(f"{at}: {more} is not on the page")

    def _items(self, value, wanted, _, at):
        for i, item in enumerate(value):
            self.check(item, wanted, f"{at} /{i}")

    def _enum(self, value, wanted, _, at):
        if value not in wanted:
            raise Broken(f"{at}: {value!r} is none of {wanted}")

    def _format(self, value, wanted, _, at):
        if not self.formats[wanted].fullmatch(value):
            raise Broken(f"{at}: {value!r} is no {wanted}")

    def _pattern(self, value, wanted, _, at):
        if not re.search(wanted, value):
            raise Broken(f"{at}: {value!r} does not match {wanted}")

    def _minLength(self, value, wanted, _, at):
        if len(value) < wanted:
            raise Broken(f"{at}: {value!r} is shorter than {wanted}")

    def _maxLength(self, value, wanted, _, at):
        if len(value) > wanted:
            raise Broken(f"{at}: {value!r} is longer than {wanted}")

    def _minimum(self, value, wanted, _, at):
        if value < wanted:
            raise Broken(f"{at}: {value} is less than {wanted}")

    def _maximum(self, value, wanted, _, at):
        if value > wanted:
            raise Broken(f"{at}: {value} is more than {wanted}")
