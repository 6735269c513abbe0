"""`mangrove doctor`: is this host fit, and do broker and database take us? One line a check, with what to do."""

import importlib.metadata
import importlib.util
import resource
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract.secret import SecretError
from mangrove import own_certificate
from mangrove.doctor_broker import broker
from mangrove.either import Either, load_either
from mangrove.finding import Finding
from mangrove.readable import plain
from mangrove.words import word

OPEN_FILES = 1_024
FREE_MIB = 256
PACKAGES = ("mangrove-telemetry", "paho-mqtt", "pydantic", "influxdb-client", "duckdb")


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
    yield from _clock(either)
    yield _open_files()
    yield _room(either.data)
    yield _ours()
    yield Finding("versions", None, ", ".join(_versions()))
    yield from _certificates(either)
    yield from broker(either)
    if either.collector is not None:
        yield _store(either, base)
        yield from proof(either)
        yield from _agents_clocks(either.data)


def _clock(either: Either) -> Iterator[Finding]:
    from agents.host_clock import is_synchronised

    good = is_synchronised()
    text = "synchronised" if good else "not synchronised: run chrony or systemd-timesyncd, times of samples may be off"
    yield Finding("clock", good or None, text)
    if either.collector is None:
        yield _spooled_times(either.data / "spool")


def _spooled_times(spool: Path) -> Finding:
    from agents.anchors import known, without

    right, waiting = known(spool), len(without(spool))
    text = "the right time is not known since this host was started"
    if right is not None:
        text = f"the right time is known since {datetime.fromtimestamp(right[1] / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    if waiting:
        text += f"; batches of {waiting} earlier {'start' if waiting == 1 else 'starts'} of the agent have times"
        text += " that nothing confirms: those that are far off are held"
    return Finding("spooled times", None, text)


def _agents_clocks(data: Path) -> Iterator[Finding]:
    from collector.config import SOCKET
    from contract.control import ControlError, ask
    from mangrove import clocks
    from mangrove.demo.numbers import stats

    try:
        now = stats(partial(ask, data / SOCKET))
    except ControlError:
        return  # the store's line says that it does not run, where it should
    for agent, off, text in clocks.wrong(now["agents"], now["ledger"]):
        yield Finding(f"clock of {agent}", False if off else None, text)
    yield Finding("clocks of agents", None, f"{len(now['agents'])} heard")


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
    for check, config, name in (
        ("certificate", either.broker, agent),
        ("sensors' certificate", either.sensors[0] if either.sensors else None, ""),
    ):
        if config and config.tls and config.tls.cert_file:
            yield Finding(check, *own_certificate.judge(config.tls.cert_file, name, datetime.now(UTC)))


def _store(either: Either, base: Path) -> Finding:
    from collector.config import SOCKET, InfluxStoreConfig
    from collector.store import QueryError
    from collector.stores import make_store
    from contract.catalog import load_catalog
    from contract.control import ControlError, ask

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
    from collector.config import SOCKET
    from contract.control import ControlError, ask

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
