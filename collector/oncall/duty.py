"""The on-call part of a collector, put together: file, outbox, sender, and what the control socket answers."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from collector.database import Database, StateError
from collector.oncall.config import OnCall
from collector.oncall.config_check import load_oncall
from collector.oncall.notice import Notice
from collector.oncall.notifier import AppriseNotifier
from collector.oncall.outbox import Outbox
from collector.oncall.sender import Sender
from contract.config_file import did_you_mean
from contract.control import Answerer, ControlError

TEST, OUTCOMES = "oncall-test", "oncall-outcomes"


@dataclass(frozen=True, slots=True)
class Duty:
    """Add notices to `outbox` in the transaction of their cause, then `sender.wake()`; `sender.run` is a thread's."""

    oncall: OnCall
    outbox: Outbox
    sender: Sender

    def answers(self) -> dict[str, Answerer]:
        """Return what is answered to which question. Called from any thread."""
        return {TEST: self._test, OUTCOMES: self._outcomes}

    def _test(self, asked: Mapping[str, object]) -> object:
        """Add a test notice for each channel of a person, and return their ids by channel."""
        name, title, body = (str(asked.get(key, "")) for key in ("person", "title", "body"))
        person = self.oncall.people.get(name)
        if person is None:
            raise ControlError(f"there is no person {name}" + did_you_mean(name, self.oncall.people))
        key = f"test-{secrets.token_hex(4)}"
        now_ms = time.time_ns() // 1_000_000
        try:
            ids = {
                channel: self.outbox.add(Notice(f"{key}-{channel}", "test", name, title, body), now_ms, [channel])
                for channel in person.channels
            }
        except StateError as error:
            raise ControlError(str(error)) from error
        self.sender.wake()
        return ids

    def _outcomes(self, asked: Mapping[str, object]) -> object:
        """Return how notices have ended so far, in the order of their `ids`."""
        ids = asked.get("ids")
        if not isinstance(ids, list) or not all(isinstance(one, int) for one in ids):
            raise ControlError("this question has a list of `ids`")
        try:
            entries = [self.outbox.entry(one) for one in ids]
        except StateError as error:
            raise ControlError(str(error)) from error
        return [{"outcome": entry.outcome, "error": entry.error} if entry else None for entry in entries]


def open_duty(path: Path, database: Database) -> Duty:
    """Read the on-call file and find the outbox.

    Raises:
        ConfigError, StateError: with what to do.
    """
    oncall, urls = load_oncall(path)
    people = {name: person.channels for name, person in oncall.people.items()}
    outbox = Outbox(database, people, oncall.failover_s * 1000)
    return Duty(oncall, outbox, Sender(outbox, AppriseNotifier(), urls))
