"""Every query of every panel, on a real InfluxDB 1.6.7, says what was so in the generated hour: reckoned here again."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from dashboards.conftest import CONFIG, DATABASE
from dashboards.hour import (
    AREAS,
    BEGIN_MS,
    DOWN,
    END_MS,
    HOUR_S,
    LINKS,
    PLACES,
    SERVICE,
    SITES,
    TECHNOLOGIES,
    UP,
    Hour,
    Site,
    areas,
    headline,
    network,
    service,
    total,
)
from servers.influxdb import InfluxDb

from contract.catalog import load_catalog
from contract.words import load_words
from dashboards.asking import Range, filled
from dashboards.build import build
from dashboards.panel import RECENT_S, Board, Panel
from dashboards.rankings import MOST_LINKS

LAST = HOUR_S - 10  # the second of the last row of headline and network
Rows = list[dict[str, Any]]

BOARDS = {
    one.board.slug: one.board
    for one in build(load_words(CONFIG / "words.yaml"), load_catalog(CONFIG / "catalog.yaml"))
    if one.language == "en"
}
PANELS = [(slug, panel.head.title) for slug, board in BOARDS.items() for panel in board.panels]


def ask(server: InfluxDb, board: Board, panel: Panel, whole: Range, **variables: str) -> list[Rows]:
    """The rows of each query of a panel: the columns that it describes, and the tags that name its series."""
    chosen = {variable.name: variable.default for variable in board.variables} | variables
    last_s = panel.head.last_s
    span = Range(whole.to_ms - last_s * 1000, whole.to_ms, whole.interval_s) if last_s else whole
    found = []
    for query in panel.queries:
        names = {column.name for column in query.columns} | {"technology", "title", "time"}
        rows = server.query(filled(query.select.text(), span, chosen), database=DATABASE)
        kept = names if query.alias and "$tag" in query.alias else names - {"time"}
        found.append([{key: value for key, value in row.items() if key in kept} for row in rows])
    return found


def at(slug: str, title: str) -> tuple[Board, Panel]:
    """A panel by its title."""
    board = BOARDS[slug]
    return board, next(panel for panel in board.panels if panel.head.title == title)


def plain(rows: Rows) -> list[str]:
    """The rows in one order, with numbers to nine digits."""
    return sorted(repr(sorted((key, _digits(key, value)) for key, value in row.items())) for row in rows)


def _digits(key: str, value: object) -> object:
    return f"{value:.9g}" if isinstance(value, int | float) and key != "time" else value


def share(part: float, *whole: float) -> float:
    """A part of a whole in percent."""
    return 100.0 * part / sum(whole)


def of_headline(name: str) -> Callable[[Hour], list[Rows]]:
    """The newest value by technology."""
    return lambda _: [
        [
            {"technology": technology, name: headline(technology, LAST)[name], "time": BEGIN_MS + LAST * 1000}
            for technology in TECHNOLOGIES
        ]
    ]


def of_network(*names: str) -> Callable[[Hour], list[Rows]]:
    """The newest values, as one row."""
    return lambda _: [[{name: network(LAST)[name] for name in names}]]


def _map(_: Hour) -> list[Rows]:
    return [
        [
            {
                "title": AREAS[area],
                "technology": "4g",
                "status": service(area, "4g", HOUR_S)[0],
                "lat": PLACES[area][0],
                "lon": PLACES[area][1],
            }
            for area, technology in SERVICE
            if technology == "4g"
        ]
    ]


def _without_service(_: Hour) -> list[Rows]:
    rows = []
    for area, technology in SERVICE:
        state, since = service(area, technology, HOUR_S)
        tags = {"title": AREAS[area], "technology": technology}
        rows.append({**tags, "status": state, "since_ms": BEGIN_MS + since * 1000})
    return [rows]


def _share(_: Hour) -> list[Rows]:
    rows: Rows = []
    for technology in TECHNOLOGIES:
        for begin in range(0, HOUR_S, 120):
            seconds = [s for s in range(begin, begin + 120, 10) if (technology, s // 600) != ("3g", 2)]
            values = [headline(technology, second)["share_pct"] for second in seconds]
            mean = sum(values) / len(values) if values else None
            rows.append({"technology": technology, "share_pct": mean, "time": BEGIN_MS + begin * 1000})
    return [rows]


def _time(_: Hour) -> list[Rows]:
    seconds = total(SITES)
    kept = {key: seconds[key] for key in ("down_s", "maintenance_s")}
    return [[{"unknown_pct": unseen(seconds), **kept}]]


def availability(seconds: dict[str, float]) -> float:
    """Up of what was seen."""
    return share(seconds["up_s"], seconds["up_s"], seconds["down_s"])


def unseen(seconds: dict[str, float]) -> float:
    """Unknown of all."""
    return share(seconds["unknown_s"], *seconds.values())


def outages(sites: tuple[Site, ...]) -> int:
    """How often a site went down that was up when it was last seen either way; begun before the hour does not count."""
    count = 0
    for site in sites:
        known = [state for _, state in site.spells if state in (UP, DOWN)]
        count += sum(before == UP and after == DOWN for before, after in pairwise(known))
    return count


def _areas(_: Hour) -> list[Rows]:
    seen, never = [], []
    for _id, title, level, sites in areas():
        seconds = total(sites)
        row = {"title": title, "level": level, "unknown_pct": unseen(seconds)}
        row |= {key: seconds[key] for key in ("down_s", "unknown_s")}
        if seconds["up_s"] + seconds["down_s"]:
            seen.append({**row, "availability_pct": availability(seconds)})
        else:
            never.append(row)
    return [seen, never]


def _worst_devices(_: Hour) -> list[Rows]:
    each = [(f"rt {site.title}", site.seconds()) for site in SITES]
    return [
        [
            {"title": title, "availability_pct": availability(one)} | {key: one[key] for key in ("down_s", "unknown_s")}
            for title, one in each
            if one["up_s"] + one["down_s"]
        ]
    ]  # fmt: skip


def _unseen_devices(_: Hour) -> list[Rows]:
    each = [(f"rt {site.title}", site.seconds()) for site in SITES]
    return [
        [{"title": title, "unknown_pct": unseen(one), "unknown_s": one["unknown_s"]} for title, one in each]
    ]  # fmt: skip


def _timeline(_: Hour) -> list[Rows]:
    return [
        [
            {"title": site.title, "status": site.at(begin + 119), "time": BEGIN_MS + begin * 1000}
            for site in SITES
            for begin in range(0, HOUR_S, 120)
        ]
    ]


def _links(hour: Hour) -> list[Rows]:
    rows: Rows = []
    for device, if_name, speed in LINKS:
        directions = zip(*hour.rates[device, if_name], strict=True)
        received, sent = (share(percentile(list(values), 95), speed) for values in directions)
        row = {"device": device, "if_name": if_name, "in_pct": received, "out_pct": sent, "speed_bps": speed}
        rows.append(row)
    return [sorted(rows, key=lambda row: -row[by])[:MOST_LINKS] for by in ("in_pct", "out_pct")]


def percentile(values: list[float], rank: int) -> float:
    """The nearest rank, as InfluxQL has it."""
    return sorted(values)[math.floor(len(values) * rank / 100 + 0.5) - 1]


TRUTH: dict[tuple[str, str], Callable[[Hour], list[Rows]]] = {
    ("ioc", "Communes with service now"): of_headline("communes"),
    ("ioc", "Communes that have such cells"): of_headline("total"),
    ("ioc", "Communes without service"): of_headline("lost"),
    ("ioc", "Communes that we cannot see"): of_headline("blind"),
    ("ioc", "Communes by service, ${technology}"): _map,
    ("ioc", "Sites"): of_network("sites_up", "sites", "sites_down", "sites_unknown", "sites_maintenance"),
    ("ioc", "Communes without service, since when"): _without_service,
    ("ioc", "Share of cells in service"): _share,
    ("ioc", "Incidents and the age of the data"): of_network(
        "incidents_open", "incidents_acked", "agents_silent", "age_s"
    ),
    ("uptime", "All sites"): lambda _: [[{"availability_pct": availability(total(SITES))}]],
    ("uptime", "Time of all sites"): _time,
    ("uptime", "Outages begun"): lambda _: [[{"outages": outages(SITES)}]],
    ("uptime", "Availability by area"): _areas,
    ("uptime", "Worst devices"): _worst_devices,
    ("uptime", "State of sites"): _timeline,
    ("uptime", "Links by load of the last hour, 95th percentile"): _links,
    ("uptime", "Devices that we could not see"): _unseen_devices,
}


def test_every_panel_has_a_truth_to_be_held_against() -> None:
    assert sorted(TRUTH) == sorted(PANELS)


@pytest.mark.parametrize(("slug", "title"), PANELS)
def test_a_panel_says_what_was_so(slug: str, title: str, hour: Hour, shared_influxdb: InfluxDb, whole: Range) -> None:
    found = ask(shared_influxdb, *at(slug, title), whole)
    for rows, wanted in zip(found, TRUTH[slug, title](hour), strict=True):
        assert plain(rows) == plain(wanted)


def test_a_place_without_outages_has_zero_of_them_and_not_no_data(
    hour: Hour, shared_influxdb: InfluxDb, whole: Range
) -> None:
    calm = ask(shared_influxdb, *at("uptime", "Outages begun"), whole, area="xa-mot")
    assert calm == [[{"outages": 0}]]
    time = ask(shared_influxdb, *at("uptime", "Time of all sites"), whole, area="xa-mot")
    assert time == [[{"unknown_pct": 0, "down_s": 0, "maintenance_s": 0}]]


def test_a_place_never_seen_is_neither_up_nor_down(hour: Hour, shared_influxdb: InfluxDb, whole: Range) -> None:
    assert ask(shared_influxdb, *at("uptime", "All sites"), whole, area="xa-ba") == [[]]
    time = ask(shared_influxdb, *at("uptime", "Time of all sites"), whole, area="xa-ba")
    assert time == [[{"unknown_pct": 100, "down_s": 0, "maintenance_s": 0}]]


@pytest.mark.parametrize(("slug", "title"), [one for one in PANELS if at(*one)[1].head.last_s == RECENT_S])
def test_what_is_now_is_empty_once_nobody_writes_any_more(
    slug: str, title: str, hour: Hour, shared_influxdb: InfluxDb
) -> None:
    later = Range(BEGIN_MS, END_MS + RECENT_S * 1000 + 1, 120)
    assert ask(shared_influxdb, *at(slug, title), later) == [[]]


def test_a_silence_is_a_hole_in_the_states_of_sites(hour: Hour, shared_influxdb: InfluxDb) -> None:
    later = Range(BEGIN_MS, END_MS + 600_000, 120)
    (rows,) = ask(shared_influxdb, *at("uptime", "State of sites"), later)
    assert all((row["status"] is None) == (row["time"] >= END_MS) for row in rows)
    assert any(row["status"] is None for row in rows)


def test_the_variables_offer_what_there_is(hour: Hour, shared_influxdb: InfluxDb) -> None:
    offered = {
        variable.name: {row["value"] for row in shared_influxdb.query(variable.query, database=DATABASE)}
        for board in BOARDS.values()
        for variable in board.variables
    }
    assert offered == {"technology": set(TECHNOLOGIES), "area": {site.area for site in SITES}}
