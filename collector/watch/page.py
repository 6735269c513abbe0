"""The text of a page: what, where, since when, why, what it takes down, and what to type. Pure, in both languages.

The title alone must do at three in the morning: an SMS shows 70 characters before it needs a second one.
"""

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
    """Return one line: where, what, and while it lasts what to take along; `action` is page, repeat or resolve."""
    place = scene.where[0] if scene.where else scene.subject
    what = said(scene.what, language)
    if action != "resolve":
        what = ", ".join([what, *(part for part in _brief(scene, words, language) if part not in what.casefold())])
    return words.word(f"page_title_{action}", language, place=place, what=what)


def body(scene: Scene, words: Words, language: Language, zone: tzinfo) -> str:
    """Return the lines of a page, the most important first: some phones cut the rest."""

    def line(name: str, /, **places: object) -> str:
        return words.word(f"page_{name}", language, **places)

    lines = [line("since", since=clock(scene.since, zone))]
    if scene.cause is not None:
        lines.append(_cause(scene.cause, words, language, zone, scene.since))
    if scene.behind[0]:
        lines.append(line("behind", devices=scene.behind[0], communes=scene.behind[1]))
    if scene.cells:
        cells = (f"{technology.upper()} {tally.up}/{tally.total}" for technology, tally in scene.cells)
        lines.append(line("cells", cells=", ".join(cells)))
    lines += [line("where", where=_where(scene), subject=scene.subject), line("do", key=scene.key)]
    return "\n".join(lines)


def resolved(scene: Scene, words: Words, language: Language, zone: tzinfo, at: int) -> str:
    """Return the lines that say that it is over."""
    hours, minutes = divmod(max(1, round((at - scene.since) / 60_000)), 60)
    lasted = words.word("page_hours" if hours else "page_minutes", language, hours=hours, minutes=minutes)
    since, until = clock(scene.since, zone), clock(at, zone, scene.since)
    over = words.word("page_over", language, since=since, until=until, lasted=lasted)
    return f"{over}\n{words.word('page_where', language, where=_where(scene), subject=scene.subject)}"


def clock(at: int, zone: tzinfo, beside: int | None = None) -> str:
    """Return a time for people: the hour first, as a page is of today; no date on the day of a time `beside` it."""
    day = datetime.fromtimestamp(at / 1000, zone)
    same = beside is not None and datetime.fromtimestamp(beside / 1000, zone).date() == day.date()
    return day.strftime("%H:%M:%S" if same else "%H:%M:%S %d/%m/%Y")


def _where(scene: Scene) -> str:
    return ", ".join(scene.where) or "Mangrove"


def _brief(scene: Scene, words: Words, language: Language) -> list[str]:
    """What cannot wait for the second line: a generator, or a spare part; one site, or many."""
    parts, cause = [], scene.cause
    if cause is not None and cause.kind in ("management", "mains", "power", "link"):
        parts.append(words.word(f"brief_{cause.kind}", language))
    if scene.behind[0]:
        parts.append(words.word("brief_behind", language, devices=scene.behind[0]))
    if cause is not None and cause.kind in ("mains", "power") and cause.charge is not None:
        parts.append(words.word("brief_battery", language, pct=f"{cause.charge.value:.0f}"))
    return parts


def _cause(cause: Cause, words: Words, language: Language, zone: tzinfo, beside: int) -> str:
    since = clock(cause.since, zone, beside) if cause.since is not None else ""
    text = words.word(f"cause_{cause.kind}", language, since=since)
    if cause.charge is not None and cause.kind in ("mains", "power"):
        pct, at = f"{cause.charge.value:.0f}", clock(cause.charge.at, zone, beside)
        text = f"{text}; {words.word('cause_battery', language, pct=pct, at=at)}"
    return words.word("page_cause", language, cause=text)
