"""The on-call file: people, the channels that reach them, who is on call when, and who is told next.

A channel's URL holds its password or token, so it is a secret: the file says only where it is.
"""

from datetime import date, datetime, time
from itertools import pairwise
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
    model_validator,
)

from contract.messages import Slug
from contract.secret import SecretSource
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


def _wall(given: time) -> time:
    if given.tzinfo is not None:
        raise ValueError("a time of the day in the rotation's zone: leave out its own")
    return given


def _in_range(given: datetime) -> datetime:
    if not 1970 <= given.year <= 9000:  # that it can be reckoned with in every zone
        raise ValueError("a time of the years 1970 to 9000")
    return given


LocalTime = Annotated[NaiveDatetime, AfterValidator(_in_range)]


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
    time: Annotated[time, BeforeValidator(_quoted), AfterValidator(_wall)]


class Override(_Strict):
    """Somebody else is on call from `since` until `until` (excluded), in local time."""

    person: Slug
    since: LocalTime
    until: LocalTime

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
