"""What the HTTP answers of InfluxDB 1.x, 2.x, 3.x and of what speaks like them (VictoriaMetrics) mean.

Writes: one table, first match wins. The server's words are only matched from their start: further on they may quote
our own line, and a device named `timeout` must not make its point look like one that may pass later.
Sources: the write API references of InfluxDB 1.8, 2.7 and 3 Core; answers measured from InfluxDB 1.6.7 and
VictoriaMetrics 1.79.5.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypedDict, cast

from collector.store import Answer, QueryError, Refused, Retry, Row, Stop, TooLarge, Written

DEFAULT_RETRY_S = 5.0
MIN_RETRY_S = 1.0
MAX_RETRY_S = 60.0
_MAX_WORDS = 500
_STARTED = re.compile(
    rb"^(?:vm_app_start_timestamp|process_start_time_seconds)(?:\{[^}]*\})? ([0-9.eE+]+)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """`statuses` are ranges, both ends included; `words` is looked for at the start of the server's words."""

    statuses: tuple[tuple[int, int], ...]
    answer: Callable[[str, float], Answer]
    words: re.Pattern[str] = re.compile("")

    def fits(self, status: int, words: str) -> bool:
        return any(low <= status <= high for low, high in self.statuses) and bool(self.words.match(words))


def _stop(advice: str) -> Callable[[str, float], Answer]:
    return lambda words, _: Stop(f"{words}: {advice}")


# What servers put before the words that matter. VictoriaMetrics quotes the request.
_BEFORE = (
    r'(?:remoteAddr: "[^"]*"; requestURI: \S*; )?'
    r"(?:partial write: |engine: |error: |write failed: |\[shard \d+\] |cannot read influx line protocol data: "
    r"|(?:failure|unexpected error) writing points to database: )*"
)


def _words(*starts: str) -> re.Pattern[str]:
    return re.compile(_BEFORE + "(?:" + "|".join(starts) + ")", re.IGNORECASE)


_BAD = ((400, 400), (422, 422))
_ANY = ((0, 999),)
_CREATE = 'create it (1.x: CREATE DATABASE "name"; 2.x: influx bucket create --name name), or correct `database`'
_NO_DATABASE = _stop("this is no database, or it is behind something that spoils requests: correct `url`")
_RULES = (
    _Rule(((204, 204),), lambda _words, _after: Written()),
    # Another server at this address may say 200 to anything; a database says nothing more to a write.
    _Rule(((200, 299),), lambda _words, _after: Written(), re.compile(r"HTTP \d+$")),
    _Rule(((200, 299),), _stop("a database answers a write without a text: correct `url`")),
    _Rule(((301, 301), (308, 308)), _stop("redirects are not followed: write the final address into `url`")),
    _Rule(((401, 401),), _stop("correct `token`, or `user` and `password`")),
    _Rule(((403, 403),), _stop("give this user or token the right to write there, or use another one")),
    _Rule(((404, 404),), _stop(_CREATE), _words(r"database not found", r"bucket .*not found", r"retention policy")),
    _Rule(((404, 404),), _stop("correct `url`, `version`, `org` and `database`")),
    _Rule(((405, 405), (407, 407), (411, 411), (415, 415), (501, 501)), _NO_DATABASE),
    _Rule(((413, 413),), lambda words, _: TooLarge(words)),
    _Rule(_BAD, lambda words, _: TooLarge(words), _words(r"(?:http: |read: )?request body too large", "too big ")),
    # A proxy's page, or a request that our settings or something on its way spoil: no point is to blame.
    _Rule(_BAD, _NO_DATABASE, re.compile(r"<|HTTP \d+$|(?:400 )?Bad Request|Client sent an HTTP request to an HTTPS")),
    _Rule(
        _BAD,
        _NO_DATABASE,
        _words(
            *("unsupported path requested", "missing route", "gzip", "cannot read gzip"),
            *("writing requires points", "invalid precision"),
        ),
    ),
    _Rule(
        _BAD,
        _stop("correct `org` and `database`"),
        _words("database is required", "please provide either", "(?:org|bucket)[^:]{0,20}required", "failed to decode"),
    ),
    # Passing trouble that some versions wrap into a 400.
    _Rule(
        _BAD,
        lambda words, after: Retry(after, words),
        _words(
            *("timeout", "write timeout", "cache[- ]max", "hinted handoff", "database not open", "shard is disabled"),
            *("engine is closed", "unexpected EOF", "unable to read"),
        ),
    ),
    _Rule(_BAD, lambda words, _: Refused(words)),
    # InfluxDB 1.6 says 500 where a default retention policy is gone.
    _Rule(((500, 500),), _stop(_CREATE), _words("retention policy not found")),
    # A limit of the database's own that keeps out new series for good (InfluxDB issue 7489: some versions say 500).
    _Rule(((500, 500),), lambda words, _: Refused(words), _words("max-series-per-database", "max-values-per-tag")),
    _Rule(_ANY, lambda words, after: Retry(after, words)),
)


def classify(status: int, headers: Mapping[str, str], body: bytes, now: float) -> Answer:
    """Return what the answer means. `now` is seconds since 1970, to read a Retry-After that is a date; names of
    `headers` may have any case."""
    lower = {name.lower(): value for name, value in headers.items()}
    words = server_words(status, lower, body)
    after = retry_after(lower.get("retry-after"), now)
    return next(rule.answer(words, after) for rule in _RULES if rule.fits(status, words))


def retry_after(value: str | None, now: float) -> float:
    """Return the seconds of a Retry-After header (RFC 9110 §10.2.3), within MIN_RETRY_S (at once, again and again, is a
    load of its own) and MAX_RETRY_S; DEFAULT_RETRY_S when there is none or it is neither seconds nor a date."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]+", text):
        text = text.lstrip("0") or "0"
        return min(max(float(text), MIN_RETRY_S), MAX_RETRY_S) if len(text) < 3 else MAX_RETRY_S
    try:
        date = parsedate_to_datetime(text)
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return DEFAULT_RETRY_S
    return min(max(seconds, MIN_RETRY_S), MAX_RETRY_S)


def server_words(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """Return the server's own words on one line, of long ones the beginning and the end (the middle quotes our lines);
    `HTTP <status>` when it has none. `headers` have lower-case names."""
    text = _from_json(body) or body[: 8 * _MAX_WORDS].decode(errors="replace")
    text = text if text.strip() else headers.get("x-influxdb-error", headers.get("x-influx-error", ""))
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(text) > _MAX_WORDS:
        text = f"{text[: _MAX_WORDS // 2]} ... {text[5 - _MAX_WORDS // 2 :]}"
    return text or f"HTTP {status}"


def _from_json(body: bytes) -> str:
    """1.x: `error`; 2.x: `message`; 3.x: `error`, and per line `data[].error_message`."""
    found = _object(body)
    words = [str(found[key]) for key in ("error", "message") if found.get(key)]
    data = found.get("data")
    first: object = data[0] if isinstance(data, list) and data else data
    if isinstance(first, dict) and first.get("error_message"):
        words.append(str(first["error_message"]))
    return ": ".join(words)


def started(body: bytes) -> str | None:
    """Return the start time of the server's process out of its `/metrics` or (InfluxDB 1.x) its `/debug/vars`."""
    if found := _STARTED.search(body):
        return found[1].decode()
    system = _object(body).get("system")
    begun = cast("dict[str, object]", system).get("started") if isinstance(system, dict) else None
    return begun if isinstance(begun, str) else None


def rows(body: bytes) -> list[Row]:
    """Return the rows of an answer of `/query`: each with `measurement`, the tags of GROUP BY and the columns.

    Raises:
        QueryError: the database says that it failed or that rows are missing, or the body is no such answer.
    """
    answer = cast("_Query", _object(body))
    out: list[Row] = []
    try:
        if "error" in answer:
            raise QueryError(answer["error"])
        for part in answer["results"]:
            if "error" in part:
                raise QueryError(part["error"])
            for series in part.get("series", []):
                if part.get("partial") or series.get("partial"):
                    raise QueryError("the database sent a part of the rows: ask for fewer")
                same: Row = {"measurement": series.get("name", ""), **series.get("tags", {})}
                out += [same | dict(zip(series["columns"], row, strict=True)) for row in series.get("values", [])]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise QueryError(f"no answer of InfluxDB: {body[:200]!r}") from error
    return out


class _Series(TypedDict, total=False):
    name: str
    tags: dict[str, str]
    columns: list[str]
    values: list[list[float | int | str | None]]
    partial: bool


class _Statement(TypedDict, total=False):
    series: list[_Series]
    partial: bool
    error: str


class _Query(TypedDict, total=False):
    results: list[_Statement]
    error: str


def _object(body: bytes) -> dict[str, object]:
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
