"""The demo's screen on a low and narrow terminal: what matters most is not cut."""

import io
import time

import pytest
from rich.console import Console

from collector.ledger import LedgerRow
from mangrove.demo.numbers import DeviceWords, Stats
from mangrove.demo.phone import Message, Phone
from mangrove.demo.seen import Headline, Incident, Seen
from mangrove.demo.view import render

WIDTH, HEIGHT = 80, 24
TITLE = "[#1f3a-1] Trạm Xã Đất Mũi 01 (mẫu tự sinh): Mất liên lạc, mất điện lưới, ắc quy còn 2 %"
LINES = [f"dòng {n}" for n in range(6)]


def stats() -> Stats:
    """Forty devices of two agents, two of which do not answer."""
    reason = "no answer within 0.5 s; it did not answer the last time either"
    now = time.time_ns() // 1_000_000
    devices = {
        f"rt-{n}": DeviceWords(agent="a", time=now, outcome="timeout" if n < 2 else "ok", reason=reason, took_ms=1)
        for n in range(40)
    }
    row = LedgerRow(
        agent="cum-bac-lieu",
        boot="9ce32dab1b045eca",
        produced=1_912,
        seen=1_911,
        stored=1_911,
        refused=1,
        held=0,
        dropped=0,
        spooled=0,
        earlier=0,
        missing=[],
        balanced=True,
    )
    return Stats(
        state="a",
        store_ready=True,
        connected=True,
        intake={},
        storer={"values": 142_052},
        polls=1_278,
        latencies_ms=[1_000],
        devices=devices,
        agents={},
        assigned=40,
        ledger=[row, row],
    )


def seen(incidents: int, pages: int) -> Seen:
    """What the watcher said, and the phone received."""
    phone = Phone()
    phone.messages.extend(Message(float(n), TITLE, "\n".join(LINES)) for n in range(pages))
    made = Seen(phone)
    made.overview = {
        "sites": {"up": 38, "down": 1, "behind": 1, "unknown": 0, "maintenance": 0},
        "uptime": {"up": 98.0, "down": 2.0, "unknown": 0.0, "maintenance": 0.0},
        "headlines": {f"{n}g": Headline(communes=12, total=13, lost=1, blind=0) for n in (2, 3, 4, 5)},
    }
    where, opened = "Trạm Xã Đất Mũi 01 (mẫu tự sinh), Xã Đất Mũi, Cà Mau", int(time.time() * 1000)
    made.incidents = [
        Incident(key=f"1f3a-{n}", about="r|rt-0", where=where if n else "", what="Mất liên lạc", opened=opened)
        for n in range(incidents)
    ]
    return made


def shown(made: Seen) -> list[str]:
    """The lines of the screen."""
    console = Console(width=WIDTH, height=HEIGHT, file=io.StringIO(), record=True)
    console.print(render(stats(), 2_402.0, "mosquitto", 38.0, made, HEIGHT))
    return console.export_text().splitlines()


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("incidents", "pages"), [(0, 0), (1, 1), (1, 5)])
def test_a_page_its_incident_and_the_books_fit_a_terminal_of_24_lines(
    monkeypatch: pytest.MonkeyPatch, language: str, incidents: int, pages: int
) -> None:
    monkeypatch.setenv("MANGROVE_LANG", language)
    lines = shown(seen(incidents, pages))
    text = "\n".join(lines)
    assert len(lines) == HEIGHT
    assert all(len(line) == WIDTH for line in lines)
    assert "4G 12/13" in text
    assert ("sổ sách khớp" if language == "vi" else "the books balance") in text
    assert (LINES[-1] in text) == bool(pages)


def test_an_incident_about_ourselves_is_named_by_what_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGROVE_LANG", "en")
    assert any(line.startswith("│ 1f3a-0    0 s  rt-0: Mất liên lạc") for line in shown(seen(1, 0)))
