"""The sender: drains the outbox, one notice a channel at a time, each try in a thread that may end when it likes.

So a receiver that is slow, or never done, holds up its own channel only. What was sent is noted at once; while that
cannot be noted nothing more is sent, for it would go out again and again.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from pydantic import SecretStr

from collector.database import StateError
from collector.oncall.notice import Delivery
from collector.oncall.notifier import Notifier, NotifyError
from collector.oncall.outbox import Outbox

log = logging.getLogger(__name__)

TICK_S = 0.5
LATE_S = 30.0  # the libraries' own timeouts are for each read, so a receiver could go on for ever
MAX_LATE = 3  # tries of one channel that are late and still run
END_S = 5.0
SAY_EVERY_S = 60.0
PRUNE_EVERY_MS = 3_600_000


@dataclass(slots=True)
class _Try:
    delivery: Delivery
    began: float
    error: str | None = None
    late: bool = False


class Sender:
    """`run` in a thread of its own; `wake` from any."""

    def __init__(self, outbox: Outbox, notifier: Notifier, urls: Mapping[str, SecretStr]) -> None:
        """`urls` has the address of each channel."""
        self._outbox, self._notifier, self._urls = outbox, notifier, urls
        self._running: list[_Try] = []
        self._ended: SimpleQueue[_Try] = SimpleQueue()
        self._unnoted: list[_Try] = []
        self._wake = threading.Event()
        self._begun = False
        self._pruned_ms = 0
        self._said: dict[str, float] = {}

    def wake(self) -> None:
        """Something was added: look at once."""
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; then wait a little for what is on its way, so that it need not go twice."""
        while not stop.is_set():
            self.step(_now_ms())
            self._wake.wait(TICK_S)
            self._wake.clear()
        deadline = time.monotonic() + END_S
        while any(not one.late for one in self._running) and time.monotonic() < deadline:
            self._wake.wait(deadline - time.monotonic())
            self._wake.clear()
            self._try_to(self._note, _now_ms())

    def step(self, now_ms: int) -> None:
        """Note what has ended, and begin what is due on channels that are free."""
        if self._try_to(self._note, now_ms):
            self._try_to(self._begin_due, now_ms)

    def _try_to(self, do: Callable[[int], None], now_ms: int) -> bool:
        try:
            do(now_ms)
        except StateError as error:
            self._say("", f"nothing is sent, since it could not be noted: {error}")
            return False
        return True

    def _note(self, now_ms: int) -> None:
        """Write down what has ended; what could not be written stays for the next time."""
        while True:
            try:
                self._unnoted.append(self._ended.get_nowait())
            except Empty:
                break
        while self._unnoted:
            self._note_one(self._unnoted[0], now_ms)
            self._running.remove(self._unnoted.pop(0))
        for one in self._running:
            if not one.late and time.monotonic() - one.began >= LATE_S:
                self._fail(one.delivery, f"is not done after {LATE_S:.0f} s", now_ms)
                one.late = True

    def _note_one(self, one: _Try, now_ms: int) -> None:
        notice, channel = one.delivery.notice, one.delivery.channel
        if one.error is None:
            self._outbox.sent(one.delivery.id, channel, now_ms)
            log.info("the %s of %s to %s was sent by %s", notice.action, notice.key, notice.person, channel)
        elif not one.late:
            self._fail(one.delivery, one.error, now_ms)

    def _fail(self, delivery: Delivery, error: str, now_ms: int) -> None:
        self._outbox.failed(delivery.id, delivery.channel, now_ms, error)
        self._say(delivery.channel, f"channel {delivery.channel} fails, its notices wait: {error}")

    def _begin_due(self, now_ms: int) -> None:
        if not self._begun:
            self._outbox.begin(now_ms)
            self._begun = True
        if not 0 <= now_ms - self._pruned_ms < PRUNE_EVERY_MS:
            self._outbox.prune(now_ms)
            self._pruned_ms = now_ms
        late = Counter(one.delivery.channel for one in self._running if one.late)
        busy = {one.delivery.channel for one in self._running if not one.late}
        free = [name for name in self._urls if name not in busy and late[name] < MAX_LATE]
        for delivery in self._outbox.due(free, now_ms):
            one = _Try(delivery, time.monotonic())
            self._running.append(one)
            threading.Thread(target=self._send, args=(one,), name=f"send {delivery.channel}", daemon=True).start()

    def _send(self, one: _Try) -> None:
        try:
            self._notifier.send(self._urls[one.delivery.channel], one.delivery.notice)
        except NotifyError as error:
            one.error = str(error)
        except Exception:
            log.exception("a bug: a notice was not sent")
            one.error = "a bug of ours, the log says more"
        self._ended.put(one)
        self.wake()

    def _say(self, channel: str, what: str) -> None:
        """Say a trouble at most once a minute for each channel."""
        now = time.monotonic()
        if now - self._said.get(channel, -SAY_EVERY_S) >= SAY_EVERY_S:
            self._said[channel] = now
            log.error("%s", what)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
