"""What makes the watch cheap changes nothing of what it says: what is kept, what is put off, what is left out."""

from collections import Counter
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from collector.watch.field import Field
from collector.watch.world import START, World
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.watch import board, periods
from collector.watch.config import WatchConfig
from collector.watch.picture import Picture

DEVICES = ["rt-core", "rt-agg", "rt-east", "rt-east-2", "rt-near", "rt-tail", "rt-edge", "up-near"]
TROUBLE = st.one_of(
    st.tuples(st.just("down"), st.sampled_from(DEVICES)),
    st.tuples(st.just("cut"), st.sampled_from(["a", "b", "c"])),
    st.tuples(st.just("silent"), st.sampled_from(["pw-east", "pw-edge"])),
    st.tuples(st.just("dark"), st.sampled_from(["pw-east", "pw-edge"])),
    st.tuples(st.just("plan"), st.sampled_from(["rt-east", "rt-east-2", "near", "song-doc", "ca-mau", "a"])),
    st.tuples(st.just("edit"), st.sampled_from(["up-near", "rt-far"])),
    st.tuples(st.just("turn back"), st.just("")),
)


def happens(field: Field, what: str, name: str) -> None:
    """Let something begin, or end when it is so already."""
    match what:
        case "down":
            field.down ^= {name}
        case "cut":
            field.cut ^= {name}
        case "silent":
            field.silent ^= {name}
        case "dark":
            field.power[name] = (0, 0.0) if field.power.get(name, (1, 100.0))[0] else (1, 100.0)
        case "plan":
            field.plan(name, field.now + 3_000, field.now + 11_000)
        case "edit":
            now = field.inventory
            links = [link for link in now.links if name not in link.ends]
            devices = [one for one in now.devices if one.id != name]
            field.edit(now.model_copy(update={"devices": devices, "links": links}))
        case "turn back":
            field.now -= 40_000


def is_as_drawn_anew(field: Field) -> None:
    """Hold what is kept against a picture that remembers nothing."""
    engine, anew = field.engine, Picture()
    network = engine._network
    assert network is not None
    anew.look(field.now, network, engine.sight, engine._planned)
    kept = engine._board._picture
    assert (kept.now, kept.cells) == (anew.now, anew.cells)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TROUBLE, st.sampled_from([1, 4, 15])), min_size=2, max_size=10))
def test_what_is_kept_from_tick_to_tick_is_what_is_drawn_anew(steps: list[tuple[tuple[str, str], int]]) -> None:
    with TemporaryDirectory() as folder:
        field = Field(Path(folder))
        field.run(20)
        for (what, name), seconds in steps:
            happens(field, what, name)
            for _ in range(seconds):
                field.run(1)
                is_as_drawn_anew(field)
        field.close()


def availability(folder: Path, restarts: bool) -> dict[object, object]:
    """The last word about each subject and period of some troubled minutes."""
    folder.mkdir()
    world = World(folder, config=WatchConfig(period_s=10))
    for second in range(90):
        if second == 20:
            world.down.add("rt-agg")
        if second % 9 == 0:
            world.give(*[world.batch("rt-near", "timeout", world.now - late) for late in (12_000, 24_000)])
        if restarts and second % 7 == 0:
            world.restart()
        world.run(1)
    world.silent = {"a", "b"}
    world.run(60)  # all that was due is worked out
    world.close()
    rows = [one for one in world.points if one.measurement == "availability"]
    return {(one.tags, one.time): one.fields for one in rows if one.time < world.now - 70_000}


@pytest.mark.parametrize("restarts", [False, True], ids=["without a stop", "with restarts"])
def test_a_period_that_is_worked_out_in_parts_has_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restarts: bool
) -> None:
    whole = availability(tmp_path / "whole", restarts)
    monkeypatch.setattr(periods, "MAX_SITES", 1)
    assert availability(tmp_path / "parts", restarts) == whole
    assert len(whole) > 100


def test_an_inventory_that_comes_while_a_period_is_worked_out_leaves_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periods, "MAX_SITES", 1)
    world = World(tmp_path, config=WatchConfig(period_s=30))
    sites = [one for one in world.inventory.sites if one.id != "agg"]
    moved = [one.model_copy(update={"site": "east"}) if one.site == "agg" else one for one in world.inventory.devices]
    while not (begun := up_seconds(world, "site")):
        world.run(1)
    world.edit(world.inventory.model_copy(update={"sites": sites, "devices": moved}))
    world.run(20)
    up = up_seconds(world, "site")
    assert "agg" in begun
    assert up["east"] > 0
    areas = {site.id: site.area for site in sites}
    for area, seconds in up_seconds(world, "area").items():
        assert seconds == sum(up[site] for site in areas if area in ("ca-mau", areas[site])), area
    world.close()


def up_seconds(world: World, scope: str) -> dict[str, float]:
    """The last word about each site or area, of the first period."""
    rows = [(dict(one.tags), dict(one.fields)) for one in world.points if one.time == START]
    return {tags[scope]: row["up_s"] for tags, row in rows if tags.get("scope") == scope and "up_s" in row}


def test_an_area_is_worked_out_once_after_the_last_of_its_sites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periods, "MAX_SITES", 1)
    world = World(tmp_path, config=WatchConfig(period_s=30))
    world.run(75)
    newest = max(one.time for one in world.points if one.measurement == "availability")
    rows = [one for one in world.points if one.measurement == "availability" and one.time == newest]
    province = [place for place, one in enumerate(rows) if ("area", "ca-mau") in one.tags and len(one.tags) == 4]
    assert len(province) == 1
    assert {dict(one.tags)["scope"] for one in rows[province[0] :]} == {"area"}
    world.close()


def statuses(world: World, seconds: int) -> list[list[tuple[str, str]]]:
    """What has its status said at each tick."""
    out = []
    for _ in range(seconds):
        world.points.clear()
        world.run(1)
        tags = [dict(one.tags) for one in world.points if one.measurement == "status"]
        out.append([(one["scope"], one.get(one["scope"]) or one.get("device") or one["title"]) for one in tags])
    return out


def test_no_tick_says_more_than_it_may_and_all_is_said_again_in_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "MAX_SAID", 4)
    world = World(tmp_path, config=WatchConfig(refresh_s=1))
    began = statuses(world, 12)
    assert max(map(len, began)) <= 2 * 4
    subjects = set(chain.from_iterable(began))
    assert len(subjects) == len(world.engine.status())
    for ticks in (statuses(world, board.REPEAT), statuses(world, board.REPEAT)):
        assert Counter(chain.from_iterable(ticks)) == Counter(subjects)
        assert max(map(len, ticks)) < len(subjects) / 2
    world.close()


def test_a_silence_that_goes_on_is_not_written_at_each_tick(world: World) -> None:
    written: Counter[str] = Counter()

    def count(text: str) -> None:
        written["alert"] += text.startswith("insert or replace into alert")

    world.silent.add("pw-east")
    world.run(30)
    assert world.engine.alerts()["sensor-silent|pw-east"].state == "pending"
    world.database._db.set_trace_callback(count)
    world.run(10)
    assert 1 <= written["alert"] <= 3
    world.run(30)
    assert world.engine.alerts()["sensor-silent|pw-east"].state == "firing"
    written.clear()
    world.run(20)
    assert written["alert"] == 0
