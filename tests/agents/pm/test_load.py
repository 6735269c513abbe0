"""How full a cell is: resource blocks used and available as sums, or a percentage as the equipment tells it."""

import pytest
from agents.pm.files import END_MS, Info, Values, cell, gathered, made, planned, rows


def test_the_load_of_nr_cells_is_of_all_their_resource_blocks_and_no_mean_of_percentages() -> None:
    wide: Values = {
        "RRU.PrbUsedDl": 100,
        "RRU.PrbAvailDl": 273,
        "RRU.PrbTotDl": 40,
        "RRU.PrbUsedUl": 0,
        "RRU.PrbAvailUl": 0,
    }
    narrow: Values = {"RRU.PrbUsedDl": 50, "RRU.PrbAvailDl": 51, "RRU.PrbUsedUl": 3}
    plan = planned(cell("wide", "NRCellDU=1", "5g"), cell("narrow", "NRCellDU=2", "5g"))
    found = rows(gathered(made(Info({"NRCellDU=1": wide}), Info({"NRCellDU=2": narrow})), plan).batches())
    one, two = (found[name, "cell_load", END_MS] for name in ("wide", "narrow"))
    assert one == {
        "dl_prb_pct": 40.0,
        "dl_prb_used": 100,
        "dl_prb_available": 273,
        "dl_prb_used_pct": pytest.approx(36.63, abs=0.01),
        "ul_prb_used": 0,
        "ul_prb_available": 0,
    }
    assert two == {"dl_prb_used": 50, "dl_prb_available": 51, "dl_prb_used_pct": pytest.approx(98.04, abs=0.01)}
    used, available = (sum(said[name] or 0 for said in (one, two)) for name in ("dl_prb_used", "dl_prb_available"))
    assert 100 * used / available == pytest.approx(46.30, abs=0.01)  # 150 of 324; the mean of both would be 67.3


def test_a_percentage_of_the_equipment_is_no_sum_and_mean_numbers_of_blocks_are_whole() -> None:
    plan = planned(cell("a", "C=1"), cell("b", "C=2"))
    told: Values = {"RRU.PrbTotDl": 41, "RRU.PrbTotUl": 0}
    counted: Values = {"L.ChMeas.PRB.DL.Used.Avg": 24.6, "L.ChMeas.PRB.DL.Avail": 100}
    found = rows(gathered(made(Info({"C=1": told}), Info({"C=2": counted})), plan).batches())
    assert found["a", "cell_load", END_MS] == {"dl_prb_pct": 41.0, "ul_prb_pct": 0.0}
    assert found["b", "cell_load", END_MS] == {"dl_prb_used": 25, "dl_prb_available": 100, "dl_prb_used_pct": 25.0}
