"""Whether every panel has an answer: each query is sent as Grafana would, and its values held against the catalog."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from dashboards.asking import AskError, Range, Row, filled
from dashboards.look import MIN_INTERVAL_S
from dashboards.panel import Board, Panel, Query, State, Variable
from dashboards.terms import wrong

Result = Literal["ok", "empty", "slow", "wrong"]
_POINTS = 1_000  # what Grafana asks for on a screen about as wide

Ask = Callable[[str], list[Row]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a panel: `ms` for all its queries together, `rows` of all, `why` when it is wrong."""

    board: str
    panel: str
    result: Result
    ms: int
    rows: int
    why: str = ""


def verify(board: Board, ask: Ask, now_ms: int, range_s: int, slow_s: float) -> Iterator[Verdict]:
    """Yield a verdict for each variable and each panel. A panel is wrong before it is empty, and empty before it is
    slow."""
    variables = {variable.name: variable.default for variable in board.variables}
    for variable in board.variables:
        yield _verdict(board.title, variable.heading, [partial(_choices, variable, ask)], slow_s)
    for panel in board.panels:
        span = _range(panel, now_ms, range_s)
        questions = [partial(_answer, query, ask, span, variables) for query in panel.queries]
        yield _verdict(board.title, filled(panel.head.title, span, variables), questions, slow_s)


_Question = Callable[[], tuple[int, str]]  # how many rows, and what is wrong with them


def _choices(variable: Variable, ask: Ask) -> tuple[int, str]:
    return len(ask(variable.query)), ""


def _answer(query: Query, ask: Ask, span: Range, variables: Mapping[str, str]) -> tuple[int, str]:
    rows = [row for row in ask(filled(query.select.text(), span, variables)) if _holds_a_value(row, query)]
    return len(rows), next(_complaints(rows, query), "")


def _verdict(board: str, title: str, questions: Sequence[_Question], slow_s: float) -> Verdict:
    began = time.monotonic()
    found, why = 0, ""
    for question in questions:
        try:
            rows, complaint = question()
        except AskError as error:
            rows, complaint = 0, str(error)
        found += rows
        why = why or complaint
    ms = round((time.monotonic() - began) * 1000)
    if why:
        return Verdict(board, title, "wrong", ms, found, why)
    if not found:
        return Verdict(board, title, "empty", ms, 0)
    if ms > slow_s * 1000:
        return Verdict(board, title, "slow", ms, found)
    return Verdict(board, title, "ok", ms, found)


def _range(panel: Panel, now_ms: int, range_s: int) -> Range:
    seconds = panel.head.last_s or range_s
    return Range(now_ms - seconds * 1000, now_ms, max(MIN_INTERVAL_S, seconds // _POINTS))


def _holds_a_value(row: Row, query: Query) -> bool:
    """A row of a curve may have a time only: that is a hole."""
    return any(row.get(column.name) is not None for column in query.columns)


def _complaints(rows: list[Row], query: Query) -> Iterator[str]:
    for row in rows:
        for column in query.columns:
            value = row.get(column.name)
            if column.name not in row:
                yield f"the answer has no column {column.name}"
            elif value is not None and column.sense and (why := wrong(column.sense, value)):
                yield f"{column.name}: {why}"
            elif value is not None and column.states and not _is_state(value, column.states):
                yield f"{column.name}: {value!r:.60} is a state without a name"


def _is_state(value: object, states: Mapping[int | str, State]) -> bool:
    return isinstance(value, int | str) and value in states
