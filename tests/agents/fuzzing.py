"""Atheris on a target of ours: some seconds in every run, ten minutes in `make torture`."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHORT_S: Final = 4
LONG_S: Final = int(os.environ.get("MANGROVE_FUZZ_SECONDS", "600"))
for_long = pytest.mark.timeout(LONG_S + 180)
needs_atheris = pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this")


def atheris(folder: Path, target: Path, *arguments: str, within_s: float) -> "subprocess.CompletedProcess[str]":
    """Run Python with these arguments and libFuzzer's limits, where it can import what is beside `target`."""
    paths = (ROOT, ROOT / "tests", target.parent)
    return subprocess.run(
        [sys.executable, *arguments, "-rss_limit_mb=1024", "-timeout=10"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=within_s,
        check=False,
    )


def fuzz(folder: Path, target: Path, seeds: Sequence[bytes], seconds: int, *, longest: int = 65_507) -> None:
    """Fuzz for so long, from these seeds, with inputs of at most `longest` octets: nothing is found. No fuzzer makes
    inputs much longer than its longest seed."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-max_len={longest}", "-keep_seed=1"]
    done = atheris(folder, target, str(target), str(corpus), *options, within_s=seconds + 90)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "Done " in done.stdout
    assert "no interesting inputs" not in done.stdout  # it is instrumented
