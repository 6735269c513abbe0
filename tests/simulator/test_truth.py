"""The truth: the same lines at any speed, whole lines only, and nobody reads what is no truth."""

import json
from io import StringIO
from itertools import islice
from pathlib import Path

import pytest

from simulator.model.change import Change
from simulator.model.climate import DAY_S
from simulator.model.year import simulate
from simulator.sample.province import sample
from simulator.truth import Run, Truth, TruthError, read

START = 1_760_000_000.0
CHANGES = list(islice(simulate(sample(30, 1), 1, START, 60 * DAY_S), 200))


def written(speed: float) -> str:
    file = StringIO()
    Truth(file, Run(1_800_000_000.0, START, speed, 1)).note(CHANGES)
    return file.getvalue()


def test_what_is_written_is_read_again_and_a_line_that_is_not_whole_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text(written(60) + '{"time": 1', encoding="utf-8")
    run, changes = read(path)
    assert changes == CHANGES
    assert run == Run(1_800_000_000.0, START, 60, 1)
    assert run.wall(START + 600) == 1_800_000_010.0


def test_all_lines_but_the_first_are_the_same_at_any_speed() -> None:
    assert written(1).splitlines()[1:] == written(60).splitlines()[1:]
    assert json.loads(written(60).splitlines()[0])["speed"] == 60


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("{}\n", ":1: is no head of a truth"),
        ("no json\n", ":1: is no head of a truth"),
        (written(1).splitlines()[0] + '\n{"time": 1}\n', ":2: is no change"),
    ],
)
def test_what_is_no_truth_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TruthError, match=said):
        read(path)


def test_a_change_without_a_number_is_read_as_it_was() -> None:
    assert Change(1.0, "a", "dark", "battery_empty").number is None


def test_half_a_letter_at_the_end_is_a_line_that_is_not_whole_and_elsewhere_no_truth(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_bytes(written(60).encode() + "ă".encode()[:1])
    assert read(path)[1] == CHANGES
    path.write_bytes(b"\xc4\n")
    with pytest.raises(TruthError):
        read(path)
