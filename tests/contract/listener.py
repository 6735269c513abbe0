"""What a test hears from a connection, and how it waits: for conditions, with a bound."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from contract.broker import BrokerConfig, Tls
from contract.mqtt import Connection, Handlers, Message

WITHIN_S = 15.0


def until(condition: Callable[[], object], within: float = WITHIN_S) -> None:
    """Return once the condition holds; it must within the bound."""
    deadline, never = time.monotonic() + within, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come to hold"
        never.wait(0.01)


class Listener:
    """A connection with everything that it has told; a context manager that stops it."""

    def __init__(
        self,
        port: int,
        *topics: str,
        user: str | None = None,
        password: str | None = None,
        tls: Tls | None = None,
        will: tuple[str, bytes] | None = None,
        window: int = 200,
        keepalive_s: int | None = None,
        on_message: Callable[[Message], None] | None = None,
        on_up: Callable[[], None] | None = None,
    ) -> None:
        self.messages: list[Message] = []
        self.ups: list[float] = []
        self.downs: list[str] = []
        self._on_message, self._on_up = on_message, on_up
        config = BrokerConfig(host="127.0.0.1", port=port, user=user, tls=tls)
        if keepalive_s is not None:  # shorter than a configuration may say, for the sake of the test's time
            config = config.model_copy(update={"keepalive_s": keepalive_s})
        self.connection = Connection(
            config,
            f"test-{id(self):x}",
            Handlers(on_message=self._message, on_up=self._up, on_down=self.downs.append),
            topics,
            password=SecretStr(password) if password is not None else None,
            will=will,
            window=window,
        )

    def _message(self, message: Message) -> None:
        self.messages.append(message)
        if self._on_message:
            self._on_message(message)

    def _up(self) -> None:
        self.ups.append(time.monotonic())
        if self._on_up:
            self._on_up()

    @property
    def payloads(self) -> list[bytes]:
        """What has come in."""
        return [message.payload for message in self.messages]

    def up(self) -> Self:
        """Wait until it is connected."""
        until(lambda: self.connection.up)
        return self

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish what must be taken."""
        until(lambda: self.connection.publish(topic, payload, retain=retain))

    def __enter__(self) -> Self:
        self.connection.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.stop(timeout_s=0.5)
