# SPDX-License-Identifier: Apache-2.0
"""The Debian package, the man pages, the completion and the list of components: python3 tests/package.py (after scripts/deb)"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "api"))
from harness import BUILD, check, finish, story  # noqa: E402

HOME = Path(__file__).resolve().parent.parent
DEB = HOME / "build/deb"
FILES = """
    etc/qianbao/qianbao.conf lib/systemd/system/qianbaod.service
    usr/bin/qianbao usr/sbin/qianbaod usr/sbin/qianbao-bank
    usr/share/bash-completion/completions/qianbao usr/share/zsh/vendor-completions/_qianbao
    usr/share/doc/qianbao/changelog.gz usr/share/doc/qianbao/copyright usr/share/doc/qianbao/sbom.cdx.json
    usr/share/doc/qianbao/examples/nginx.conf
    usr/share/man/man1/qianbao.1.gz usr/share/man/man5/qianbao.conf.5.gz
    usr/share/man/man8/qianbao-bank.8.gz usr/share/man/man8/qianbaod.8.gz""".split()


def run(*words, **more):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, **more)


def said(*words):
    done = run(*words)
    check(done.returncode == 0, f"{words}: {done.stdout}{done.stderr}")
    return done.stdout


def package():
    found = glob.glob(str(DEB / "qianbao_*.deb"))
    check(len(found) == 1, found)
    return found[0]


def contents():
    rows = [line.split(None, 5) for line in said("dpkg-deb", "-c", package()).splitlines()]
    check(all(row[1] == "root/root" for row in rows), "everything is root's")
    files = {row[5].removeprefix("./"): row[0] for row in rows if row[0][0] != "d"}
    documents = {f"usr/share/doc/qianbao/{p.name}.gz" for p in (HOME / "docs").glob("*.md")}
    check(set(FILES) <= set(files) and set(files) - set(FILES) <= documents, set(files) ^ set(FILES))
    for name, mode in files.items():
        program = name.startswith(("usr/bin/", "usr/sbin/"))
        check(mode == ("-rwxr-xr-x" if program else "-rw-r--r--"), f"{name}: {mode}")


def control():
    fields = dict(line.split(": ", 1) for line in said("dpkg-deb", "-f", package(), "Package", "Version", "Depends").splitlines())
    version = re.search(r"^  version: '(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)',$", (HOME / "meson.build").read_text(), re.M)[1]
    check(fields["Version"] == version, f"{fields['Version']} is not meson.build's {version}")
    for program in ("qianbao", "qianbaod"):
        check(version in said(f"{BUILD}/src/bin/{program}", "--version"), program)
    for library in ("libmicrohttpd12", "libsqlite3-0", "libpq5", "libsodium23", "libssl3", "adduser"):
        check(library in fields["Depends"], f"{library}: {fields['Depends']}")


def lint():
    user = [] if os.getuid() else ["--allow-root"]
    done = run("lintian", *user, "--fail-on", "error,warning", package())
    check(done.returncode == 0 and not re.search(r"^[EW]:", done.stdout, re.M), done.stdout + done.stderr)


def exposure():
    done = run("systemd-analyze", "security", "--offline=true", "--threshold=20", HOME / "package/qianbaod.service")
    check(done.returncode == 0, done.stdout[-300:] + done.stderr)
    level = float(re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)[1])
    check(level <= 1.5, f"{level}")


def settings():
    """The sample is a valid file whose every line is a comment or a section: it says what holds anyway."""
    sample = DEB / "root/etc/qianbao/qianbao.conf"
    clean = {"PATH": os.environ["PATH"]}
    plain = run(f"{BUILD}/src/bin/qianbaod", "--print-config", env=clean, cwd="/").stdout
    with_it = run(f"{BUILD}/src/bin/qianbaod", "--config", sample, "--print-config", env=clean, cwd="/")
    check(with_it.returncode == 0 and with_it.stdout == plain, with_it.stderr)
    names = re.findall(r"^(\w+) =", plain, re.M)
    check(names and names == re.findall(r"^;(\w+) =", sample.read_text(), re.M), "each setting is in it once")


def man():
    pages = sorted(glob.glob(str(DEB / "man/*")))
    check(len(pages) == 4, pages)
    linted = run("mandoc", "-T", "lint", "-W", "style", *pages).stdout
    wrong = [line for line in linted.splitlines() if "referenced manual not found" not in line and "outdated mandoc.db" not in line]
    check(not wrong, wrong)
    shown = re.sub(".\b", "", said("mandoc", "-T", "utf8", "-O", "width=400", DEB / "man/qianbao.1"))
    for row in json.loads(said(f"{BUILD}/src/bin/qianbao", "help", "--json"))["commands"]:
        check(re.sub(r"\s*\|\s*", "|", shown).find(row["usage"]) >= 0, f"{row['usage']} is not in qianbao(1)")
    conf = re.sub(".\b", "", said("mandoc", "-T", "utf8", DEB / "man/qianbao.conf.5"))
    for name in re.findall(r"^(\w+) =", said(f"{BUILD}/src/bin/qianbaod", "--print-config"), re.M):
        check(re.search(rf"^\s+{name}\b", conf, re.M), f"{name} is not in qianbao.conf(5)")


def bash_completion():
    """By bash itself: what it would offer for a line."""
    script = f""". {DEB}/qianbao.bash
for line in "$@"; do
    read -r -a COMP_WORDS <<<"$line"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)) COMPREPLY=()
    _qianbao
    echo "${{COMPREPLY[*]}}"
done"""
    folder = tempfile.mkdtemp(dir=os.environ.get("QIANBAO_TMP"))
    cases = {
        "qianbao mer": "merchant",
        "qianbao merchant ": "add list show fee",
        "qianbao --data /x merchant s": "show",
        "qianbao merchant fee --r": "--rate",
        "qianbao merchant fee --id ": "",
        "qianbao sandbox bank ": "CMB CCB ICBC",
        "qianbao sandbox bank CMB de": "decline delay",
        "qianbao --j": "--json",
        "qianbao help pay": "payment",
        "qianbao account show 1 --last 5 --b": "--before",
        f"qianbao backup {folder[:-1]}": folder,
        f"qianbao --data {folder[:-1]}": folder,
    }
    offered = said("bash", "-c", script, "bash", *cases).splitlines()
    for (line, expected), got in zip(cases.items(), offered):
        check(got == expected, f"{line!r}: {got!r}, not {expected!r}")
    everything = said("bash", "-c", script, "bash", "qianbao ").split()
    nouns = {row["words"].split()[0] for row in json.loads(said(f"{BUILD}/src/bin/qianbao", "help", "--json"))["commands"]}
    check(set(everything) == nouns | {"help"}, everything)
    os.rmdir(folder)


def zsh_completion():
    """By zsh itself, on a terminal of its own: the list under the line."""
    script = f"""zmodload zsh/zpty
zpty z 'TERM=dumb zsh -f -i'
zpty -w z "PROMPT=; fpath=({DEB} \\$fpath); autoload -U compinit; compinit -u -D; LISTMAX=1000; setopt no_beep; bindkey '^I' list-choices; echo RE''ADY"
zpty -r z out '*READY*'
zpty -n -w z "$1"$'\\t'
for ((tries = 0; tries < 600; tries++)); do
    while zpty -r -t z out; do print -rn -- "$out"; shown+=$out; done
    [[ $shown == *$2* ]] && break
    sleep 0.1
done
zpty -d z"""
    for line, last, words in (("qianbao merchant ", "tills, waiters", ("add", "fee", "list")),
                              ("qianbao merchant fee --", "--rate", ("--id",)),
                              ("qianbao sandbox bank ", "ICBC", ("CMB", "CCB")),
                              ("qianbao --data /x sandbox bank CMB ", "outage", ("normal", "decline"))):
        shown = run("zsh", "-f", "-c", script, "zsh", line, last, timeout=120).stdout
        check(all(word in shown for word in (*words, last)), f"{line!r}: {shown!r}")


def components():
    bom = json.loads((DEB / "sbom.cdx.json").read_text())
    check((bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.5"), bom["bomFormat"])
    refs = [c["bom-ref"] for c in bom["components"]]
    check(len(refs) == len(set(refs)), "each once")
    named = {ref for row in bom["dependencies"] for ref in (row["ref"], *row["dependsOn"])}
    check(named <= set(refs) | {bom["metadata"]["component"]["bom-ref"]}, named - set(refs))
    names = {c["name"] for c in bom["components"]}
    linked = said("dpkg-deb", "-f", package(), "Depends")
    for library in re.findall(r"\b(lib[\w.+-]+)", linked):
        check(library in names, f"{library} is linked and not listed")
    check({"preact", "jsqr"} <= names and not names & {"typescript", "esbuild"}, "of npm: what is in the web app")
    check(all(c.get("version") for c in bom["components"]), "each with its version")


story("what is in the package", contents)
story("version and dependencies", control)
story("lintian", lint)
story("the unit's exposure", exposure)
story("the sample of the settings", settings)
story("man pages", man)
story("completion in bash", bash_completion)
story("completion in zsh", zsh_completion)
story("the list of components", components)
finish()
