"""What devices, sensors and sites are called stays text on the screen: no markup, no escapes of theirs."""

from datetime import UTC, datetime
from typing import cast

from rich.console import Console, RenderableType
from system.provinces import named_sites

from contract.batch import Table
from contract.catalog import Catalog
from contract.mqtt import Message
from mangrove.demo.numbers import Stats
from mangrove.demo.phone import Phone
from mangrove.demo.seen import Incident, Seen
from mangrove.demo.view import Frame, render
from mangrove.readable import plain, readable
from mangrove.tap import line

HOSTILE = "[bold]a[/]\x1b[2J\x9b\u202e"
SHOWN = r"[bold]a[/]\x1b[2J\x9b\u202e"


def printed(what: RenderableType) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def test_a_text_of_others_is_shown_as_it_is_written() -> None:
    assert printed(plain(HOSTILE)) == f"{SHOWN}\n"


def test_a_tag_of_a_device_is_shown_as_it_is_written() -> None:
    one = {"en": "x", "vi": "x"}
    gauge = {**one, "kind": "gauge"}
    catalog = Catalog.model_validate(
        {"measurements": {"interface": {**one, "tags": {"if_name": one}, "fields": {"in_bps": gauge}}}}
    )
    table = Table(measurement="interface", tags=["if_name"], fields=["in_bps"], rows=[[HOSTILE, 1.0]])
    assert SHOWN in printed(readable(table, catalog, 200)[0])


def test_a_place_in_the_demos_incidents_is_shown_as_it_is_written() -> None:
    seen = Seen(Phone(), named_sites({"x": "a"}))
    seen.incidents = [Incident(key="1", place="x", where=HOSTILE, what="x", about="rule|dev", opened=0)]
    nothing: dict[str, object] = {"devices": {}, "ledger": [], "latencies_ms": [], "agents": {}, "kinds": {}}
    stats = {"store_ready": True, "assigned": 0, **nothing}
    assert f"{SHOWN}: x" in printed(render(cast("Stats", stats), seen, Frame("amqtt", "", ()), 200))


def test_what_passes_on_the_broker_is_one_line() -> None:
    said = line(Message("a\n", b'"\xc2\x9b2J\xe2\x80\xae"', retained=False), datetime(2026, 1, 1, tzinfo=UTC))
    assert said == r'00:00:00.000 a\n "\x9b2J\u202e"'
