"""A panel as data: its queries, what each column means, and the colours that mean the same on every panel."""

from collections.abc import Mapping
from dataclasses import dataclass

from grafana_foundation_sdk.models import dashboard

from contract.catalog import FieldSpec
from dashboards.influxql import Select

# Told apart also by people who see red and green alike: each colour comes with its own text or number.
GOOD = "#1F8A4C"
WARNING = "#D98E04"
BAD = "#C4162A"
BLIND = "#7B3FB5"  # we cannot see: never the colour of down
PLANNED = "#2F6FB5"
BEHIND = "#8C5A3C"  # unreachable behind another
PLAIN = "#33415C"
NO_DATA = "#4A4A4A"  # nothing was heard at all

RECENT_S = 180  # older than three refreshes of the derived rows: nobody writes any more
Steps = tuple[tuple[float, str], ...]  # from this value on, this colour
ZERO_IS_GOOD: Steps = ((0, GOOD), (1, BAD))
ZERO_IS_BAD: Steps = ((0, BAD), (1, GOOD))
ZERO_IS_SEEN: Steps = ((0, GOOD), (1, BLIND))
ALWAYS_PLAIN: Steps = ((0, PLAIN),)


@dataclass(frozen=True, slots=True)
class State:
    """How a state is shown."""

    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer: its name in the query, its heading, what its values are (None: a text), and its look.
    `unit` replaces Grafana's unit of the sense; `blank` is how a cell without a value is shown."""

    name: str
    heading: str
    sense: FieldSpec | None = None
    steps: Steps = ()
    states: Mapping[int | str, State] | None = None
    blank: State | None = None
    unit: str = ""
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A query with its columns; `alias` names the series as Grafana's InfluxQL does ($col, $tag_...)."""

    select: Select
    columns: tuple[Column, ...]
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What every panel has: a title, and its place on the grid of 24 columns. `last_s`: how many seconds it looks back,
    whatever the dashboard does; with RECENT_S it is empty when nobody writes any more."""

    title: str
    x: int
    y: int
    width: int
    height: int
    last_s: int | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel, for Grafana to draw and for `verify` to ask."""

    head: Head
    queries: tuple[Query, ...]
    drawn: dashboard.Panel


@dataclass(frozen=True, slots=True)
class Variable:
    """What a dashboard can be narrowed by: the values of a tag. `default` is a regular expression."""

    name: str
    heading: str
    query: str
    default: str
    all: bool


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard: `slug` names its file and its uid, together with the language."""

    slug: str
    title: str
    range_from: str
    refresh: str
    variables: tuple[Variable, ...]
    panels: tuple[Panel, ...]
