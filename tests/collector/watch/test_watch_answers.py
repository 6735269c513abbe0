"""What the control socket answers about incidents: to what was asked rightly, and to what was not."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from collector.watch.world import World

from collector.watch.answers import MAX_PLAN_MS, WatchAnswers
from collector.watch.periods import KEPT_MS
from contract.control import Control, ControlError, ask

Answer = dict[str, object]


class Asked:
    """A province, and who asks about it."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, now=time.time_ns() // 1_000_000 - 70_000)
        self.world.run(30)
        self.path = folder / "control.sock"
        answers = WatchAnswers(
            self.world.database,
            self.world.state.id,
            self.world.engine,
            self.world.outbox,
            self.world.words,
            ZoneInfo("Asia/Ho_Chi_Minh"),
        )
        self.control = Control(self.path, answers.by_name())

    def __call__(self, question: str, **more: object) -> object:
        return ask(self.path, question, **more)

    def list(self, question: str, **more: object) -> list[Answer]:
        """An answer of several things."""
        return cast("list[Answer]", self(question, **more))


@contextmanager
def province(folder: Path) -> Iterator[Asked]:
    """A province in which one router is down."""
    made = Asked(folder)
    made.world.down.add("rt-near")
    made.world.run(40)
    yield made
    made.control.close()
    made.world.close()


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    with province(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def left_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The same one for all that change nothing in it."""
    with province(tmp_path_factory.mktemp("left-alone")) as made:
        yield made


def test_open_incidents_are_told_with_the_text_of_their_page_in_the_language_of_who_asks(left_alone: Asked) -> None:
    (one,) = left_alone.list("incidents", language="vi")
    assert one["where"] == "Trạm near, Xã song-doc, Cà Mau"
    assert one["key"] == f"{left_alone.world.state.id[:4]}-1"
    assert "Nguyên nhân" in str(one["text"])
    (same,) = left_alone.list("incidents", language="fr")  # what is not known is English
    assert "Cause: " in str(same["text"])


def test_incidents_that_are_over_are_told_when_they_are_asked_for(asked: Asked) -> None:
    asked.world.down.clear()
    asked.world.run(40)
    assert asked.list("incidents") == []
    (one,) = asked.list("incidents", all=True)
    assert one["resolved"] is not None


@pytest.mark.parametrize(
    ("question", "more", "said"),
    [
        ("ack", {"id": "", "who": "me"}, "there is no open incident"),
        ("ack", {"id": "1f3a-99", "who": "me"}, "there is no open incident 1f3a-99 (open: "),
        ("ack", {"id": "99", "who": "me"}, "there is no open incident 99"),
        ("ack", {"id": ["x"], "who": "me"}, "there is no open incident"),
        ("ack", {"id": "1", "who": ""}, "say who takes it"),
        ("ack", {"id": "1", "who": " \n\t"}, "say who takes it"),
        ("ack", {"id": "1"}, "say who takes it"),
        ("why", {}, "there is no incident, device, sensor"),
        ("why", {"id": "nowhere"}, "site, area or agent nowhere"),
        ("why", {"id": "99"}, "site, area or agent 99"),
        ("why", {"id": "zzzz-1"}, "site, area or agent zzzz-1"),
        ("maintenance", {"subject": "nowhere", "since": 1, "until": 2}, "site, area or agent nowhere"),
        ("maintenance", {"subject": "", "since": 1, "until": 2}, "the inventory has no"),
        ("maintenance", {"subject": "near", "since": 2, "until": 2}, "`since` before its `until`"),
        ("maintenance", {"subject": "near", "since": -1, "until": 2}, "`since` before its `until`"),
        ("maintenance", {"subject": "near", "since": "now", "until": 2}, "`since` before its `until`"),
        ("maintenance", {"subject": "near", "until": 2}, "`since` before its `until`"),
        ("maintenance", {"subject": "near", "since": 1, "until": 2**70}, "`since` before its `until`"),
        ("maintenance", {"subject": "near", "since": 1, "until": MAX_PLAN_MS + 2}, "no maintenance"),
    ],
)
def test_what_is_asked_wrongly_is_told_and_changes_nothing(
    left_alone: Asked, question: str, more: dict[str, object], said: str
) -> None:
    engine = left_alone.world.engine
    before = engine.status(), engine.sight.readings
    with pytest.raises(ControlError) as raised:
        left_alone(question, **more)
    assert said in str(raised.value)
    assert (engine.status(), engine.sight.readings) == before  # nobody is blinded by a slip
    assert before[1]
    assert left_alone.list("maintenance") == []
    assert left_alone.list("incidents")[0]["acked"] is None


@pytest.mark.parametrize("name", ["1", "{key}"])
def test_an_incident_is_taken_by_its_number_or_key_once(asked: Asked, name: str) -> None:
    (one,) = asked.list("incidents")
    taken = cast("Answer", asked("ack", id=name.format(key=one["key"]), who="ca-1\n\x1b[2Jevil"))
    assert taken["acked_by"] == "ca-1 [2Jevil"
    with pytest.raises(ControlError, match="was acknowledged by ca-1"):
        asked("ack", id="1", who="ca-2")
    asked.world.run(400)
    assert asked.world.told() == [("page", "ca-1")]


def test_maintenance_is_announced_for_whatever_the_inventory_has(asked: Asked) -> None:
    now = asked.world.now
    for subject in ("rt-near", "pw-east", "near", "song-doc", "ca-mau", "a"):
        asked("maintenance", subject=subject, since=now, until=now + 3_600_000, reason="x" * 300 + "\n")
    found = asked.list("maintenance")
    assert [one["subject"] for one in found] == ["rt-near", "pw-east", "near", "song-doc", "ca-mau", "a"]
    assert all(len(str(one["reason"])) == 200 for one in found)
    asked.world.run(5)
    assert set(asked.world.engine.status().values()) == {1, 3}  # agent b is nobody's
    assert [name for name, value in asked.world.engine.status().items() if value == 1] == ["agent/b"]


def test_maintenance_of_long_ago_is_taken_and_is_no_longer_announced(asked: Asked) -> None:
    assert asked("maintenance", subject="ca-mau", since=0, until=MAX_PLAN_MS) == []
    asked.world.run(2)
    assert asked.world.engine.status()["site/core"] == 1


@pytest.mark.parametrize("about", ["1", "rt-near", "near", "song-doc", "ca-mau"])
def test_why_tells_the_same_of_an_incident_its_device_and_what_that_lies_in(left_alone: Asked, about: str) -> None:
    answer = cast("dict[str, list[Answer]]", left_alone("why", id=about))
    said = [str(one["text"]) for one in answer["decisions"]]
    assert any("opens incident" in text for text in said)
    assert said[-1] == "page to ca-1"
    alerts = cast("dict[str, Answer]", answer["alerts"])
    assert about == "1" or list(alerts) == ["router-unreachable|rt-near"]


def test_why_of_what_nothing_happened_to_has_no_decisions(left_alone: Asked) -> None:
    nothing = {"decisions": [], "notices": [], "alerts": {}, "status": {"device/rt-far": "up"}}
    assert left_alone("why", id="rt-far") == nothing
    assert cast("Answer", left_alone("why", id="a"))["decisions"] == []


def test_the_overview_takes_any_time_to_begin_with(left_alone: Asked) -> None:
    for since, most in ((None, KEPT_MS), (0, KEPT_MS), (-(2**70), KEPT_MS), (2**70, 0), ("x", KEPT_MS)):
        answer = cast("Answer", left_alone("overview", since=since))
        assert 0 <= sum(cast("dict[str, int]", answer["uptime"]).values()) <= 6 * (most + 1)
        assert answer["sites"] == {"up": 5, "down": 1, "behind": 0, "unknown": 0, "maintenance": 0}


def test_why_of_an_incident_tells_how_its_pages_went_and_of_a_site_how_it_is(left_alone: Asked) -> None:
    (incident,) = left_alone.list("incidents")
    (one,) = cast("list[Answer]", cast("Answer", left_alone("why", id=incident["key"]))["notices"])
    assert cast("Answer", one["notice"])["person"] == "ca-1"
    assert one["outcome"] == "waiting"
    site = str(incident["place"])
    status = cast("dict[str, str]", cast("Answer", left_alone("why", id=site))["status"])
    assert status[f"site/{site}"] == "down"
    assert set(status.values()) == {"down"}


def test_a_bug_in_an_answer_is_told_and_the_watch_goes_on(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    def buggy(*given: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(asked.world.engine, "describe", buggy)
        with pytest.raises(ControlError, match="there is a bug here"):
            asked("incidents")
    asked.world.run(20)
    assert len(asked.list("incidents")) == 1
    assert asked.world.engine.status()["device/rt-far"] == 1
    assert asked.world.told() == [("page", "ca-1")]
