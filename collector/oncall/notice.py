"""A notice: one message to one person, its text made fit for every service, and when it is tried again."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Action = Literal["page", "repeat", "resolve", "test"]
Outcome = Literal["waiting", "sent", "given up", "dropped", "merged"]

MAX_KEY = 120
MAX_TITLE = 200
MAX_BODY = 4000
FIRST_WAIT_MS = 2_000
MOST_WAIT_MS = 300_000

_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
# Controls, invisible and direction-changing characters, halves of characters, and what means nothing.
_UNFIT = ("Cc", "Cf", "Cs", "Co", "Cn")


@dataclass(frozen=True, slots=True)
class Notice:
    """What one person is told. All notices of one incident carry one `key`, every copy of a notice too."""

    key: str
    action: Action
    person: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A notice in the outbox. `channel` is the one that took it; `tries` counts attempts on all channels; `settled_ms`
    is None while it waits. *Merged*: not sent, since another of its key to the same person says it as well."""

    id: int
    notice: Notice
    added_ms: int
    outcome: Outcome
    settled_ms: int | None
    channel: str
    tries: int
    error: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice that is to be tried on a channel now."""

    id: int
    channel: str
    notice: Notice


def clean(notice: Notice) -> Notice:
    """Return the notice with texts that no header, terminal or screen takes for anything else, cut to what an SMS
    gateway or a mail subject bears. Cleaning again changes nothing."""
    return Notice(
        one_line(notice.key, MAX_KEY),
        notice.action,
        notice.person,
        one_line(notice.title, MAX_TITLE),
        _lines(notice.body, MAX_BODY),
    )


def one_line(text: str, most: int) -> str:
    """Return a text of one line and at most `most` characters."""
    return _cut(" ".join(_fit(_BREAKS.sub(" ", text)).split()), most)


def wait_ms(tries: int) -> int:
    """Return how long a channel rests for a notice after so many failures."""
    return int(min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** min(tries - 1, 20)))


def _lines(text: str, most: int) -> str:
    lines = _BREAKS.sub("\n", text).split("\n")
    return _cut("\n".join(_fit(line) for line in lines).strip(), most)


def _fit(text: str) -> str:
    kinds = ((c, unicodedata.category(c)) for c in text)
    kept = "".join(" " if c == "\t" or kind == "Zs" else c for c, kind in kinds if c == "\t" or kind not in _UNFIT)
    return unicodedata.normalize("NFC", kept)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
