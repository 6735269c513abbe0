"""The watcher judged by what people are told: one page for one fault, none without one, and an end for each."""

import pytest
from collector.watch.world import World


def test_a_site_that_loses_mains_and_falls_silent_is_one_page_with_its_cause_and_one_end(world: World) -> None:
    assert world.last("headline", technology="4g")["communes"] == 4
    for charge in range(100, 0, -10):
        world.power["pw-east"] = (0, float(charge))
        world.run(10)
    assert world.told() == []
    world.down.add("rt-east")
    world.silent.add("pw-east")
    world.run(60)
    (page,) = world.pages()
    assert page.notice.person == "ca-1"
    assert page.notice.title == "Trạm east: Mất liên lạc, mất điện lưới, ắc quy còn 10 %"
    assert "mất điện lưới từ" in page.notice.body
    assert "còn 10 %" in page.notice.body
    assert "Cell của xã đang phát sóng: 2G 0/2, 4G 0/2" in page.notice.body
    assert world.last("headline", technology="4g")["communes"] == 3
    assert world.last("headline", technology="4g")["lost"] == 1
    assert world.last("service", technology="4g", area="nam-can")["status"] == 0
    world.down.clear()
    world.silent.clear()
    world.power["pw-east"] = (1, 40.0)
    world.run(60)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]
    assert world.pages()[0].notice.key == world.pages()[1].notice.key
    assert world.last("headline", technology="4g")["communes"] == 4
    assert world.engine.open_incidents() == []


def test_a_dead_backbone_node_is_one_page_and_its_children_none(world: World) -> None:
    world.down |= {"rt-agg", "rt-east", "rt-west"}
    world.silent |= {"pw-east", "pw-west"}
    world.run(120)
    (page,) = world.pages()
    assert page.notice.title == "Trạm agg: Mất liên lạc, cô lập 2 thiết bị"
    assert "2 thiết bị ở 2 xã" in page.notice.body
    assert world.engine.status()["device/rt-east"] == 4
    assert world.last("headline", technology="4g")["lost"] == 2
    world.down.clear()
    world.silent.clear()
    world.run(60)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


def test_a_child_that_stays_dead_after_its_parent_is_back_is_a_page_of_its_own(world: World) -> None:
    world.down |= {"rt-agg", "rt-east", "rt-west"}
    world.run(60)
    world.down -= {"rt-agg", "rt-west"}
    world.run(90)
    places = [one.notice.title.split(":")[0] for one in world.pages() if one.notice.action == "page"]
    assert places == ["Trạm agg", "Trạm east"]


def test_a_silent_agent_is_one_page_about_ourselves_and_none_about_its_devices(world: World) -> None:
    world.silent.add("a")
    world.run(120)
    (page,) = world.pages()
    assert "agent" not in page.notice.key
    assert page.notice.title.startswith("a: Mất liên lạc với agent")
    assert {world.engine.status()[f"device/rt-{site}"] for site in ("core", "agg", "east", "near")} == {2}
    assert world.last("headline", technology="4g")["blind"] == 3
    assert world.last("headline", technology="4g")["lost"] == 0
    world.silent.clear()
    world.run(60)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


def test_when_the_broker_is_away_that_is_one_page_however_many_agents_there_are(world: World) -> None:
    world.hears = False
    world.silent |= {"a", "b"}
    world.run(120)
    assert world.told() == [("page", "ca-1")]
    world.hears = True
    world.silent.clear()
    world.run(60)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


def test_a_backlog_of_an_outage_that_is_over_corrects_history_and_wakes_nobody(world: World) -> None:
    world.silent.add("a")
    away = world.now
    world.run(28)  # less than what makes an agent silent
    world.silent.clear()
    late = [world.batch("rt-near", "timeout", at) for at in (away, away + 6_000)]
    world.run(1)
    world.give(*late)
    world.run(300)
    assert world.told() == []
    rows = {
        p.time: dict(p.fields) for p in world.points if ("device", "rt-near") in p.tags and "down_s" in dict(p.fields)
    }
    assert sum(row["down_s"] for row in rows.values()) == pytest.approx(17, abs=2)


@pytest.mark.parametrize("when", ["before it fires", "while it fires"])
def test_a_restart_of_the_collector_pages_nobody_again_and_loses_no_end(world: World, when: str) -> None:
    world.down.add("rt-near")
    world.run(12 if when == "before it fires" else 60)
    world.restart()
    world.run(60)
    assert world.told() == [("page", "ca-1")]
    world.restart()
    world.down.clear()
    world.run(60)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


def test_a_restart_after_a_long_stop_pages_nobody_for_what_it_did_not_see(world: World) -> None:
    world.close()
    world.now += 3_600_000
    world.open()
    world.run(120)
    assert world.told() == []


def test_maintenance_wakes_nobody_and_what_is_still_wrong_after_it_does(world: World) -> None:
    with world.database.together():
        world.engine.plan("near", world.now, world.now + 120_000, "thay ắc quy")
    world.down.add("rt-near")
    world.run(115)
    assert world.told() == []
    assert world.engine.status()["site/near"] == 3
    world.run(60)
    assert world.told() == [("page", "ca-1")]


def test_maintenance_that_is_taken_back_was_none_and_its_outage_pages(world: World) -> None:
    with world.database.together():
        window = world.engine.plan("near", world.now, world.now + 3_600_000, "nhầm trạm")
    world.down.add("rt-near")
    world.run(60)
    assert world.told() == []
    with world.database.together():
        assert world.engine.unplan(window.id) == window
        assert world.engine.unplan(window.id) is None
    world.run(60)
    assert world.told() == [("page", "ca-1")]
    (incident,) = world.engine.open_incidents()
    known = [one.text for one in world.engine.memory.decisions_of(incident.number, 100) if "known then" in one.text]
    assert len(known) == 1
    assert "Cause: " in known[0]


def test_a_page_that_nobody_takes_goes_on_to_the_next_and_repeats_until_it_is_acknowledged(world: World) -> None:
    world.down.add("rt-near")
    world.run(400)
    assert world.told() == [("page", "ca-1"), ("page", "truong-ca")]
    assert world.pages()[1].notice.title.startswith("Trạm near: The router")
    world.run(700)
    assert world.told()[2:] == [("repeat", "truong-ca")]
    (incident,) = world.engine.open_incidents()
    with world.database.together():
        world.engine.ack(incident, "ca-1", world.now)
    before = len(world.told())
    world.run(1500)
    assert len(world.told()) == before
    world.down.clear()
    world.run(60)
    assert world.told()[before:] == [("resolve", "ca-1"), ("resolve", "truong-ca")]


def test_why_tells_what_was_decided_and_on_what(world: World) -> None:
    world.down |= {"rt-agg", "rt-east"}
    world.run(60)
    (incident,) = world.engine.open_incidents()
    about = [one.text for one in world.engine.memory.decisions_of(incident.number, 100)]
    assert any("it does not answer" in text or "for as long as its rule says" in text for text in about)
    assert any(text == "page to ca-1" for text in about)
    child = [one.text for one in world.engine.memory.decisions_about({"rt-east"}, 100)]
    assert any("behind rt-agg" in text for text in child)


def test_a_transaction_that_comes_to_nothing_is_judged_anew(world: World) -> None:
    world.down.add("rt-near")
    world.run(8)
    broken = [world.batch("rt-near", "timeout")]
    with pytest.raises(ZeroDivisionError), world.database.together():
        _ = world.engine.take(broken, [], world.now), 1 / 0  # type: ignore[func-returns-value]
    world.run(60)
    assert world.told() == [("page", "ca-1")]
