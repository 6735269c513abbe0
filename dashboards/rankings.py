"""Rankings of the uptime dashboard: areas, devices and links, the worst on top, and how their figures are reckoned.

Blind is not down: availability is up / (up + down), and what was unknown the whole time has none.
"""

from collections.abc import Mapping

from grafana_foundation_sdk.models import dashboard

from dashboards.influxql import TIME_FILTER, Expression, Select, call, literal, name
from dashboards.look import rows
from dashboards.panel import BAD, BLIND, GOOD, PLAIN, WARNING, Column, Head, Panel, Query, State, Steps
from dashboards.terms import PERCENT, Terms

MOST_DEVICES = 20
MOST_LINKS = 15
LINKS_S = 3600  # of a day, the database would sort every rate of every link
HERE = name("area").matches("area")
SEEN = (name("up_s") + name("down_s")).above(0)
_AVAILABILITY: Steps = ((0, BAD), (99, WARNING), (99.9, GOOD))
_UNSEEN: Steps = ((0, GOOD), (1, BLIND))
_LOAD: Steps = ((0, GOOD), (70, WARNING), (90, BAD))
_SECONDS = ("up_s", "down_s", "unknown_s", "maintenance_s")
_PARTS: Mapping[str, Expression] = {
    "availability_pct": literal(100) * name("up_s") / (name("up_s") + name("down_s")),
    "unknown_pct": literal(100)
    * name("unknown_s")
    / (name("up_s") + name("down_s") + name("unknown_s") + name("maintenance_s")),
}


def expression(column: str) -> Expression:
    return _PARTS[column].named(column) if column in _PARTS else name(column)


def sums(scope: str, *tags: str, here: bool = True) -> Select:
    """The seconds in each state over the range: one series, with the tags as columns."""
    where = (name("scope").equals(scope), TIME_FILTER, *((HERE,) if here else ()))
    columns = tuple(call("sum", name(field)).named(field) for field in _SECONDS)
    return Select(columns, "availability", where, group=tuple(map(name, tags)))


def availability(terms: Terms) -> Column:
    blank = State(terms.word("wall_never_seen"), BLIND)
    return Column("availability_pct", terms.word("wall_availability"), PERCENT, _AVAILABILITY, blank=blank, decimals=3)


def unseen(terms: Terms) -> Column:
    return Column("unknown_pct", terms.word("wall_unseen"), PERCENT, _UNSEEN, decimals=2)


def seconds(terms: Terms, field: str, steps: Steps = ()) -> Column:
    return Column(field, terms.meaning("availability", field), terms.sense("availability", field), steps)


def areas(terms: Terms) -> Panel:
    head = Head(terms.word("wall_areas"), 0, 4, 12, 9, description=terms.word("wall_blind_is_not_down"))
    source = sums("area", "title", "level", "area", here=False)
    levels: dict[int | str, State] = {
        level: State(terms.word(f"wall_{level}"), PLAIN) for level in ("province", "district", "commune")
    }
    tags = (Column("title", terms.word("wall_area")), Column("level", terms.word("wall_level"), states=levels))
    times = tuple(seconds(terms, field) for field in ("down_s", "unknown_s"))
    rest = (*tags, unseen(terms), *times)
    seen = (*tags, availability(terms), unseen(terms), *times)
    never_seen = (name("up_s") + name("down_s")).equals(0)
    queries = (
        Query(Select(tuple(expression(column.name) for column in seen), source, (SEEN,)), seen),
        Query(Select(tuple(expression(column.name) for column in rest), source, (never_seen,)), rest),
    )
    return rows(head, queries, terms, worst="availability_pct", descending=False)


def _top(field: str, most: int, columns: tuple[Column, ...], source: Select, *where: Expression) -> Query:
    """The rows with the most of a field."""
    top = call("top", name(field), literal(most)).named(field)
    others = tuple(expression(column.name) for column in columns if column.name != field)
    return Query(Select((top, *others), source, where), columns)


def worst_devices(terms: Terms) -> Panel:
    head = Head(terms.word("wall_worst_devices"), 12, 4, 12, 9)
    columns = (
        Column("title", terms.word("device")),
        availability(terms),
        seconds(terms, "down_s"),
        seconds(terms, "unknown_s"),
    )
    query = _top("down_s", MOST_DEVICES, columns, sums("device", "title", "device"), SEEN)
    return rows(head, (query,), terms, worst="down_s", descending=True)


def unseen_devices(terms: Terms) -> Panel:
    head = Head(terms.word("wall_unseen_devices"), 15, 22, 9, 9, description=terms.word("wall_blind_is_not_down"))
    columns = (Column("title", terms.word("device")), unseen(terms), seconds(terms, "unknown_s"))
    query = _top("unknown_s", MOST_DEVICES, columns, sums("device", "title", "device"))
    return rows(head, (query,), terms, worst="unknown_s", descending=True)


def links(terms: Terms) -> Panel:
    """The 95th percentile of the busier direction. The busiest in either direction are among the busiest in each."""
    head = Head(terms.word("wall_links"), 0, 22, 15, 9, last_s=LINKS_S)
    speed = call("last", name("speed_bps"))
    hundred = literal(100)
    loads = tuple(
        (hundred * call("percentile", name(f"{way}_bps"), literal(95)) / speed).named(f"{way}_pct")
        for way in ("in", "out")
    )
    tags = (name("device"), name("if_name"))
    source = Select((*loads, speed.named("speed_bps")), "interface", (TIME_FILTER, HERE), group=tags)
    columns = (
        Column("device", terms.word("device")),
        Column("if_name", terms.word("wall_interface")),
        _load(terms, "in_pct"),
        _load(terms, "out_pct"),
        Column("speed_bps", terms.meaning("interface", "speed_bps"), terms.sense("interface", "speed_bps")),
    )
    queries = tuple(
        _top(field, MOST_LINKS, columns, source, name("speed_bps").above(0)) for field in ("in_pct", "out_pct")
    )
    busier = dashboard.DataTransformerConfig(
        id_val="calculateField",
        options={
            "mode": "reduceRow",
            "reduce": {"reducer": "max", "include": ["in_pct", "out_pct"]},
            "alias": "load_pct",
            "replaceFields": False,
        },
    )
    return rows(head, queries, terms, worst="load_pct", descending=True, before=(busier,))


def _load(terms: Terms, field: str) -> Column:
    return Column(field, terms.word(f"wall_{field}"), PERCENT, _LOAD, decimals=1)
