"""Messages of sensors under atheris: some seconds in every run, ten minutes in `make torture`."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from agents.sensors.messages import power
from agents.sensors.spb import PRESENT, STATE, VOLTS, metric, nbirth, ndeath, payload
from agents.sensors.test_line_protocol import SITE

TARGET = Path(__file__).with_name("fuzz_messages.py")
SHORT_S = 5
LONG_S = int(os.environ.get("MANGROVE_FUZZ_SECONDS", "600"))
PART = b"\xfe\xfd\xfc\xfb"
SEEDS = [
    json.dumps(power()).encode(),
    SITE.encode(),
    PART.join(
        [
            b"\0" + nbirth(VOLTS, PRESENT, STATE),
            b"\1" + payload(metric(None, 230.5, alias=1), metric(None, "off", alias=3), seq=1),
            b"\3" + payload(metric("V", 1.5, 10, alias=9), seq=2),
            b"\4" + payload(metric(None, 1.5, alias=9), seq=4),
            b"\2" + ndeath(),
        ]
    ),
]

pytestmark = pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this")


def run(folder: Path, seconds: int) -> None:
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS):
        (corpus / str(number)).write_bytes(seed)
    options = [f"-max_total_time={seconds}", "-rss_limit_mb=1024", "-timeout=10", "-max_len=100000"]
    done = subprocess.run(
        [sys.executable, str(TARGET), str(corpus), *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(TARGET.parents[3])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=seconds + 90,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "Done " in done.stdout


def test_atheris_finds_nothing_in_some_seconds(tmp_path: Path) -> None:
    run(tmp_path, SHORT_S)


@pytest.mark.torture
def test_atheris_finds_nothing_in_ten_minutes(tmp_path: Path) -> None:
    run(tmp_path, LONG_S)
