"""What a poll cost is told packet by packet, with the reason of each, in both languages."""

import re
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from agents import knowledge, reading
from agents.knowledge import Knowledge, Learned
from agents.layout import layout
from agents.plan import plan
from agents.snmp import names
from agents.snmp.names import Kind
from agents.snmp.oids import Oid
from agents.snmp.results import Exchange
from agents.snmp.varbinds import Varbind
from contract.profile import Profile
from mangrove.explain import Cost, Step, asked, comparison, cost, packets
from mangrove.explain_known import known_table
from mangrove.plan_words import purpose_words

GET = Exchange(Kind.GET, 50, 0, 900, 1000, 1.25, "")
BULK = Exchange(Kind.GETBULK, 19, 25, 327, 1757, 0.4, "")
LOST = Exchange(Kind.GET, 3, 0, 80, 0, 2000.0, "did not answer within 2 s [bold]")
COLUMN = (1, 3, 6, 1, 2, 1, 2, 2, 1, 10)
NAME = (1, 3, 6, 1, 2, 1, 2, 2, 1, 2)
CHANGED = "1.3.6.1.2.1.31.1.5"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGROVE_LANG", "en")


def printed(what: RenderableType) -> str:
    console = Console(width=140)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def cells(text: str, first: str) -> list[str]:
    """The cells of the line whose first cell is this."""
    lines = [[cell.strip() for cell in line.strip("│").split("│")] for line in text.splitlines() if "│" in line]
    return next(line for line in lines if line[0] == first)


def test_each_packet_says_what_it_was_for_what_was_asked_and_what_it_cost() -> None:
    shown = printed(packets([Step("walk of interface: an instance is gone", BULK), Step("what is known", GET)], "t"))
    assert cells(shown, "1") == ["1", "walk of interface: a row is gone", "GETBULK 19 × 25", "327", "1,757", "0.4"]
    assert cells(shown, "2")[2:] == ["GET 50", "900", "1,000", "1.2"]


def test_the_sums_are_below() -> None:
    shown = printed(packets([Step("a", BULK), Step("b", GET), Step("c", LOST)], "t"))
    assert shown.splitlines()[-2].split("│")[1:-1] == [" 3 ", *shown.splitlines()[-2].split("│")[2:-1]]
    assert [cell.strip() for cell in shown.splitlines()[-2].split("│")[4:-1]] == ["1,307", "2,757", "2001.7"]


def test_a_packet_without_an_answer_says_why_and_its_text_is_no_markup() -> None:
    shown = printed(packets([Step("is it there?", LOST)], "t"))
    assert cells(shown, "1")[4] == "-"
    assert "did not answer within 2 s [bold]" in shown


def test_what_was_asked_names_objects_and_rows() -> None:
    assert (asked(GET), asked(BULK)) == ("GET 50", "GETBULK 19 × 25")


def test_the_cost_of_packets_is_the_sum_of_both_ways() -> None:
    assert cost([GET, LOST]) == Cost(2, 1980, 2001.25)
    shown = printed(comparison(Cost(2, 1000, 1.0), Cost(20, 5000, 9.0)))
    assert cells(shown, "share") == ["share", "10%", "20%"]


def test_every_reason_that_an_agent_gives_has_words_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in (knowledge, reading))
    told = re.findall(r'tell\("([^"]+)"\)', source) + re.findall(r'return "([^"]+)"\n', source)
    told += re.findall(r'fromkeys\(doubts, "([^"]+)"\)', source) + re.findall(r'else "([^"]+)"\n', source)
    assert len(told) >= 7
    told += [f"{CHANGED} has changed", "it was learned 3700 s ago", f"walk of interface: {CHANGED} has changed"]
    for said in told:
        english = purpose_words(said)
        monkeypatch.setenv("MANGROVE_LANG", "vi")
        assert purpose_words(said) not in (said, english), said
        monkeypatch.setenv("MANGROVE_LANG", "en")
    assert purpose_words(f"{CHANGED} has changed") == "ifTableLastChange has changed"


def test_a_reason_without_words_is_told_as_it_is() -> None:
    assert purpose_words("something new") == "something new"


def known(changed: list[str], *, along: bool) -> str:
    """What is printed of two learned rows."""
    table = {
        "measurement": "interface",
        "tags": {"if_name": {"oid": "1.3.6.1.2.1.2.2.1.2"}},
        "columns": {"in_octets": {"oid": "1.3.6.1.2.1.2.2.1.10", "delta": 32}},
        "changed": changed,
    }
    other = table | {"measurement": "storage", "tags": {"name": {"oid": "1.3.6.1.2.1.2.2.1.2"}}}
    one = Profile.model_validate({"en": "x", "vi": "x", "tables": [table, other]})
    knows = Knowledge(plan([one]))
    found: dict[Oid, dict[Oid, Varbind]] = {
        COLUMN: {(n,): Varbind((*COLUMN, n), names.COUNTER32, 5) for n in (1, 2)},
        NAME: {(n,): Varbind((*NAME, n), names.OCTET_STRING, b"eth%d" % n) for n in (1, 2)},
    }
    made = layout(knows.plan.tables[0], found, along=along)
    knows.learn(0, Learned(made, 0.0, "nothing is known of it yet", along=along, whole=True))
    return printed(known_table(knows))


def test_what_is_known_says_how_much_is_asked_and_what_ends_it() -> None:
    assert cells(known([CHANGED], along=False), "interface")[1:3] == ["2", "2"]
    assert cells(known([CHANGED], along=False), "interface")[4] == "ifTableLastChange changes"
    assert cells(known([], along=True), "interface")[2:5:2] == ["4", "a row is gone or has another name"]
    assert cells(known([], along=True), "storage")[1:] == ["-", "-", "-", "nothing is known of it yet"]
