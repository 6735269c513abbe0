"""Times of performance files: ends and lengths of periods (TS 32.435 clause 4.1, ISO 8601). Pure."""

import re
from datetime import datetime, timezone

from agents.pm.errors import PmError

MAX_PERIOD_S = 86_400

_DURATION = re.compile(r"P(?:(\d{1,2})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,6})(?:\.0*)?S)?)?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)T?(\d\d)(\d\d)(\d\d)?(.*)")


def end_ms(text: str, zone: timezone | None) -> int:
    """Return a time in whole milliseconds since 1970 UTC; `zone` is that of times that do not say theirs.

    Raises:
        PmError: it is none, or it has no zone and there is none to be assumed.
    """
    said = text.strip()
    if found := _COMPACT.fullmatch(said):
        year, month, day, hour, minute, second, rest = found.groups()
        said = f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{rest}"
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise PmError(f"{text[:40]!a} is no time") from None
    if at.tzinfo is None:
        if zone is None:
            raise PmError(f"the time {text[:40]!a} has no zone: give `pm.utc_offset` in agent.yaml")
        at = at.replace(tzinfo=zone)
    try:
        return round(at.timestamp() * 1000)
    except (OverflowError, ValueError):
        raise PmError(f"{text[:40]!a} is no time") from None


def length_s(text: str) -> int:
    """Return how long a period is, in seconds.

    Raises:
        PmError: it is no length from a second to a day.
    """
    found = _DURATION.fullmatch(text.strip())
    parts = [int(part or 0) for part in found.groups()] if found else []
    seconds = sum(count * unit for count, unit in zip(parts, (86_400, 3_600, 60, 1), strict=False))
    if not 0 < seconds <= MAX_PERIOD_S:
        raise PmError(f"{text[:40]!a} is no length of a period such as PT900S")
    return seconds
