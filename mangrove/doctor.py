"""`mangrove doctor`: is this host fit, and do broker and database take us? One line a check, with what to do."""

import importlib.metadata
import importlib.util
import resource
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract import topics
from contract.broker import BrokerConfig
from contract.mqtt import Connection, Handlers, Message
from contract.secret import SecretError
from mangrove import own_certificate
from mangrove.either import Either, load_either
from mangrove.readable import plain
from mangrove.words import word

WAIT_S = 5.0
OPEN_FILES = 1_024
FREE_MIB = 256
PACKAGES = ("mangrove-telemetry", "paho-mqtt", "pydantic", "influxdb-client", "duckdb")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check; `good` None is for information only."""

    check: str
    good: bool | None
    text: str


def run(config: Path) -> int:
    """Print every finding; return 1 when any is bad."""
    either = load_either(config)
    findings = list(_findings(either, config.parent))
    table = Table(word("check"), word("result"), "")
    marks = {True: Text(word("ok"), style="green"), False: Text(word("error"), style="red"), None: Text("-")}
    for finding in findings:
        table.add_row(finding.check, marks[finding.good], plain(finding.text))
    Console().print(table)
    return 1 if any(finding.good is False for finding in findings) else 0


def _findings(either: Either, base: Path) -> Iterator[Finding]:
    yield _clock()
    yield _open_files()
    yield _room(either.data)
    yield _ours()
    yield Finding("versions", None, ", ".join(_versions()))
    yield from _certificates(either)
    yield from _broker(either)
    if either.collector is not None:
        yield _store(either, base)
        yield from proof(either)


def _clock() -> Finding:
    from agents.host_clock import is_synchronised

    good = is_synchronised()
    text = "synchronised" if good else "not synchronised: run chrony or systemd-timesyncd, times of samples may be off"
    return Finding("clock", good or None, text)


def _open_files() -> Finding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    good = soft >= OPEN_FILES
    return Finding("open files", good, f"{soft}" if good else f"{soft}: raise it to {OPEN_FILES} (ulimit -n)")


def _room(folder: Path) -> Finding:
    at = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(at).free >> 20
    good = free >= FREE_MIB
    return Finding("disk", good, f"{free:,} MiB free at {at}" + ("" if good else f": {FREE_MIB} are needed"))


def _ours() -> Finding:
    """Top-level `agents` is also the name of another package."""
    spec = importlib.util.find_spec("agents.spool")
    good = spec is not None
    other = "another package named `agents` is installed: give Mangrove an environment of its own"
    return Finding("packages", good, "`agents` is ours" if good else other)


def _versions() -> Iterator[str]:
    yield f"python {sys.version.split()[0]}"
    for name in PACKAGES:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{name} not installed"


def _certificates(either: Either) -> Iterator[Finding]:
    agent = "" if either.collector else either.id
    for check, broker, name in (
        ("certificate", either.broker, agent),
        ("sensors' certificate", either.sensors[0] if either.sensors else None, ""),
    ):
        if broker and broker.tls and broker.tls.cert_file:
            yield Finding(check, *own_certificate.judge(broker.tls.cert_file, name, datetime.now(UTC)))


def _broker(either: Either) -> Iterator[Finding]:
    heard = threading.Event()
    mark = secrets.token_hex(8)
    topic = topics.collector_alive(either.id) if either.collector else topics.agent_alive(either.id)
    probe = f"{topic}-probe-{mark}" if either.collector else topic

    def on_message(message: Message) -> None:
        if mark.encode() in message.payload or message.topic == probe:
            heard.set()

    with _connected("broker login", either.broker, either.password, [probe], on_message) as (connection, login):
        yield login
        if login.good and either.collector is not None:
            good = _until(lambda: connection.publish(probe, mark.encode(), qos=1) and heard.wait(0.5), WAIT_S)
            text = (
                "may publish and subscribe"
                if good
                else f"{probe} does not come back: check the broker's ACL for this user"
            )
            yield Finding("broker rights", good, text)
    if either.sensors is not None:
        with _connected("sensors' broker login", *either.sensors) as (_, login):
            yield login


@contextmanager
def _connected(
    check: str,
    broker: BrokerConfig,
    password: SecretStr | None,
    filters: Sequence[str] = (),
    on_message: Callable[[Message], None] = lambda _: None,
) -> Iterator[tuple[Connection, Finding]]:
    """A connection while it is needed, and whether it has come up."""
    up = threading.Event()
    reasons: list[str] = []
    handlers = Handlers(on_message=on_message, on_up=up.set, on_down=reasons.append)
    connection = Connection(broker, f"mangrove-doctor-{secrets.token_hex(4)}", handlers, filters, password=password)
    connection.start()
    where = f"{broker.host}:{broker.port}"
    reached = up.wait(WAIT_S)
    why = reasons[0] if reasons else f"{where} does not answer in {WAIT_S:.0f} s"
    try:
        yield connection, Finding(check, reached, where if reached else why)
    finally:
        connection.stop()


def _until(condition: Callable[[], bool], wait_s: float) -> bool:
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        if condition():
            return True
    return False


def _store(either: Either, base: Path) -> Finding:
    from collector.app import SOCKET
    from collector.config import InfluxStoreConfig
    from collector.control import ControlError, ask
    from collector.store import QueryError
    from collector.stores import make_store
    from contract.catalog import load_catalog

    config = either.collector
    if config is None or not isinstance(config.store, InfluxStoreConfig):
        try:
            ask(either.data / SOCKET, "stats")
        except ControlError as error:
            return Finding("store", None, f"embedded; {error}")
        return Finding("store", True, "embedded; the collector runs")
    try:
        store = make_store(config, load_catalog(config.catalog), base)
    except SecretError as error:
        return Finding("store", False, str(error))
    try:
        # 1.x says nothing of a database that it does not have until it is asked for its retention policies.
        first = config.store.version == 1
        store.query(f'SHOW RETENTION POLICIES ON "{config.store.database}"' if first else "SHOW MEASUREMENTS LIMIT 1")
    except QueryError as error:
        return Finding("store", False, f"{config.store.url}: {error}")
    finally:
        store.close()
    return Finding("store", True, f"{config.store.url} answers with this login")


def proof(either: Either) -> Iterator[Finding]:
    """What the running collector has found out about the word of its database."""
    from collector.app import SOCKET
    from collector.control import ControlError, ask

    try:
        stats = ask(either.data / SOCKET, "stats")
    except ControlError:
        return  # it does not run
    proof = stats.get("proof") if isinstance(stats, dict) else None
    if not isinstance(proof, dict) or not proof:
        return
    ignored, lost, unread = (proof.get(name, 0) for name in ("ignored_rows", "canaries_lost", "canaries_unread"))
    if ignored or lost:
        text = f"since its start it said yes to {ignored} rows that it ignored and to {lost} canaries that it lost"
        yield Finding("store's word", False, f"{text}: see operations, The word of the database")
    elif unread:
        yield Finding("store's word", None, f"{unread} canaries could not be read back: may this login read?")
    else:
        yield Finding("store's word", True, f"{proof.get('canaries_found', 0)} canaries were read back")
