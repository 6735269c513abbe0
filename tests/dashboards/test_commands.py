"""`mangrove dashboards ...` as a user runs it."""

import json
import time
from pathlib import Path

import pytest
from dashboards.hour import END_MS, Hour
from servers.influxdb import InfluxDb
from typer.testing import CliRunner

from mangrove.cli import app


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGROVE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> tuple[int, str]:
    """Exit code, and what was printed."""
    done = CliRunner().invoke(app, ["dashboards", *arguments])
    return done.exit_code, done.output


def test_what_is_built_passes_the_check_and_what_is_changed_does_not(tmp_path: Path) -> None:
    assert run("build", "--to", str(tmp_path))[0] == 0
    assert run("check", "--folder", str(tmp_path))[0] == 0
    (tmp_path / "dashboards/vi/ioc.json").write_text("{}\n")
    (tmp_path / "dashboards/en/uptime.json").unlink()
    (tmp_path / "dashboards/en/mine.json").write_text("{}\n")
    code, said = run("check", "--folder", str(tmp_path))
    assert code == 1
    assert all(name in said for name in ("vi/ioc.json", "en/uptime.json", "en/mine.json"))
    assert "vi/uptime.json" not in said


def test_the_shipped_files_pass_the_check() -> None:
    assert run("check") == (0, "all dashboards are as the code makes them\n")


def test_verify_passes_on_a_database_with_the_last_hour(shared_influxdb: InfluxDb) -> None:
    shared_influxdb.create_database("last_hour")
    shift_ms = time.time_ns() // 1_000_000 - END_MS
    shared_influxdb.write(Hour().lines(shift_ms), database="last_hour")
    store = f"{shared_influxdb.url}/last_hour"
    code, said = run("verify", "--store", store, "--range", "1h", "--slow-s", "30", "--json")
    assert {json.loads(line)["result"] for line in said.splitlines()} == {"ok"}
    assert code == 0
    code, said = run("verify", "--store", store, "--range", "1h", "--slow-s", "30", "--language", "vi")
    assert code == 0
    assert "Độ sẵn sàng" in said


def test_verify_names_what_is_empty(shared_influxdb: InfluxDb) -> None:
    shared_influxdb.create_database("nothing_yet")
    code, said = run("verify", "--store", f"{shared_influxdb.url}/nothing_yet", "--json")
    assert code == 1
    assert {json.loads(line)["result"] for line in said.splitlines()} == {"empty"}


@pytest.mark.parametrize("store", ["http://127.0.0.1:1/db", "{}/no_such_database"])
def test_a_store_that_cannot_be_asked_is_told_once(shared_influxdb: InfluxDb, store: str) -> None:
    code, said = run("verify", "--store", store.format(shared_influxdb.url))
    assert code == 1
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("wrong", [["--range", "0m"], ["--range", "1y"], ["--language", "fr"], ["--store", "here"]])
def test_what_is_asked_wrongly_ends_with_two(wrong: list[str]) -> None:
    assert run("verify", "--store", "http://127.0.0.1:1/db", *wrong)[0] == 2


def test_push_speaks_only_https_and_reads_the_token_from_a_private_file(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("glsa_secret\n")
    token.chmod(0o600)
    code, said = run("push", "--url", "http://127.0.0.1:3000", "--token-file", str(token))
    assert (code, "clear text" in said, "glsa" in said) == (1, True, False)
