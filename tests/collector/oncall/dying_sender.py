"""A sender in a process of its own that kills itself around its first send: `FILE URL before|after|never`."""

import os
import signal
import sys
import threading
from pathlib import Path

from pydantic import SecretStr

from collector.database import Database
from collector.oncall.notice import Notice
from collector.oncall.notifier import AppriseNotifier
from collector.oncall.outbox import Outbox
from collector.oncall.sender import Sender


class Dying:
    """Sends for real, and dies when it is told to."""

    def __init__(self, when: str) -> None:
        self._when, self._notifier = when, AppriseNotifier()

    def send(self, url: SecretStr, notice: Notice) -> None:
        """As the protocol says."""
        if self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        self._notifier.send(url, notice)
        if self._when == "after":
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Send until killed, or until nothing waits."""
    path, url, when = sys.argv[1:]
    outbox = Outbox(Database(Path(path)), {"ca-truc-1": ["sms"]}, 5_000)
    stop = threading.Event()
    sender = Sender(outbox, Dying(when), {"sms": SecretStr(url)})
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    never = threading.Event()
    while "waiting" in outbox.counts():
        never.wait(0.02)
    stop.set()
    thread.join()


if __name__ == "__main__":
    main()
