"""What `mangrove ledger` says below its table."""

import time
from pathlib import Path

import pytest
from collector.kit import AGENT, Clock, FakeStore, Rig, inventory
from collector.test_series_guard import reading
from system.parts import write_yaml

from collector.series_guard import SeriesConfig
from mangrove.ledger import show


def test_a_device_with_all_the_series_that_it_may_have_is_named_and_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANGROVE_LANG", "en")
    (tmp_path / "data").mkdir()
    now_ms = time.time_ns() // 1_000_000
    rig = Rig(tmp_path / "data", FakeStore(Clock()), limits=SeriesConfig(per_element=5))
    rig.publish(inventory("liar", "honest"))
    for seq, (device, ports) in enumerate({"liar": 9, "honest": 2}.items()):
        rig.give(AGENT, reading(rig, device, [f"GE{n}" for n in range(ports)], now_ms, seq))
        rig.store_all()
    names = dict.fromkeys(("inventory", "catalog", "profiles"), "not-read-for-this")
    given: dict[str, object] = {
        "id": "x",
        "broker": {"host": "192.0.2.1"},
        "data": "data",
        "series": {"per_element": 5},
    }
    write_yaml(tmp_path / "collector.yaml", given | names | {"store": {"kind": "embedded"}})
    show(tmp_path / "collector.yaml", as_json=False)
    said = " ".join(capsys.readouterr().out.split())
    assert f"agent {AGENT}: liar has 5 series, as many as `series.per_element` allows" in said
    assert "honest" not in said
