"""What is shown of clocks that are wrong, and nothing of those that are right."""

from pathlib import Path

import pytest
from rich.console import Console
from system.test_demo_view import FRAME, seen, stats

from agents.anchors import Anchors
from agents.host_clock import FIRST_MS, HostClock
from collector.ledger import LedgerRow
from mangrove.clocks import OFF_MS, shown, wrong
from mangrove.demo.numbers import AgentWords
from mangrove.demo.view import render
from mangrove.doctor import _spooled_times


def agent(skew_ms: int | None, *, synced: bool = True, anchored: bool = False) -> AgentWords:
    return AgentWords(time=1, skew_ms=skew_ms, synced=synced, anchored=anchored, assignment="", devices=0)


def row(name: str, held: int) -> LedgerRow:
    [one, _] = stats()["ledger"]
    return LedgerRow(**{**one, "agent": name, "held": held})


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (agent(OFF_MS - 1), ""),
        (agent(None), ""),
        (agent(None, synced=False), "not synchronised"),
        (agent(3_600_000), "+3,600 s off"),
        (agent(-86_400_000, synced=False), "-86,400 s off, not synchronised"),
    ],
)
def test_a_clock_is_shown_when_it_is_off_or_nobody_vouches_for_it(
    one: AgentWords, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANGROVE_LANG", "en")
    assert shown(one) == text


def test_the_doctor_tells_which_clocks_are_off_what_is_held_for_it_and_what_to_do() -> None:
    agents = {"good": agent(9), "late": agent(-3_600_000, synced=False), "alone": agent(0, synced=False, anchored=True)}
    told = {name: (off, text) for name, off, text in wrong(agents, [row("late", 7), row("good", 3), row("late", 5)])}
    assert told.keys() == {"late", "alone"}
    off, text = told["late"]
    assert off
    assert text.startswith("3,600 s behind this host's, not synchronised: run chrony")
    assert text.endswith("; 12 of its batches are held")
    off, text = told["alone"]
    assert not off
    assert "it goes on from the time that was right before" in text


@pytest.mark.parametrize(("language", "text"), [("en", "-3,600 s off"), ("vi", "lệch -3,600 s")])
def test_the_terminal_view_shows_a_clock_that_is_off(language: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGROVE_LANG", language)
    numbers = stats()
    numbers["agents"] = {numbers["ledger"][0]["agent"]: agent(-3_600_000)}
    console = Console(width=140, record=True)
    console.print(render(numbers, seen(0, 0), FRAME, 140))
    assert text in console.export_text()


def test_the_doctor_at_an_agent_tells_since_when_the_time_is_known_and_for_what_nobody_vouches(tmp_path: Path) -> None:
    assert _spooled_times(tmp_path).text == "the right time is not known since this host was started"
    (tmp_path / f"{1:016x}-{0:016x}.seg").touch()
    assert (
        "batches of earlier starts of the agent (1) have times that nothing confirms" in _spooled_times(tmp_path).text
    )
    clock = HostClock(lambda: FIRST_MS, lambda: 5, lambda: True)
    anchors = Anchors(tmp_path, f"{1:016x}", [], clock)
    assert anchors.update()
    assert _spooled_times(tmp_path).text == "the right time is known since 2020-01-01 00:00:00 UTC"
