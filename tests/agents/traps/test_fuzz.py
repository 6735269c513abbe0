"""The listener under atheris: some seconds in every run, ten minutes in `make torture`."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from agents.traps.listening import USERS
from agents.traps.messages import Device, v1, v2c

from agents.snmp import names
from agents.snmp.oids import oid

TARGET = Path(__file__).with_name("fuzz_traps.py")
ROOT = TARGET.parents[3]
SHORT_S = 3
LONG_S = int(os.environ.get("MANGROVE_FUZZ_SECONDS", "600"))
SEEDS = [
    v2c(),
    v2c(kind=0xA6),
    v2c(oid("1.3.6.1.4.1.2011.6.164.2.1.0.7"), [(oid("1.3.6.1.4.1.2011.6.164.1.1.2.100.1.3.9"), names.INTEGER, 1)]),
    v2c(oid("1.3.6.1.2.1.33.2.3"), [(oid("1.3.6.1.2.1.33.1.6.2.1.2.7"), names.OBJECT_IDENTIFIER, (1, 3, 6))]),
    v1("1.3.6.1.4.1.9", 2, 0),
    v1("1.3.6.1.4.1.9", 6, 17),
    Device(USERS["noc"], b"\x80\0\0\0\5one").trap(1, 1),
    Device(USERS["guard"], b"\x80\0\0\0\5one").trap(1, 1),
]

pytestmark = pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this")


def run(folder: Path, seconds: int) -> None:
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS):
        (corpus / str(number)).write_bytes(seed)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    options = ["-rss_limit_mb=1024", "-timeout=10", "-max_len=65507", f"-max_total_time={seconds}"]
    done = subprocess.run(
        [sys.executable, str(TARGET), str(corpus), *options],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=seconds + 60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Done" in done.stdout
    assert "no interesting inputs" not in done.stdout  # it is instrumented


def test_nothing_escapes_the_listener(tmp_path: Path) -> None:
    run(tmp_path, SHORT_S)


@pytest.mark.torture
@pytest.mark.timeout(LONG_S + 120)
def test_nothing_escapes_the_listener_for_long(tmp_path: Path) -> None:
    run(tmp_path, LONG_S)
