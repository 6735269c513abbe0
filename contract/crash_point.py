"""A test facility: a process that kills itself at a named point of its own code.

`MANGROVE_CRASH_POINT=spool.after_fsync` is SIGKILL at the first pass of that point; `spool.after_fsync:3` at the third;
`spool.after_fsync:3:STOP` stops the process there as SIGSTOP does. Where the variable is not set a point costs a call
of a function that compares with None. Both ends share the variable, so they share the names.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from contract.config_file import ConfigError, Problem

VARIABLE = "MANGROVE_CRASH_POINT"
AGENT = (
    "spool.after_write",
    "spool.after_fsync",
    "publish.after_publish",
    "ack.after_free",
    "spool.before_unlink",
    "spool.after_unlink",
)
FILES = ("pm.after_durable", "pm.after_note")  # of an agent that reads performance files
COLLECTOR = (
    "intake.after_decode",
    "watch.before_commit",
    "watch.after_commit",
    "ack.before_send",
    "ack.after_send",
    "store.before_write",
    "store.after_204",
    "store.before_settle",
    "store.after_settle",
    "derived.after_write",
    "derived.after_settle",
    "letter.after_fsync",
)
SIGNALS = {"KILL": signal.SIGKILL, "STOP": signal.SIGSTOP}


@dataclass(frozen=True, slots=True)
class Armed:
    """The point at which this process ends itself: at its pass number `at`, counted from 1."""

    name: str
    at: int
    number: signal.Signals
    passes: Iterator[int]

    def passed(self) -> None:
        """Count a pass; from any thread."""
        if next(self.passes) == self.at:
            os.kill(os.getpid(), self.number)


def armed(environment: Mapping[str, str]) -> Armed | None:
    """Return what the variable says, None when it is not set.

    Raises:
        ConfigError: it names no point of ours: a process that cannot die would prove nothing.
    """
    text = environment.get(VARIABLE)
    if text is None:
        return None
    name, _, rest = text.partition(":")
    at, _, number = rest.partition(":")
    if name not in (*AGENT, *FILES, *COLLECTOR):
        raise _error(f"there is no point {name!r}: it is one of {', '.join((*AGENT, *FILES, *COLLECTOR))}, or unset it")
    if at and not (at.isascii() and at.isdecimal() and int(at) > 0):
        raise _error(f"{at!r} is no count: write {name}:3 for the third pass")
    if number and number not in SIGNALS:
        raise _error(f"{number!r} is no signal: write {name}:{at or 1}:{' or '.join(SIGNALS)}")
    return Armed(name, int(at or 1), SIGNALS[number or "KILL"], count(1))


def _error(text: str) -> ConfigError:
    return ConfigError([Problem("environment", 0, VARIABLE, text)])


_ARMED = armed(os.environ)


def reach(name: str) -> None:
    """Pass a point."""
    if _ARMED is not None and _ARMED.name == name:
        _ARMED.passed()
