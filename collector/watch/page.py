"""The text of a page: what, where, since when, why, what it takes down, and what to type. Pure, in both languages."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from collector.watch.cause import Cause
from collector.watch.coverage import Tally
from contract.catalog import Text
from contract.words import Language, Words, said


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a page tells. `what` is the rule's text, `subject` the element with the row of its table, `where` the
    site and its areas from small to large; `behind` the number of devices and communes that are cut off with it;
    `cells` those of the commune by technology."""

    key: str
    what: Text
    subject: str
    where: tuple[str, ...]
    since: int
    cause: Cause | None
    behind: tuple[int, int]
    cells: tuple[tuple[str, Tally], ...]


def title(scene: Scene, words: Words, language: Language, action: str) -> str:
    """Return one line; `action` is page, repeat or resolve."""
    place = scene.where[0] if scene.where else scene.subject
    return words.word(f"page_title_{action}", language, place=place, what=said(scene.what, language))


def body(scene: Scene, words: Words, language: Language, zone: tzinfo) -> str:
    """Return the lines of a page."""

    def line(name: str, /, **places: object) -> str:
        return words.word(f"page_{name}", language, **places)

    lines = [line("where", where=", ".join(scene.where) or "Mangrove", subject=scene.subject)]
    lines.append(line("since", since=clock(scene.since, zone)))
    if scene.cause is not None:
        lines.append(_cause(scene.cause, words, language, zone))
    if scene.behind[0]:
        lines.append(line("behind", devices=scene.behind[0], communes=scene.behind[1]))
    for technology, tally in scene.cells:
        lines.append(line("cells", technology=technology.upper(), up=tally.up, total=tally.total))
    lines.append(line("do", key=scene.key))
    return "\n".join(lines)


def resolved(scene: Scene, words: Words, language: Language, zone: tzinfo, at: int) -> str:
    """Return the lines that say that it is over."""
    where = ", ".join(scene.where) or "Mangrove"
    minutes = max(1, round((at - scene.since) / 60_000))
    return "\n".join(
        [
            words.word("page_where", language, where=where, subject=scene.subject),
            words.word("page_over", language, since=clock(scene.since, zone), until=clock(at, zone), minutes=minutes),
        ]
    )


def clock(at: int, zone: tzinfo) -> str:
    """Return a time for people: the hour first, as a page is of today."""
    return datetime.fromtimestamp(at / 1000, zone).strftime("%H:%M:%S %d/%m/%Y")


def _cause(cause: Cause, words: Words, language: Language, zone: tzinfo) -> str:
    since = clock(cause.since, zone) if cause.since is not None else ""
    text = words.word(f"cause_{cause.kind}", language, since=since)
    if cause.charge is not None and cause.kind in ("mains", "power"):
        pct, at = f"{cause.charge.value:.0f}", clock(cause.charge.at, zone)
        text = f"{text}; {words.word('cause_battery', language, pct=pct, at=at)}"
    return words.word("page_cause", language, cause=text)
