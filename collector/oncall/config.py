"""The on-call file: people, the channels that reach them, who is on call when, and who is told next.

A channel's URL holds its password or token, so it is a secret: the file says only where it is.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
    SecretStr,
    model_validator,
)

from collector.oncall.notifier import AppriseNotifier, NotifyError
from contract.config_file import ConfigError, Key, Loaded, Problem, did_you_mean, load
from contract.messages import Slug
from contract.secret import SecretError, SecretSource
from contract.words import Language

ON_CALL, NEXT = "on-call", "next"
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a time zone of the IANA database, such as Asia/Ho_Chi_Minh") from None
    return name


def _quoted(given: object) -> object:
    if isinstance(given, int | float):  # YAML takes 10:30 for a number in base 60
        raise ValueError('a time of the day in quotes, such as "08:00"')  # noqa: TRY004  # pydantic wants ValueError
    return given


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Channel(_Strict):
    """One way to one receiver; `url` is what apprise takes."""

    url: SecretSource


class Person(_Strict):
    """Who is told, in which language, by which channels in order of preference. `title` is how screens name them."""

    language: Language
    channels: Annotated[list[Slug], Field(min_length=1, max_length=8)]
    title: Annotated[str, Field(min_length=1, max_length=60)] | None = None


class Handover(_Strict):
    """When the week changes, in local time."""

    weekday: Weekday
    time: Annotated[time, BeforeValidator(_quoted)]


class Override(_Strict):
    """Somebody else is on call from `since` until `until` (excluded), in local time."""

    person: Slug
    since: NaiveDatetime
    until: NaiveDatetime

    @model_validator(mode="after")
    def _time(self) -> "Override":
        if self.since >= self.until:
            raise ValueError(f"`since` {self.since} is not before `until` {self.until}")
        return self


class Rotation(_Strict):
    """The people of `order` in turn, a week each, the first from `start` on."""

    time_zone: Annotated[str, AfterValidator(_zone)]
    start: date
    handover: Handover
    order: Annotated[list[Slug], Field(min_length=1, max_length=100)]
    overrides: Annotated[list[Override], Field(max_length=1000)] = []

    @model_validator(mode="after")
    def _weeks(self) -> "Rotation":
        day = get_args(Weekday)[self.start.weekday()]
        if day != self.handover.weekday:
            raise ValueError(f"`start` {self.start} is a {day}, `handover.weekday` a {self.handover.weekday}")
        return self


class Step(_Strict):
    """After `after_s` without an acknowledgement these are told: `on-call`, `next`, or people by name."""

    after_s: Annotated[int, Field(ge=0, le=86_400)]
    notify: Annotated[list[Slug], Field(min_length=1, max_length=20)]


class Escalation(_Strict):
    """The steps in order; the last is repeated every `repeat_s` until acknowledged or resolved."""

    steps: Annotated[list[Step], Field(min_length=1, max_length=20)]
    repeat_s: Annotated[int, Field(ge=60, le=86_400)] = 900

    @model_validator(mode="after")
    def _ascending(self) -> "Escalation":
        for earlier, later in pairwise(self.steps):
            if later.after_s <= earlier.after_s:
                raise ValueError(f"`after_s` {later.after_s} comes after {earlier.after_s}: steps must ascend")
        return self


class OnCall(_Strict):
    """`oncall.yaml`. `failover_s` is how long a person's channel may fail before the next one is tried as well."""

    channels: Annotated[dict[Slug, Channel], Field(min_length=1, max_length=200)]
    people: Annotated[dict[Slug, Person], Field(min_length=1, max_length=200)]
    rotation: Rotation
    escalation: Escalation
    failover_s: Annotated[int, Field(ge=5, le=3600)] = 120


def read_oncall(path: Path) -> OnCall:
    """Read the file and leave the secrets alone.

    Raises:
        ConfigError: with every problem.
    """
    return _checked(path).value


def load_oncall(path: Path) -> tuple[OnCall, dict[str, SecretStr]]:
    """Read the file and the URL of each channel. Files of secrets are relative to its folder.

    Raises:
        ConfigError: with every problem, also of URLs that are not there or that apprise cannot use.
    """
    loaded = _checked(path)
    notifier = AppriseNotifier()
    urls: dict[str, SecretStr] = {}
    problems: list[Problem] = []
    for name, channel in loaded.value.channels.items():
        try:
            urls[name] = channel.url.read(path.parent)
            notifier.check(urls[name])
        except (SecretError, NotifyError) as error:
            problems.append(loaded.problem(("channels", name, "url"), str(error)))
    if problems:
        raise ConfigError(problems)
    return loaded.value, urls


def _checked(path: Path) -> Loaded[OnCall]:
    loaded = load(path, OnCall)
    problems = [*_references(loaded), *_overlaps(loaded)]
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line))
    return loaded


def _references(loaded: Loaded[OnCall]) -> Iterator[Problem]:
    """Names that lead nowhere, and names that mean something else."""
    oncall = loaded.value
    for reserved in {ON_CALL, NEXT} & oncall.people.keys():
        yield loaded.problem(("people", reserved), "is the word for whoever has that turn: call the person otherwise")
    for name, person in oncall.people.items():
        for i, channel in enumerate(person.channels):
            key = ("people", name, "channels", i)
            if channel not in oncall.channels:
                yield loaded.problem(key, f"there is no channel {channel}" + did_you_mean(channel, oncall.channels))
            elif channel in person.channels[:i]:
                yield loaded.problem(key, f"{channel} is given twice")
    people = oncall.people.keys()
    named: list[tuple[Key, str]] = [(("rotation", "order", i), name) for i, name in enumerate(oncall.rotation.order)]
    named += [(("rotation", "overrides", i, "person"), one.person) for i, one in enumerate(oncall.rotation.overrides)]
    told: list[tuple[Key, str]] = [
        (("escalation", "steps", i, "notify", j), name)
        for i, step in enumerate(oncall.escalation.steps)
        for j, name in enumerate(step.notify)
    ]
    for places, known in ((named, people), (told, people | {ON_CALL, NEXT})):
        for place, name in places:
            if name not in known:
                yield loaded.problem(place, f"there is no person {name}" + did_you_mean(name, known))


def _overlaps(loaded: Loaded[OnCall]) -> Iterator[Problem]:
    overrides = sorted(enumerate(loaded.value.rotation.overrides), key=lambda one: one[1].since)
    latest: tuple[int, datetime] | None = None
    for i, one in overrides:
        if latest is not None and one.since < latest[1]:
            text = f"overlaps with overrides.{latest[0]}: who is on call then?"
            yield loaded.problem(("rotation", "overrides", i), text)
        if latest is None or one.until > latest[1]:
            latest = (i, one.until)
