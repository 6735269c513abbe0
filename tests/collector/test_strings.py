"""Whatever a device calls its rows, a database holds each value once, under the clean text and no other series."""

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, cast

import pytest
from collector.kit import AGENT, CATALOG, Clock, FakeStore, Rig, inventory, record
from servers.influxdb import InfluxDb
from servers.victoria_metrics import VictoriaMetrics

from collector.influx import InfluxStore
from collector.influx_config import InfluxConfig
from collector.intake import Held, Malformed, judge
from collector.series_guard import SeriesConfig
from contract.batch import Batch, Table
from contract.tag_text import MAX_TEXT, clean
from contract.wire import pack

FAST, ALL = 5_000, 100_000
ROWS = 500  # of a batch
SEED = 20_261_127
START = int(time.time()) * 1000 - 3_600_000
ALPHABETS = (
    "a,=\\\" '",
    "\0\n\r\t\x1b\x7f\x85",
    "\u2028\u2029\u200b\u200e\u202e\u2066\ufeff\u00ad",
    "e\u0301a\u0306\u0323ơ\u031bÅ\u212b",
    "\U0001f333\U0001f1fb\U0001f1f3\U0001f468\u200d\U0001f469",
    "שלוםمرحبا ",
    "#/*-+(){}[]<>|&;$`!?%~^@:.",
    "Nậm Cắn GE0/0/1 Tủ nguồn",
    "\ue000\ufdd0\uffff\U0010ffff",
    "0123456789abcdefABCDEF_",
)
NASTY = (
    *(
        "",
        " ",
        "  ",
        "\\",
        "a\\",
        "\\,",
        "\\=",
        "\\ ",
        "a\\\\",
        ",",
        "=",
        ",=",
        '"',
        '""',
        "'",
        "#",
        "# comment",
        "a\n",
    ),
    *("a\nm,t=forged f=1", "GE0/0/1,site=forged", "eth0\\,site\\=HQ", "a in_bps=9 1", "null", "NaN", "true", "1i", "_"),
    *(
        "\u2028",
        "\0",
        "a\0b",
        "\U0001f333" * 40,
        "é" * 64,
        "e\u0301" * 200,
        "x" * MAX_TEXT,
        "x" * (MAX_TEXT + 1),
        "a\n",
    ),
    *("a\n", "x" * 65_535, "\\" * 65_535, "\U0001f333" * 16_000, "\u0301" * 30_000),
)


def strings(count: int) -> list[str]:
    """The nasty ones, and others of every alphabet and of several at once."""
    dice = random.Random(SEED)
    out = list(NASTY)
    while len(out) < count:
        alphabet = "".join(dice.sample(ALPHABETS, dice.choice((1, 1, 2, 3))))
        out.append("".join(dice.choices(alphabet, k=dice.choice((1, 2, 5, 12, 40, 130, 300)))))
    return out


def _write(rig: Rig, given: list[str]) -> dict[tuple[str, int], float]:
    """Write a row for each string, each at a time of its own; returns what the database must hold."""
    version = rig.publish(inventory("dev-1")).version.id
    for seq, at in enumerate(range(0, len(given), ROWS)):
        part = given[at : at + ROWS]
        table = Table(
            measurement="interface",
            tags=["if_name"],
            fields=["in_bps"],
            rows=[[text, at + i + 0.5] for i, text in enumerate(part)],
            times=[START + at + i for i in range(len(part))],
        )
        batch = Batch(kind="poll", device="dev-1", time=START, assignment=version, tables=[table])
        rig.give(AGENT, record(batch, seq=seq))
        rig.store_all()
    assert rig.stored() == list(range(seq + 1))
    assert rig.letter_names() == set()
    return {(clean(text), START + i): i + 0.5 for i, text in enumerate(given)}


@pytest.fixture(params=[FAST, pytest.param(ALL, marks=pytest.mark.torture)])
def given(request: pytest.FixtureRequest) -> list[str]:
    return strings(request.param)


def _rig(folder: Path, url: str, version: Literal[1, 2]) -> Iterator[Rig]:
    store = InfluxStore(InfluxConfig(url=url, version=version, database="mangrove"))
    store.clock = Clock()  # type: ignore[attr-defined]
    limits = SeriesConfig(per_element=2 * ALL, new_per_s=2 * ALL)  # one device says all of the strings
    rig = Rig(folder, cast("FakeStore", store), limits=limits)
    yield rig
    rig.close()
    store.close()


@pytest.fixture
def on_influxdb(tmp_path: Path, influxdb: InfluxDb) -> Iterator[Rig]:
    yield from _rig(tmp_path, influxdb.url, 1)


@pytest.fixture
def on_victoria_metrics(tmp_path: Path, victoria_metrics: VictoriaMetrics) -> Iterator[Rig]:
    yield from _rig(tmp_path, victoria_metrics.url, 2)


def test_influxdb_has_each_string_as_cleaned_and_no_other_series(
    on_influxdb: Rig, influxdb: InfluxDb, given: list[str]
) -> None:
    wanted = _write(on_influxdb, given)
    rows = influxdb.query("SELECT * FROM interface")
    names = {"agent": AGENT, "device": "dev-1", "site": "site-1", "area": "nam-can"}
    assert {key for row in rows for key in row} == {"measurement", "time", "if_name", "in_bps", *names}
    assert all(row[tag] == text for row in rows for tag, text in names.items())
    assert {(row["if_name"], row["time"]): row["in_bps"] for row in rows} == wanted
    assert len(rows) == len(wanted)
    series = influxdb.query("SHOW SERIES FROM interface")
    assert len(series) == len({text for text, _ in wanted})


def test_victoria_metrics_has_each_string_as_cleaned_and_no_other_series(
    on_victoria_metrics: Rig, victoria_metrics: VictoriaMetrics, given: list[str]
) -> None:
    wanted = _write(on_victoria_metrics, given)
    series = victoria_metrics.export('{__name__=~"interface.*"}')
    start = 'interface_in_bps{agent="agent-a",area="nam-can",device="dev-1",if_name='
    end = ',site="site-1"}'
    assert all(name.startswith(start) and name.endswith(end) for name in series)
    found = {
        (json.loads(name.removeprefix(start).removesuffix(end)), at): value
        for name, samples in series.items()
        for at, value in samples
    }
    assert found == wanted
    assert len(series) == len({text for text, _ in wanted})


@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff", "a\\ud83cb", "\\udf33\\ud83c"])
def test_half_a_surrogate_pair_is_no_text_and_its_batch_is_a_dead_letter(rig: Rig, now_ms: int, escape: str) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    table = Table(measurement="interface", tags=["if_name"], fields=["in_bps"], rows=[["HERE", 1.5]])
    batch = Batch(kind="poll", device="dev-1", time=now_ms, assignment=version, tables=[table])
    body = batch.model_dump_json(exclude_defaults=True).replace("HERE", escape).encode()
    judged = judge(AGENT, pack(1, 0, body), rig.versions, CATALOG, now_ms)
    assert isinstance(judged, Malformed)
    assert "Invalid JSON" in judged.reason


@pytest.mark.parametrize("name", ["evil", "interface,a=b", "interface evil=1", "in_bps\\", "", "x" * 65, "Ổ", "time"])
@pytest.mark.parametrize("place", ["measurement", "tags", "fields"])
def test_no_name_comes_from_a_device(rig: Rig, now_ms: int, name: str, place: str) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    table = {"measurement": "interface", "tags": ["if_name"], "fields": ["in_bps"], "rows": [["a", 1.5]]}
    table[place] = name if place == "measurement" else [name]
    body = {"kind": "poll", "device": "dev-1", "time": now_ms, "assignment": version, "tables": [table]}
    judged = judge(AGENT, pack(1, 0, json.dumps(body).encode()), rig.versions, CATALOG, now_ms)
    assert isinstance(judged, Malformed | Held)


@pytest.mark.parametrize(
    ("one", "other"),
    [("C:\\", "C:_"), ("x" * 200 + " (1)", "x" * 200 + " (2)"), ("e\u0301", "é"), ("a\u200b", "a\u200c")],
)
def test_of_rows_that_cleaning_makes_alike_the_second_is_a_dead_letter_and_no_silent_loss(
    rig: Rig, now_ms: int, one: str, other: str
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    table = Table(measurement="interface", tags=["if_name"], fields=["in_bps"], rows=[[one, 1.5], [other, 2.5]])
    batch = Batch(kind="poll", device="dev-1", time=now_ms, assignment=version, tables=[table])
    rig.give(AGENT, record(batch))
    rig.store_all()
    values = [fields[0][1] for (name, _, _), (fields, _) in rig.store.points.items() if name == "interface"]
    assert values == [1.5]
    assert len(rig.letter_names()) == 1
