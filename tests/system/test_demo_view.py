"""The demo's screen on a low and narrow terminal: what matters most is not cut."""

import io
import time
from collections.abc import Mapping

import pytest
from rich.console import Console
from system.provinces import named_sites

from collector.ledger import LedgerRow
from mangrove.demo.numbers import DeviceWords, Stats
from mangrove.demo.phone import Message, Phone
from mangrove.demo.seen import AreaNow, Headline, Incident, Seen
from mangrove.demo.view import Frame, render, starting
from simulator.clock import START, Clock

WIDTH, HEIGHT = 80, 24
TITLE = "[#1f3a-1] Trạm Xã Đất Mũi 01 (mẫu tự sinh): Mất liên lạc, mất điện lưới, ắc quy còn 2 %"
LINES = [f"dòng {n}" for n in range(6)]
AGENTS = ("cum-bac-lieu", "cum-bien-tay", "cum-ca-mau", "cum-gia-rai", "cum-mui-ca-mau")
COMMANDS = ("mangrove incidents --config /tmp/mangrove-demo-1000/collector.yaml", "mangrove sim break x mains_cut", "z")
FRAME = Frame("mosquitto", "300 sites", COMMANDS, Clock(time.time(), START, 60.0), 2_402.0, 38.0)
NONE: Mapping[str, str] = {}


def stats() -> Stats:
    """Forty devices, two of which do not answer."""
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
        kinds={"poll": 101_278, "sensor": 12_345, "trap": 1_234, "pm": 12_345, "self": 9},
        latencies_ms=[1_000],
        devices=devices,
        agents={},
        assigned=40,
        ledger=[row, row],
    )


def area(name: str, agent: str, *, down: int = 0, on_battery: int = 0, services: Mapping[str, str] = NONE) -> AreaNow:
    """A commune of four sites."""
    return AreaNow(
        id=name,
        name=f"Xã {name}",
        agents=[agent],
        sites={"up": 4 - down} | ({"down": down} if down else {}),
        devices={"up": 12},
        services={"2g": "full", "4g": "full", **services},
        on_battery=on_battery,
        left_min=100.0 if on_battery else None,
    )


def seen(incidents: int, pages: int) -> Seen:
    """What the watcher said, and the phone received."""
    phone = Phone()
    phone.messages.extend(Message(float(n), TITLE, "\n".join(LINES)) for n in range(pages))
    made = Seen(phone, named_sites({"tram-dat-mui-01": AGENTS[-1]}))
    areas = [area(f"{agent}-{n}", agent) for agent in AGENTS for n in range(13)]
    if incidents:
        areas[-1] = area("Đất Mũi", AGENTS[-1], down=1, services={"4g": "none", "2g": "partial"})
        areas[0] = area("Hồng Dân", AGENTS[0], on_battery=3)
    made.overview = {
        "sites": {"up": 38, "down": 1, "behind": 1, "unknown": 0, "maintenance": 0},
        "uptime": {"up": 98.0, "down": 2.0, "unknown": 0.0, "maintenance": 0.0},
        "headlines": {f"{n}g": Headline(communes=12, total=13, lost=1, blind=0) for n in (2, 3, 4, 5)},
        "areas": areas,
    }
    where, opened = "Trạm Xã Đất Mũi 01 (mẫu tự sinh), Xã Đất Mũi, Cà Mau", int(time.time() * 1000)
    made.incidents = [
        Incident(
            key=f"1f3a-{n}",
            about="r|rt-0",
            place="tram-dat-mui-01",
            where=where if n else "",
            what="Mất liên lạc",
            opened=opened,
        )
        for n in range(incidents)
    ]
    return made


def shown(made: Seen, width: int = WIDTH, height: int | None = HEIGHT) -> list[str]:
    """The lines of the screen."""
    console = Console(width=width, height=height or 200, file=io.StringIO(), record=True)
    console.print(render(stats(), made, FRAME, width, height))
    return console.export_text().splitlines()


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("incidents", "pages"), [(0, 0), (1, 1), (9, 5)])
def test_the_books_every_cluster_a_commune_that_is_hit_an_incident_and_its_page_fit_a_terminal_of_24_lines(
    monkeypatch: pytest.MonkeyPatch, language: str, incidents: int, pages: int
) -> None:
    monkeypatch.setenv("MANGROVE_LANG", language)
    lines = shown(seen(incidents, pages))
    text = "\n".join(lines)
    assert len(lines) == HEIGHT
    assert all(len(line) == WIDTH for line in lines)
    assert "4G 12/13" in text
    assert ("sổ sách khớp" if language == "vi" else "the books balance") in text
    assert all(agent in text for agent in AGENTS)
    assert COMMANDS[0] in text
    assert COMMANDS[1] in text
    assert ("Xã Đất Mũi" in text) == ("Xã Hồng Dân" in text) == bool(incidents)
    assert (LINES[0] in text) == bool(pages)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_cluster_says_what_is_down_which_service_is_lost_what_runs_on_battery_and_how_many_incidents(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("MANGROVE_LANG", language)
    lines = shown(seen(2, 0))
    assert not any("…" in line for line in lines if line[2:].startswith("cum-"))
    rows = {line[2:].split()[0]: line[2:-2].split() for line in lines if line[2:].startswith("cum-")}
    nothing = ["·"] * 3
    assert rows[AGENTS[1]] == [AGENTS[1], "52/52", *nothing, "13/13", "·", "13/13", "·", "·", "·"]
    assert rows[AGENTS[0]] == [AGENTS[0], "52/52", *nothing, "13/13", "·", "13/13", "·", "3", "1.7h", "·"]
    assert rows[AGENTS[4]] == [AGENTS[4], "51/52", "1", "·", "·", "13/13", "·", "12/13", "·", "·", "2"]


def test_the_commune_that_has_lost_a_service_comes_before_the_one_that_runs_on_battery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MANGROVE_LANG", "en")
    lines = shown(seen(1, 0))
    at = next(number for number, line in enumerate(lines) if "communes that are hit (2)" in line)
    assert lines[at + 1][2:].split() == "Xã Đất Mũi 1/4 down no 4G less 2G │".split()
    assert lines[at + 2][2:].split() == "Xã Hồng Dân on battery: 3 1.7h │".split()


def test_a_larger_terminal_shows_whole_pages_the_books_of_the_agents_and_the_last_errors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MANGROVE_LANG", "en")
    text = "\n".join(shown(seen(3, 2), 110, 50))
    for part in (LINES[-1], "produced", "1,912", "rt-0", "no answer within", "×60", "devices"):
        assert part in text
    assert "\n".join(shown(seen(3, 2), 110, None)).count(LINES[-1]) == 2


def test_an_incident_about_ourselves_is_named_by_what_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGROVE_LANG", "en")
    assert any(line.startswith("│ 1f3a-0    0 s  rt-0: Mất liên lạc") for line in shown(seen(1, 0)))


def test_while_it_starts_the_parts_that_were_started_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGROVE_LANG", "en")
    console = Console(width=WIDTH, height=HEIGHT, file=io.StringIO(), record=True)
    console.print(starting(["simulator", "collector"], FRAME, HEIGHT))
    lines = console.export_text().splitlines()
    assert len(lines) == HEIGHT
    assert [line[2:-1].strip() for line in lines[1:4]] == ["starting: 300 sites", "✓ simulator", "✓ collector"]
