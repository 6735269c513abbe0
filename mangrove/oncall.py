"""`mangrove oncall`: who is on call, from the file; and a test of their channels, by the running collector."""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from collector.config import SOCKET, load_collector_config
from collector.oncall.config import OnCall
from collector.oncall.config_check import read_oncall
from collector.oncall.duty import OUTCOMES, TEST
from collector.oncall.rotation import on_call, shifts
from contract.config_file import ConfigError, Problem
from contract.control import ControlError, ask
from contract.printable import printable
from mangrove.local_time import instant
from mangrove.readable import plain
from mangrove.words import word, words

AHEAD = timedelta(weeks=4)
LOOK_EVERY_S = 0.3


def who(config: Path, at: str) -> None:
    """Print who is on call at a time, now when it is empty, and the turns of the four weeks from then.

    Raises:
        ConfigError: a file cannot be used, or there is no such time.
    """
    oncall, _ = _load(config)
    since = instant(at, ZoneInfo(oncall.rotation.time_zone)) if at else datetime.now(UTC)
    print(f"{word('on_call')}: {printable(_named(on_call(oncall.rotation, since), oncall))}")
    table = Table()
    for name in ("person", "since", "until"):
        table.add_column(word(name), no_wrap=name != "person")
    for shift in shifts(oncall.rotation, since, since + AHEAD):
        ends = [f"{edge:%Y-%m-%d %H:%M}" for edge in (shift.since, shift.until)]
        table.add_row(plain(_named(shift.person, oncall)), *ends)
    Console().print(table)
    print(f"{word('time_zone')}: {oncall.rotation.time_zone}")


def test(config: Path, person: str, wait_s: float) -> int:
    """Have a test sent by every channel of a person and print how each has ended; 1 when any has not taken it.

    Raises:
        ConfigError: a file cannot be used.
    """
    oncall, socket = _load(config)
    person = person or on_call(oncall.rotation, datetime.now(UTC))
    language = oncall.people[person].language if person in oncall.people else "en"
    title, body = (words().word(key, language) for key in ("oncall_test_title", "oncall_test_body"))
    try:
        added = ask(socket, TEST, person=person, title=title, body=body)
        ids = {str(channel): int(number) for channel, number in added.items()} if isinstance(added, dict) else {}
        outcomes = _wait(socket, list(ids.values()), wait_s)
    except ControlError as error:
        print(error, file=sys.stderr)
        return 1
    for channel, (outcome, why) in zip(ids, outcomes, strict=True):
        failed = why.removeprefix(f"{channel}: ") or word("still_waiting")
        said = word("sent_to", person=person) if outcome == "sent" else failed
        print(f"{channel}: {said}")
    return 0 if ids and all(outcome == "sent" for outcome, _ in outcomes) else 1


def _wait(socket: Path, ids: list[int], wait_s: float) -> list[tuple[str, str]]:
    """Return outcome and last error of each notice when none of them waits any more, or when the time is over."""
    deadline = time.monotonic() + wait_s
    while True:
        answer = ask(socket, OUTCOMES, ids=ids)
        found = [one if isinstance(one, dict) else {} for one in (answer if isinstance(answer, list) else [])]
        outcomes = [(str(one.get("outcome", "")), str(one.get("error", ""))) for one in found]
        if time.monotonic() >= deadline or all(outcome != "waiting" for outcome, _ in outcomes):
            return outcomes
        time.sleep(LOOK_EVERY_S)


def _load(config: Path) -> tuple[OnCall, Path]:
    """Return what the on-call file says, and the collector's socket."""
    loaded, _ = load_collector_config(config)
    if loaded.oncall is None:
        raise ConfigError([Problem(str(config), 0, "oncall", "is missing: name the on-call file here")])
    return read_oncall(loaded.oncall), loaded.data / SOCKET


def _named(person: str, oncall: OnCall) -> str:
    title = oncall.people[person].title
    return f"{title} ({person})" if title else person
