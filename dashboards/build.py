"""All dashboards in all languages, as the JSON files of `config/grafana/dashboards`. The same input, the same bytes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from contract.catalog import Catalog
from contract.words import Language, Words
from dashboards import ioc, uptime
from dashboards.look import SOURCE
from dashboards.panel import Board, Variable
from dashboards.terms import Terms

LANGUAGES: tuple[Language, ...] = get_args(Language)
SCHEMA = 37  # that of Grafana 9.3; newer versions bring it up to date as they load it
_TAG = "mangrove"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of Grafana: the dashboards of one language."""

    uid: str
    title: str


@dataclass(frozen=True, slots=True)
class Built:
    """A dashboard in one language. `path` is relative to `config/grafana`."""

    language: Language
    folder: Folder
    board: Board
    uid: str
    path: str
    text: str


def build(words: Words, catalog: Catalog) -> list[Built]:
    """Return every dashboard in every language.

    Raises:
        KeyError, UnknownError: a text or a field of the catalog is missing.
    """
    return [built for language in LANGUAGES for built in _in(Terms(words, catalog, language))]


def _in(terms: Terms) -> Iterator[Built]:
    folder = Folder(f"mangrove-{terms.language}", terms.word("wall_folder"))
    for board in (ioc.board(terms), uptime.board(terms)):
        uid = f"mangrove-{board.slug}-{terms.language}"
        text = json.dumps(_drawn(board, uid, terms), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False)
        yield Built(terms.language, folder, board, uid, f"dashboards/{terms.language}/{board.slug}.json", text + "\n")


def _drawn(board: Board, uid: str, terms: Terms) -> dashboard.Dashboard:
    others = builders.DashboardLink(terms.word("wall_others")).type(dashboard.DashboardLinkType.DASHBOARDS)
    builder = (
        builders.Dashboard(board.title)
        .uid(uid)
        .tags([_TAG, terms.language])
        .readonly()
        .time(board.range_from, "now")
        .refresh(board.refresh)
        .timezone("browser")
        .link(others.tags([_TAG, terms.language]))
    )
    for variable in board.variables:
        builder.with_variable(_variable(variable, terms))
    drawn = builder.build()
    drawn.schema_version = SCHEMA
    drawn.panels = []
    for number, panel in enumerate(board.panels, 1):
        panel.drawn.id_val = number
        drawn.panels.append(panel.drawn)
    return drawn


def _variable(variable: Variable, terms: Terms) -> builders.QueryVariable:
    every = dashboard.VariableOption(selected=True, text=terms.word("wall_all"), value="$__all")
    one = dashboard.VariableOption(selected=True, text=variable.default, value=variable.default)
    builder = (
        builders.QueryVariable(variable.name)
        .label(variable.heading)
        .datasource(SOURCE)
        .query(variable.query)
        .refresh(dashboard.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        .include_all(variable.all)
        .current(every if variable.all else one)
    )
    return builder.all_value(variable.default) if variable.all else builder
