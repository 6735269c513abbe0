"""InfluxQL as values: names and texts are quoted where they enter, so that nothing can leave its quotes. Pure.

Syntax: the InfluxQL specification of InfluxDB 1.x. What Grafana replaces ($timeFilter, $__interval, a dashboard's
variable) enters by functions of its own; a text that holds a `$` is refused, since Grafana would replace it too.
"""

import re
from dataclasses import dataclass
from typing import Self

_VARIABLE = re.compile(r"[a-z][a-z_]*")
_FORBIDDEN = re.compile(r"[$\x00\r\ud800-\udfff]")  # NUL ends a query, CR becomes LF, a lone surrogate cannot be sent


@dataclass(frozen=True, slots=True)
class Expression:
    """A piece of a query whose parts are quoted already. Operators put it into parentheses."""

    text: str

    def __add__(self, other: Self) -> "Expression":
        return Expression(f"({self.text} + {other.text})")

    def __sub__(self, other: Self) -> "Expression":
        return Expression(f"({self.text} - {other.text})")

    def __mul__(self, other: Self) -> "Expression":
        return Expression(f"({self.text} * {other.text})")

    def __truediv__(self, other: Self) -> "Expression":
        """InfluxQL says 0 when it divides by zero: leave such rows out by `above`."""
        return Expression(f"({self.text} / {other.text})")

    def __or__(self, other: Self) -> "Expression":
        return Expression(f"({self.text} OR {other.text})")

    def equals(self, value: str | float) -> "Expression":
        """Compare with a text (of a tag) or a number."""
        return Expression(f"{self.text} = {literal(value).text}")

    def above(self, value: float) -> "Expression":
        """Compare with a number."""
        return Expression(f"{self.text} > {literal(value).text}")

    def matches(self, variable: str) -> "Expression":
        """Compare a tag as a whole with a dashboard's variable, which may hold a regular expression.

        Raises:
            ValueError: this is no name of a variable.
        """
        if not _VARIABLE.fullmatch(variable):
            raise ValueError(f"{variable!r} is no name of a variable: lower-case letters and underscores")
        return Expression(f"{self.text} =~ /^(${{{variable}}})$/")

    def named(self, alias: str) -> "Expression":
        """Name a column."""
        return Expression(f"{self.text} AS {name(alias).text}")


TIME_FILTER = Expression("$timeFilter")
BY_INTERVAL = Expression("time($__interval)")


def name(word: str) -> Expression:
    """Return a measurement, tag, field or column, quoted.

    Raises:
        ValueError: no query can carry it.
    """
    return Expression(_quoted(word, '"'))


def literal(value: str | float) -> Expression:
    """Return a text or a number.

    Raises:
        ValueError: no query can carry it.
    """
    return Expression(_quoted(value, "'") if isinstance(value, str) else repr(value))


def call(function: str, *arguments: Expression) -> Expression:
    """Return a call of an InfluxQL function."""
    return Expression(f"{function}({', '.join(argument.text for argument in arguments)})")


@dataclass(frozen=True, slots=True)
class Select:
    """A query. `source` is a measurement or another query; `where` must all hold; `fill` goes with BY_INTERVAL;
    `series` is the most series that it returns (0: all)."""

    columns: tuple[Expression, ...]
    source: "str | Select"
    where: tuple[Expression, ...] = ()
    group: tuple[Expression, ...] = ()
    fill: str = ""
    series: int = 0

    def text(self) -> str:
        """Return the query as InfluxQL."""
        inner = self.source
        parts = [
            f"SELECT {_list(self.columns)}",
            f"FROM {name(inner).text if isinstance(inner, str) else f'({inner.text()})'}",
        ]
        if self.where:
            parts.append("WHERE " + " AND ".join(condition.text for condition in self.where))
        if self.group:
            parts.append(f"GROUP BY {_list(self.group)}")
        if self.fill:
            parts.append(f"fill({self.fill})")
        if self.series:
            parts.append(f"SLIMIT {self.series}")
        return " ".join(parts)


def tag_values(measurement: str, tag: str, *where: Expression) -> str:
    """Return the query for all values of a tag: what a dashboard's variable may choose from."""
    condition = " WHERE " + " AND ".join(one.text for one in where) if where else ""
    return f"SHOW TAG VALUES FROM {name(measurement).text} WITH KEY = {name(tag).text}{condition}"


def _list(expressions: tuple[Expression, ...]) -> str:
    return ", ".join(one.text for one in expressions)


def _quoted(text: str, quote: str) -> str:
    if not text or _FORBIDDEN.search(text):
        raise ValueError(f"{text!r} cannot be written into a query")
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace(quote, "\\" + quote)
    return f"{quote}{escaped}{quote}"
