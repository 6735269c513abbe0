"""A performance file becomes rows of its cells: shapes of several vendors, KPIs as ratios of sums, what is left out."""

import math
from random import Random

import pytest
from agents.pm.files import (
    END_MS,
    GOOD,
    NOW,
    Info,
    cell,
    gathered,
    made,
    made_28532,
    planned,
    rows,
    shipped,
)
from hypothesis import given
from hypothesis import strategies as st
from simulator.played import INVENTORY

from agents.host_clock import Stamp
from agents.pm.errors import PmError
from simulator.pm.counters import counters
from simulator.pm.document import document

LDN = "ENodeBFunction=1,EUtranCellFDD=A1"
ONE = planned(cell("a1", "EUtranCellFDD=A1"))
MANY = b"".join(b'<r p="x%d"/>' % n for n in range(20_000))
Said = dict[str, float | int | None]
BLOCKS = {f"{way}_prb_{what}" for way in ("dl", "ul") for what in ("used", "available", "used_pct")}


def of(measurement: str, data: bytes, at: int = END_MS) -> Said:
    return rows(gathered(data, ONE).batches()).get(("a1", measurement, at), {})


def test_the_kpis_of_a_cell_are_those_of_ts_32450_and_stand_beside_the_sums_that_they_are_of() -> None:
    data = made(Info({LDN: GOOD}))
    assert of("cell", data) == {"reported_s": 900, "available_s": 810, "available_pct": 90.0, "suspect": 0}
    access = of("cell_access", data)
    assert (access["rrc_attempts"], access["rrc_successes"], access["rrc_pct"]) == (200, 190, 95.0)
    assert access["access_pct"] == pytest.approx(100 * 0.95 * 0.99 * 0.98)
    retention = of("cell_retention", data)
    assert retention["drops_per_h"] == pytest.approx(3600 * 3 / 7200)
    assert retention["drop_pct"] == pytest.approx(100 * 3 / 147)
    assert of("cell_traffic", data) == {"dl_kbit": 9000, "dl_ms": 300, "dl_bps": 30e6}
    assert of("cell_load", data) == {"dl_prb_pct": 41.0}
    assert of("cell_mobility", data) == {}


def test_a_batch_is_of_a_cell_and_of_the_time_of_its_newest_period_by_no_clock_of_ours() -> None:
    earlier = Info({LDN: GOOD}, end="2026-11-27T00:30:00+07:00")
    (batch,) = gathered(made(Info({LDN: GOOD}), earlier), ONE).batches()
    assert (batch.kind, batch.device, batch.assignment) == ("pm", "a1", "1-abcd")
    assert (batch.time, batch.mono) == (END_MS, 0)
    assert all(table.times == [END_MS - 900_000, END_MS] for table in batch.tables)
    assert {(table.tags[0], row[0]) for table in batch.tables for row in table.rows} == {("technology", "4g")}


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (made(Info({LDN: GOOD}, listed=True)), "EUtranCellFDD=A1"),
        (made(Info({LDN: GOOD}), ns="mc:"), "EUtranCellFDD=A1"),
        (made(Info({LDN: GOOD}), xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec-5"), LDN),
        (made(Info({LDN: GOOD}), xmlns=""), "ManagedElement=1," + LDN),
        (made(Info({LDN: GOOD})), "DC=example,ManagedElement=1," + LDN),
        (made_28532(Info({LDN: GOOD})), "ManagedElement=1," + LDN),
        (made(Info({"PLMN-PLMN/MRBTS-12/LNBTS-12/LNCEL-3": GOOD}), element="NE-MRBTS-12"), "LNBTS-12/LNCEL-3"),
        (
            made(
                Info(
                    {"TAM GIANG/Cell:eNodeB Function Name=TAM GIANG, Local Cell ID=1, Cell Name=TG1, eNodeB ID=7": GOOD}
                )
            ),
            "Local Cell ID=1, Cell Name=TG1, eNodeB ID=7",
        ),
        (made(Info({"": GOOD}), element=f"SubNetwork=1, ManagedElement=1 , {LDN}"), LDN),
    ],
)
def test_a_cell_is_found_by_the_last_parts_of_its_name_in_the_shapes_of_several_vendors(data: bytes, key: str) -> None:
    batches = gathered(data, planned(cell("a1", key))).batches()
    assert rows(batches)["a1", "cell", END_MS]["available_s"] == 810


def test_counters_of_a_cell_may_be_in_several_blocks_and_files_are_read_in_pieces_of_any_size() -> None:
    parts = [dict(list(GOOD.items())[n::3]) for n in range(3)]
    apart = made(*(Info({LDN: part}) for part in parts))
    whole = rows(gathered(made(Info({LDN: GOOD})), ONE).batches())
    assert all(rows(gathered(apart, ONE, piece=piece).batches()) == whole for piece in (1, 7, 100_000))


@pytest.mark.parametrize("nothing", ["NIL", "", "  ", "nil", "NaN", "inf", "1_0", "twelve", "0x10", "1,2,3"])
def test_what_is_no_number_is_no_value_and_takes_its_partner_in_the_ratio_along(nothing: str) -> None:
    said = of("cell_access", made(Info({LDN: {**GOOD, "RRC.ConnEstabSucc.sum": nothing}})))
    assert not {"rrc_attempts", "rrc_successes", "rrc_pct", "access_pct"} & said.keys()
    assert said["bearer_pct"] == pytest.approx(98.0)


def test_there_is_no_ratio_over_zero_and_its_sums_are_there() -> None:
    said = of("cell_access", made(Info({LDN: {**GOOD, "RRC.ConnEstabAtt.sum": 0, "RRC.ConnEstabSucc.sum": 0}})))
    assert (said["rrc_attempts"], said["rrc_successes"]) == (0, 0)
    assert not {"rrc_pct", "access_pct"} & said.keys()


def test_suspect_counters_are_left_out_and_the_period_is_marked() -> None:
    data = made(Info({LDN: GOOD}, suspect=(LDN,)), Info({LDN: {"RRU.PrbTotUl": 7}}))
    assert of("cell", data) == {"suspect": 1}
    assert of("cell_access", data) == {}
    assert of("cell_load", data) == {"ul_prb_pct": 7.0}


def test_a_sum_is_taken_from_all_its_parts_or_not_at_all() -> None:
    causes: dict[str, float | str] = {"RRC.ConnEstabAtt.1": 5, "RRC.ConnEstabAtt.2": 7, "RRC.ConnEstabSucc.1": 4}
    full = made(Info({LDN: {**causes, "RRC.ConnEstabSucc.2": 6}}))
    assert of("cell_access", full)["rrc_pct"] == pytest.approx(100 * 10 / 12)
    assert of("cell_access", made(Info({LDN: {**causes, "RRC.ConnEstabSucc.2": "NIL"}}))) == {}


@pytest.mark.parametrize(("seconds", "available"), [(0, 900), (900, 0), (905, 0), (5000, None)])
def test_a_cell_is_available_for_what_the_period_has_left(seconds: float, available: int | None) -> None:
    said = of("cell", made(Info({LDN: {"RRU.CellUnavailableTime.sum": seconds}})))
    assert said.get("available_s") == available
    assert said.get("reported_s") == (None if available is None else 900)


def test_vendors_names_stand_for_those_of_the_standard() -> None:
    ericsson = {"pmRrcConnEstabAtt": 110, "pmRrcConnEstabAttReatt": 10, "pmRrcConnEstabSucc": 90}
    huawei = {"L.RRC.ConnReq.Att": 100, "L.RRC.ConnReq.Succ": 90}
    down = {"pmCellDowntimeAuto": 100, "pmCellDowntimeMan": 35}
    assert of("cell_access", made(Info({LDN: ericsson})))["rrc_pct"] == 90.0
    assert of("cell_access", made(Info({LDN: huawei}, listed=True)))["rrc_pct"] == 90.0
    assert of("cell", made(Info({LDN: down})))["available_pct"] == 85.0


def test_objects_that_are_no_cell_of_ours_are_named_as_far_as_they_have_counters_of_cells() -> None:
    other = "ENodeBFunction=1,EUtranCellFDD=B1"
    found = gathered(made(Info({LDN: GOOD, other: GOOD}), Info({"Board=1": {"CPU.Load": 3}})), ONE)
    assert list(found.unknown) == [f"DC=example,ManagedElement=1,{other}"]
    assert [batch.device for batch in found.batches()] == ["a1"]


def test_two_objects_with_the_key_of_one_cell_are_not_mixed() -> None:
    name = "EUtranCellFDD=A1"
    found = gathered(made(Info({f"ENodeBFunction=1,{name}": GOOD, f"ENodeBFunction=2,{name}": GOOD})), ONE)
    assert found.twice == 1
    assert rows(found.batches())["a1", "cell_access", END_MS]["rrc_attempts"] == 200


@pytest.mark.parametrize("end", ["2026-10-20T00:00:00Z", "2027-01-01T00:00:00Z"])
def test_periods_of_another_time_are_left_out_and_the_others_are_not(end: str) -> None:
    found = gathered(made(Info({LDN: GOOD}, end=end), Info({LDN: GOOD})), ONE)
    assert found.of_other_time == 1
    assert {time for _, _, time in rows(found.batches())} == {END_MS}


@pytest.mark.parametrize("now", [5_000, NOW + 400 * 86_400_000])
def test_a_host_that_does_not_know_what_time_it_is_reads_them_all_the_same(now: int) -> None:
    assert len(list(gathered(made(Info({LDN: GOOD})), ONE, Stamp(now, 7, synced=False)).batches())) == 1


def test_of_two_lengths_with_one_end_the_shorter_counts_where_it_has_a_value() -> None:
    hour = Info({LDN: {**GOOD, "RRC.ConnEstabAtt.sum": 800, "RRU.PrbTotUl": 9}}, length="PT1H")
    quarter = Info({LDN: {name: value for name, value in GOOD.items() if not name.startswith("RRU.Prb")}})
    data = made(hour, quarter)
    assert of("cell_access", data)["rrc_attempts"] == 200
    assert of("cell_load", data) == {"dl_prb_pct": 41.0, "ul_prb_pct": 9.0}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no whole XML: no element found"),
        (b"<a/>", "its root is 'a'"),
        (b"PK\x03\x04", "no whole XML"),
        (made(Info({LDN: GOOD}))[:-30], "no whole XML"),
        (made(Info({LDN: GOOD}, end="2026-11-27T00:45:00")), "has no zone: give `pm.utc_offset`"),
        (made(Info({LDN: GOOD}, end="yesterday")), "'yesterday' is no time"),
        (made(Info({LDN: GOOD}, end="9999-12-31T23:59:59-23:59")), "over"),
        (made(Info({LDN: GOOD}, length="PT0S")), "no length of a period"),
        (made(Info({LDN: GOOD}, length="P9D")), "no length of a period"),
        (made(Info({LDN: GOOD, "x" * 1001: GOOD})), "over 1000 letters"),
        (
            made(Info({LDN: GOOD}, listed=True)).replace(b"<measResults>", b"<measResults>1 "),
            "13 values for 12 counters",
        ),
        (b'<?xml version="1.0" encoding="klingon"?><measCollecFile/>', "encoding"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><measCollecFile>&b;</measCollecFile>', "document type"),
        (b"<measCollecFile>" + b"<x>" * 40, "too deep for the schema"),
        (b"<measCollecFile>" + b"<x/>" * 10_001, "not of the schema"),
        (b"<measCollecFile a='" + b"x" * 2_000_000, "over 1 MiB long"),
        (made(Info({LDN: GOOD})).replace(b"</measValue>", MANY), "more in it than the values of 12"),
    ],
)
def test_what_is_no_performance_file_is_refused_with_the_reason(data: bytes, why: str) -> None:
    if why == "over":
        assert gathered(data, ONE).of_other_time == 1
        return
    with pytest.raises(PmError) as refused:
        gathered(data, ONE, piece=1 << 16)
    assert why in str(refused.value)


def test_a_thousand_laughs_in_another_encoding_are_refused_before_they_are_heard() -> None:
    bomb = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><measCollecFile/>'.encode("utf-16")
    with pytest.raises(PmError, match="document type"):
        gathered(bomb, ONE)


def test_what_is_strange_is_passed_over_with_all_that_is_in_it() -> None:
    strange = b'<vs><measInfo><measValue measObjLdn="x"><r p="1">1</r></measValue></measInfo></vs>'
    within = b'<measValue measObjLdn="%b">' % LDN.encode()
    data = (
        made(Info({LDN: GOOD}))
        .replace(within, within + b"<vs><r p='1'>77<b/></r></vs>")
        .replace(b"<measData>", b"<measData>" + strange)
    )
    assert rows(gathered(data, ONE).batches()) == rows(gathered(made(Info({LDN: GOOD})), ONE).batches())


@given(
    st.dictionaries(
        st.sampled_from([name for name in planned(cell("x", "x")).names if not name.startswith("@")]),
        st.integers(-5, 5000).map(str) | st.floats(-2, 1e20).map(str) | st.sampled_from(["NIL", "", "x"]),
        max_size=60,
    )
)
def test_both_sums_of_a_ratio_are_there_or_none_and_the_ratio_is_theirs(values: dict[str, str]) -> None:
    found = rows(gathered(made(Info({LDN: values or {"none": 1}})), ONE).batches())
    for table in shipped()["lte"].tables:
        said = found.get(("a1", table.measurement, END_MS), {})
        for above, below in table.parts:
            assert (above in said) == (below in said)
            assert said.get(above) is None or (isinstance(said[above], int) and isinstance(said[below], int))
        for name, ratio in table.ratios.items():
            parts = [(said.get(above), said.get(below)) for above, below in ratio.of]
            value = ratio.scale
            for above_sum, below_sum in parts:
                value *= above_sum / below_sum if above_sum is not None and below_sum else math.nan
            assert said.get(name) == (None if math.isnan(value) else pytest.approx(value))


def test_what_the_simulator_writes_has_every_kpi_of_the_standard_for_lte_and_the_availability_of_all() -> None:
    cells = [cell for cell in INVENTORY.cells if cell.technology != "2g"][:60]
    said = {cell.id: counters(cell, 0.8, 900, 90, Random(1)) for cell in cells}
    data = document("oss", NOW / 1000 - 900, NOW / 1000, cells, said).encode()
    plan = planned(*(cell(one.id, one.name, one.technology) for one in cells))
    found = rows(gathered(data, plan).batches())
    assert {name for name, _, _ in found} == {one.id for one in cells}
    for one in cells:
        assert found[one.id, "cell", NOW]["available_pct"] == 90.0
        if one.technology == "4g":
            made_of = {n for t in shipped()["lte"].tables for n in (*t.fields, *t.ratios)}
            got = {n for t in shipped()["lte"].tables for n in found[one.id, t.measurement, NOW]}
            assert made_of - got == BLOCKS
        if one.technology == "5g":
            load = found[one.id, "cell_load", NOW]
            assert load.keys() >= BLOCKS
            assert load["dl_prb_used_pct"] == pytest.approx(load["dl_prb_pct"], abs=1)


def test_cells_that_cannot_be_read_are_told_by_technology_and_by_key() -> None:
    one, same, odd = cell("a", "C=1"), cell("b", " C=1 "), cell("c", ",/")
    old = [cell(f"g-{n}", f"G={n}", "2g") for n in range(300)]
    plan = planned(one, same, odd, *old)
    assert list(plan.cells.values()) == [one]
    assert plan.troubles == (
        "300 cells are not read: the assignment has no counters of 2g",
        "b is not read: its key ' C=1 ' names nothing, or another cell too",
        "c is not read: its key ',/' names nothing, or another cell too",
    )
