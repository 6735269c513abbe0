"""What the collector says without being asked, retained: its presence and every agent's assignment.

Agents wait for both, so nothing of it may be lost: what the connection does not take now is tried again.
"""

import logging
import threading
from collections.abc import Callable

from collector.versions import Versions
from contract import topics
from contract.messages import CollectorAlive
from contract.mqtt import Message

log = logging.getLogger(__name__)


class Announcer:
    """Thread-safe."""

    def __init__(
        self,
        collector: str,
        alive: Callable[[], CollectorAlive],
        versions: Versions,
        publish: Callable[[str, bytes], bool],
    ) -> None:
        """`alive` says how things are now; `publish` sends a retained message, False: not now."""
        self._topic, self._alive, self._versions, self._publish = (
            topics.collector_alive(collector),
            alive,
            versions,
            publish,
        )
        self._lock = threading.Lock()
        self._presence_due = False
        self._assign_to: list[str] = []

    def presence(self) -> None:
        """Say that we are here, and whether the store is ready."""
        with self._lock:  # else an older state could be said after a newer one
            self._presence_due = not self._publish(self._topic, self._alive().to_json())

    def assign(self) -> None:
        """Have every agent told what it polls; one that is no longer in the inventory polls nothing."""
        with self._lock:
            self._assign_to = sorted(self._versions.agents, reverse=True)

    def send_due(self) -> None:
        """Send what is to be sent, as far as the connection takes it now."""
        if self._presence_due:
            self.presence()
        current = self._versions.current
        with self._lock:
            while self._assign_to and current is not None:
                agent = self._assign_to[-1]
                if not self._publish(topics.assignments(agent), current.version.assignment(agent).to_json()):
                    return
                self._assign_to.pop()

    def hear(self, message: Message) -> bool:
        """Look at a message; when it says something else in our name, such as a late will, announce ourselves again.
        Returns whether it was about us."""
        if message.topic != self._topic:
            return False
        alive = self._alive()
        try:
            said = CollectorAlive.model_validate_json(message.payload)
        except ValueError:
            said = None  # garbage in our name is as wrong as a late will
        if said is None or not said.online or said.boot != alive.boot:
            self.presence()
        return True
