"""`mangrove tap`: what passes on the broker, decoded, one line a message."""

import json
import queue
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

from contract import topics
from contract.batch import MalformedError, decode
from contract.messages import boot_text
from contract.mqtt import Connection, Handlers, Message
from contract.printable import printable
from contract.wire import DamagedError, unpack
from mangrove.either import load_either

MAX_WAITING = 1_000
SHOWN_BYTES = 200


def run(config: Path, part: str, count: int) -> int:
    """Print messages whose topic contains `part` until Ctrl-C or, with `count`, so many; return 0."""
    either = load_either(config)
    waiting: queue.Queue[Message] = queue.Queue(MAX_WAITING)
    lost = 0

    def take(message: Message) -> None:
        nonlocal lost
        try:
            waiting.put_nowait(message)
        except queue.Full:
            lost += 1

    connection = Connection(
        either.broker,
        f"mangrove-tap-{secrets.token_hex(4)}",
        Handlers(
            on_message=take,
            on_up=lambda: print("connected", file=sys.stderr),
            on_down=lambda reason: print(reason, file=sys.stderr),
        ),
        [topics.ALL],
        password=either.password,
    )
    connection.start()
    printed = 0
    try:
        while not count or printed < count:
            try:
                message = waiting.get(timeout=0.5)
            except queue.Empty:
                continue
            if part in message.topic:
                print(line(message, datetime.now(UTC)), flush=True)
                printed += 1
    except KeyboardInterrupt:
        print(f"{printed} messages", file=sys.stderr)
    finally:
        connection.stop()
        if lost:
            print(f"{lost} messages were not shown: they came faster than they could be printed", file=sys.stderr)
    return 0


def line(message: Message, now: datetime) -> str:
    """Return a message as one line of text."""
    kept = " retained" if message.retained else ""
    said = (_batch if topics.owner(message.topic, topics.ALL_BATCHES) else _other)(message.payload)
    return printable(f"{now.strftime('%H:%M:%S.%f')[:-3]} {message.topic}{kept} {said}")


def _other(payload: bytes) -> str:
    try:
        return json.dumps(json.loads(payload), ensure_ascii=False)
    except (ValueError, RecursionError):
        return f"{payload[:SHOWN_BYTES]!r} ({len(payload)} bytes)"


def _batch(payload: bytes) -> str:
    try:
        record = unpack(payload)
    except DamagedError as error:
        return f"damaged: {error} ({len(payload)} bytes)"
    name = f"{boot_text(record.boot)}/{record.seq} {record.size} bytes"
    try:
        batch = decode(record.body).model_dump(mode="json", exclude_defaults=True)
        return f"{name} {json.dumps(batch, ensure_ascii=False)}"
    except MalformedError as error:
        return f"{name} malformed: {error}"
