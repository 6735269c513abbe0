"""`mangrove doctor`: is this host fit, and do broker and database take us? One line a check, with what to do."""

import importlib.metadata
import importlib.util
import os
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

from agents.pm.config import PmConfig
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
    if either.pm is not None:
        yield drop(either.pm)
    yield _ours()
    yield Finding(word("doctor_versions"), None, ", ".join(_versions()))
    yield from _certificates(either)
    yield from broker(either)
    if either.collector is not None:
        yield _store(either, base)
        yield from proof(either)
        yield from _agents_clocks(either.data)


def _clock(either: Either) -> Iterator[Finding]:
    from agents.host_clock import is_synchronised

    good = is_synchronised()
    yield Finding(word("clock"), good or None, word("doctor_synced" if good else "doctor_unsynced"))
    if either.collector is None:
        yield _spooled_times(either.data / "spool")


def _spooled_times(spool: Path) -> Finding:
    from agents.anchors import known, without

    right, waiting = known(spool), len(without(spool))
    text = word("doctor_time_unknown")
    if right is not None:
        text = word("doctor_time_known", at=f"{datetime.fromtimestamp(right[1] / 1000, UTC):%Y-%m-%d %H:%M:%S}")
    if waiting:
        text += "; " + word("doctor_time_waiting", count=waiting)
    return Finding(word("doctor_spooled_times"), None, text)


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
        yield Finding(word("doctor_clock_of", agent=agent), False if off else None, text)
    yield Finding(word("doctor_clocks"), None, word("doctor_heard", count=len(now["agents"])))


def _open_files() -> Finding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    good = soft >= OPEN_FILES
    text = f"{soft}" if good else word("doctor_files_few", count=soft, least=OPEN_FILES)
    return Finding(word("doctor_open_files"), good, text)


def _room(folder: Path) -> Finding:
    at = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(at).free >> 20
    good = free >= FREE_MIB
    text = word("doctor_free" if good else "doctor_free_little", mib=f"{free:,}", folder=at, least=FREE_MIB)
    return Finding(word("doctor_disk"), good, text)


def drop(config: PmConfig) -> Finding:
    """Whether the folder of performance files is there, and is ours to read and to tidy."""
    folder, lacks = config.folder, ""
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        lacks = "doctor_pm_unreadable"
    elif config.move and not os.access(folder, os.W_OK):
        lacks = "doctor_pm_unwritable"
    return Finding(word("doctor_pm"), not lacks, word(lacks or "doctor_pm_good", folder=folder))


def _ours() -> Finding:
    """Top-level `agents` is also the name of another package."""
    spec = importlib.util.find_spec("agents.spool")
    good = spec is not None
    return Finding(word("doctor_packages"), good, word("doctor_ours" if good else "doctor_not_ours"))


def _versions() -> Iterator[str]:
    yield f"python {sys.version.split()[0]}"
    for name in PACKAGES:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield word("doctor_not_installed", name=name)


def _certificates(either: Either) -> Iterator[Finding]:
    agent = "" if either.collector else either.id
    for check, config, name in (
        (word("doctor_certificate"), either.broker, agent),
        (word("doctor_sensors_certificate"), either.sensors[0] if either.sensors else None, ""),
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
            ask(at := either.data / SOCKET, "stats")
        except ControlError:
            return Finding(word("doctor_store"), None, word("doctor_embedded", at=at))
        return Finding(word("doctor_store"), True, word("doctor_embedded_runs"))
    try:
        store = make_store(config, load_catalog(config.catalog), base)
    except SecretError as error:
        return Finding(word("doctor_store"), False, str(error))
    try:
        # 1.x says nothing of a database that it does not have until it is asked for its retention policies.
        first = config.store.version == 1
        store.query(f'SHOW RETENTION POLICIES ON "{config.store.database}"' if first else "SHOW MEASUREMENTS LIMIT 1")
    except QueryError as error:
        return Finding(word("doctor_store"), False, f"{config.store.url}: {error}")
    finally:
        store.close()
    return Finding(word("doctor_store"), True, word("doctor_store_answers", url=config.store.url))


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
    check = word("doctor_proof")
    if ignored or lost:
        yield Finding(check, False, word("doctor_proof_bad", rows=ignored, canaries=lost))
    elif unread:
        yield Finding(check, None, word("doctor_proof_unread", count=unread))
    else:
        yield Finding(check, True, word("doctor_proof_good", count=proof.get("canaries_found", 0)))
