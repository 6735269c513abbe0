"""Faults on command, and the truth for who asks: over the real socket."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from agents.waiting import until
from simulator.played import HOUR_S, INVENTORY, Province

from contract.control import Control, ControlError, ask
from simulator.clock import START
from simulator.control import NUMBERS, Commands
from simulator.model.faults import KINDS, MOMENTARY, STRIKES, Kind

SITE, ROUTER = "tram-dat-mui-01", "rt-dat-mui-01"
LINK = INVENTORY.links[0].id
FEEDER = next(str(site.feeder) for site in INVENTORY.sites)
ELEMENTS = {"feeder": FEEDER, "site": SITE, "link": LINK, "device": ROUTER, "sensor": "pw-dat-mui-01"}


class Asked:
    """Asks over the socket; the province is `there`."""

    def __init__(self, there: Province, path: Path) -> None:
        self.there, self._path = there, path

    async def __call__(self, question: str, **more: object) -> Any:
        return await asyncio.to_thread(lambda: ask(self._path, question, **more))


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    there = Province()
    there.go(600)
    control = Control(tmp_path / "control", Commands(INVENTORY, there.life).by_name())
    yield Asked(there, tmp_path / "control")
    await asyncio.to_thread(control.close)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_can_be_brought_about_at_what_it_strikes_and_mended_if_it_lasts(
    asked: Asked, kind: Kind
) -> None:
    element = ELEMENTS[STRIKES[kind][0]]
    changes = await asked("break", element=element, kind=kind, for_s=HOUR_S)
    assert (changes[0]["element"], changes[0]["cause"]) == (element, "command")
    assert changes[0]["number"] == NUMBERS.get(kind)
    faults = (await asked("state"))["faults"]
    if kind in MOMENTARY:
        assert faults == []
        with pytest.raises(ControlError, match="nothing to mend"):
            await asked("mend", element=element, kind=kind)
        return
    (fault,) = faults
    assert (fault["element"], fault["kind"], fault["cause"]) == (element, kind, "command")
    assert fault["until"] - fault["since"] == pytest.approx(HOUR_S)
    (ended, *_) = await asked("mend", element=element, kind=kind)
    assert ended["cause"] == "over"
    assert (await asked("state"))["faults"] == []
    assert [change.state for change in asked.there.told[:1]] == [changes[0]["state"]]


async def test_what_is_broken_is_over_after_its_time(asked: Asked) -> None:
    await asked("break", element=ROUTER, kind="silent", for_s=HOUR_S)
    assert ROUTER in (await asked("state"))["unheard"]
    asked.there.go(HOUR_S + 1)
    state = await asked("state")
    assert (state["faults"], state["unheard"]) == ([], [])
    assert state["now"] == pytest.approx(START + 600 + HOUR_S + 1)
    assert state["clock"]["speed"] == 60.0


async def test_the_state_of_a_site_has_its_feeder_devices_and_links_and_nothing_of_others(asked: Asked) -> None:
    feeder = next(str(site.feeder) for site in INVENTORY.sites if site.id == SITE)
    await asked("break", element=feeder, kind="mains", for_s=HOUR_S)
    await asked("break", element=ROUTER, kind="hang", for_s=HOUR_S)
    await asked("break", element="rt-tan-thanh-01", kind="hang", for_s=HOUR_S)
    state = await asked("state", element=SITE)
    assert {fault["element"] for fault in state["faults"]} == {feeder, ROUTER}
    assert state["unheard"] == [ROUTER]
    assert state["site"]["mains"] is False
    assert 0 < state["site"]["left_s"] < 6 * HOUR_S
    link = (await asked("state", element=LINK))["link"]
    assert link["carries"] is True
    assert -80 < link["dbm"] < 0


@pytest.mark.parametrize(
    ("question", "more", "words"),
    [
        ("break", {"element": "tram-dat-mui-1", "kind": "mains", "for_s": 1}, "no tram-dat-mui-1.*did you mean"),
        ("break", {"element": ROUTER, "kind": "mains", "for_s": 1}, "is a device; its faults are: device, silent"),
        ("break", {"element": SITE, "kind": ["mains"], "for_s": 1}, "is a site"),
        ("break", {"element": SITE, "kind": "mains"}, "a fault has a `for_s`"),
        ("break", {"element": SITE, "kind": "mains", "for_s": 0}, "a fault has a `for_s`"),
        ("break", {"element": SITE, "kind": "mains", "for_s": float("inf")}, "a fault has a `for_s`"),
        ("break", {"kind": "mains", "for_s": 1}, "the simulated province has no"),
        ("mend", {"element": SITE, "kind": "mains"}, "has no fault mains now"),
        ("state", {"element": "nowhere"}, "the simulated province has no nowhere"),
    ],
)
async def test_what_cannot_be_is_refused_with_words(
    asked: Asked, question: str, more: dict[str, object], words: str
) -> None:
    with pytest.raises(ControlError, match=words):
        await asked(question, **more)
    assert asked.there.told == []


async def test_a_command_wakes_the_life_that_sleeps_until_the_next_fault() -> None:
    there = Province()
    task = asyncio.create_task(there.life.run())
    await until(lambda: not task.done())
    there.strike(ROUTER, "silent", 6.0)  # 0.1 s by the wall, which stands still here
    there.wall += 0.2
    await until(lambda: len(there.told) == 2)
    task.cancel()
    assert [change.state for change in there.told] == ["silent", "answers"]
