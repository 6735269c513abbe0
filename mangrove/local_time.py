"""Times as people on call write and read them: in the zone of the on-call file, or else of this host."""

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.oncall.config_check import read_oncall
from contract.config_file import ConfigError, Problem

_YEARS = range(1970, 9000)  # with room to reckon on both sides


def zone(oncall: Path | None) -> tzinfo:
    """Return the zone of an on-call file; this host's without one.

    Raises:
        ConfigError: the file cannot be used.
    """
    if oncall is not None:
        return ZoneInfo(read_oncall(oncall).rotation.time_zone)
    return datetime.now().astimezone().tzinfo or UTC


def instant(text: str, local: tzinfo, hint: str = "") -> datetime:
    """Return the instant of a text, which is in `local` unless it says its zone itself.

    Raises:
        ConfigError: it is no time; `hint` says what else might stand there.
    """
    try:
        at = datetime.fromisoformat(text)
        if at.year in _YEARS:
            return at if at.tzinfo else at.replace(tzinfo=local)
    except ValueError:
        pass  # said below
    raise ConfigError([Problem(repr(text[:40]), 0, "", f'is no time: write it as "2026-02-17 22:00"{hint}')])
