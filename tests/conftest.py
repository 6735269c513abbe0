"""The servers as fixtures. A test that needs one that this machine has not is skipped; under CI it fails."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from alone import turn
from hypothesis import HealthCheck, settings
from servers.find import MissingServerError
from servers.influxdb import InfluxDb
from servers.mosquitto import Mosquitto
from servers.process import Server
from servers.snmpd import Snmpd
from servers.victoria_metrics import VictoriaMetrics
from system.torture_table import PROPERTY, TortureTable, lines, row

_LOG_END = 8000

# What is imported and collected is there to stay: to look for garbage every 700 objects takes a fifth of the tests.
gc.set_threshold(50_000)

# Both limits are of wall time, which on a machine that others use too says nothing of us.
settings.register_profile("mangrove", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mangrove")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read English, whatever the language of the machine; those of the other language say so."""
    monkeypatch.setenv("MANGROVE_LANG", "en")


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """An anonymous broker of this test's own, to be killed at will."""
    with Mosquitto(tmp_path) as server:
        yield server


@pytest.fixture
def influxdb(tmp_path: Path) -> Iterator[InfluxDb]:
    """An InfluxDB 1.x of this test's own with an empty database, to be killed at will."""
    with InfluxDb(tmp_path) as server:
        yield server


@pytest.fixture
def victoria_metrics(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    """A VictoriaMetrics of this test's own, to be killed at will."""
    with VictoriaMetrics(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def shared_mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """An anonymous broker for tests that keep to topics of their own and never kill it."""
    with Mosquitto(tmp_path_factory.mktemp("shared")) as server:
        yield server


@pytest.fixture(scope="session")
def shared_influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDb]:
    """An InfluxDB 1.x for tests that create databases of their own and never kill it."""
    with InfluxDb(tmp_path_factory.mktemp("shared")) as server:
        yield server


@pytest.fixture(scope="session")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """net-snmp's agent for all tests; it only reads, so never kill or pause it: make your own `Snmpd`."""
    with Snmpd(tmp_path_factory.mktemp("shared")) as server:
        yield server


@pytest.fixture
def torture_table(request: pytest.FixtureRequest) -> TortureTable:
    """Where a torture test puts what it did and what came of it; one table is printed at the end."""
    return TortureTable(request.node.user_properties)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [one for some in terminalreporter.stats.values() for one in some if isinstance(one, pytest.TestReport)]
    ended = [report for report in reports if report.when == "call"]
    found = [row(value) for report in ended for name, value in report.user_properties if name == PROPERTY]
    if found:
        terminalreporter.section("torture: what was done, and what came of it")
        for line in lines(found):
            terminalreporter.write_line(line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those for whom all others wait come first, before there is much to wait for."""
    items.sort(key=lambda item: item.get_closest_marker("alone") is None)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test marked `alone` has no other of this checkout beside it; to wait for that costs it none of its time."""
    folder = item.config.rootpath / ".pytest_cache" / "turns"
    folder.mkdir(parents=True, exist_ok=True)
    with turn(folder, alone=item.get_closest_marker("alone") is not None):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    try:
        yield
    except MissingServerError as error:
        raise _without(error) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    try:
        yield
    except MissingServerError as error:
        raise _without(error) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for name, value in item.funcargs.items():
            if isinstance(value, Server):
                report.sections.append((f"log of {name}", value.log()[-_LOG_END:]))
    return report


def _without(error: MissingServerError) -> BaseException:
    if os.environ.get("CI"):
        return pytest.fail.Exception(str(error), pytrace=False)
    return pytest.skip.Exception(str(error))
