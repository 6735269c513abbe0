"""Whatever happens to a province, in whatever order: every true fault wakes somebody, nothing else does, each has its
end, and the rows say what is so."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from collector.watch.field import SITES, Field, rings
from collector.watch.judge import QUIET_S, Judge
from collector.watch.seconds import held_against_the_truth
from collector.watch.world import shipped
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

SCALE = 3
RULES = shipped(SCALE)
DEVICES = [*[f"rt-{site}" for site in SITES], "rt-east-2", "up-near"]
BACKBONE = ["rt-core", "rt-agg", "rt-near", "rt-tail"]
SUBJECTS = ["rt-east", "rt-east-2", "rt-agg", "near", "song-doc", "ca-mau", "far", "a", "b"]


class Province(RuleBasedStateMachine):
    """Each rule is something that happens, and then time passes."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.folder = TemporaryDirectory()
        self.field = Field(Path(self.folder.name), rules=RULES, chance=random.Random(seed))
        self.judge = Judge(self.field)
        self.edited: set[str] = set()
        self.pass_time(30)

    def pass_time(self, seconds: int) -> None:
        for _ in range(0, seconds, 5):
            self.field.run(5)
            if self.field.is_running:
                self.judge.look()

    def is_running(self) -> bool:
        return self.field.is_running

    @rule(seconds=st.sampled_from([5, 20, 40, 80, 120]))
    def wait(self, seconds: int) -> None:
        self.pass_time(seconds)

    @rule(devices=st.sets(st.sampled_from(DEVICES), min_size=1, max_size=3), seconds=st.sampled_from([1, 15, 45, 100]))
    def break_some(self, devices: set[str], seconds: int) -> None:
        self.field.down |= devices
        self.pass_time(seconds)

    @rule(device=st.sampled_from(BACKBONE), seconds=st.sampled_from([15, 45, 100]))
    def break_the_backbone(self, device: str, seconds: int) -> None:
        self.field.down.add(device)
        self.pass_time(seconds)

    @precondition(lambda self: self.field.down)
    @rule(data=st.data(), seconds=st.sampled_from([1, 15, 45]))
    def mend_some(self, data: st.DataObject, seconds: int) -> None:
        self.field.down -= data.draw(st.sets(st.sampled_from(sorted(self.field.down)), min_size=1))
        self.pass_time(seconds)

    @rule(agent=st.sampled_from(["a", "b", "c"]), seconds=st.sampled_from([5, 25, 60, 110]))
    def cut_an_agent_off(self, agent: str, seconds: int) -> None:
        self.field.cut.add(agent)
        self.pass_time(seconds)

    @precondition(lambda self: self.field.cut)
    @rule(data=st.data())
    def join_an_agent(self, data: st.DataObject) -> None:
        self.field.cut.discard(data.draw(st.sampled_from(sorted(self.field.cut))))
        self.pass_time(10)

    @rule(seconds=st.sampled_from([5, 25, 60, 110]))
    def lose_the_broker(self, seconds: int) -> None:
        self.field.hears = False
        self.pass_time(seconds)

    @precondition(lambda self: not self.field.hears)
    @rule()
    def find_the_broker(self) -> None:
        self.field.hears = True
        self.pass_time(10)

    @rule(
        sensor=st.sampled_from(["pw-east", "pw-west", "pw-edge"]),
        power=st.sampled_from([(1, 100.0), (0, 60.0), (0, 20.0), (0, 0.0)]),
    )
    def change_the_power(self, sensor: str, power: tuple[int, float]) -> None:
        self.field.power[sensor] = power
        self.pass_time(15)

    @rule(sensor=st.sampled_from(["pw-east", "pw-west", "pw-edge"]))
    def silence_or_wake_a_sensor(self, sensor: str) -> None:
        self.field.silent ^= {sensor}
        self.pass_time(5)

    @precondition(is_running)
    @rule(
        subject=st.sampled_from(SUBJECTS),
        begins=st.sampled_from([-60, -7, 0, 30]),
        lasts=st.sampled_from([20, 75, 150]),
    )
    def announce_maintenance(self, subject: str, begins: int, lasts: int) -> None:
        since = self.field.now + begins * 1000
        self.field.plan(subject, since, since + lasts * 1000)
        self.pass_time(5)

    @rule(stopped=st.sampled_from([0, 3, 20, 90]), seconds=st.sampled_from([0, 30]))
    def restart(self, stopped: int, seconds: int) -> None:
        self.field.stop()
        self.field.run(max(1, stopped))
        self.field.start()
        self.pass_time(seconds)

    @rule()
    def fail_to_commit(self) -> None:
        self.field.fails = True
        self.pass_time(5)

    @rule()
    def send_again(self) -> None:
        self.field.waiting += self.field.chance.sample(self.field.sent, min(10, len(self.field.sent)))
        self.pass_time(5)

    @precondition(is_running)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        taken = [one for one in self.field.engine.open_incidents() if one.acked is None]
        if taken:
            one = data.draw(st.sampled_from(taken))
            with self.field.database.together():
                self.field.engine.ack(one, "ca-1", self.field.now)
            self.judge.acked[f"{self.field.state.id[:4]}-{one.number}"] = self.field.now

    @precondition(is_running)
    @rule(
        device=st.sampled_from(["rt-far", "up-near", "rt-edge"]),
        what=st.sampled_from(["interval", "move", "there"]),
        down_s=st.sampled_from([0, 20, 60]),
    )
    def edit_the_inventory(self, device: str, what: str, down_s: int) -> None:
        if down_s:
            self.field.down.add(device)
            self.pass_time(down_s)
        now = self.field.inventory
        known = {one.id: one for one in now.devices}
        if device not in known or known[device].site == "west":
            self.field.edit(rings())
        elif what == "there":
            links = [link for link in now.links if device not in link.ends]
            devices = [one for one in now.devices if one.id != device]
            self.field.edit(now.model_copy(update={"devices": devices, "links": links}))
        else:
            changed = {"interval_s": 30.0 - known[device].interval_s} if what == "interval" else {"site": "west"}
            devices = [one.model_copy(update=changed) if one.id == device else one for one in now.devices]
            self.field.edit(now.model_copy(update={"devices": devices}))
        self.edited.add(device)
        self.judge.edited = len(self.field.facts)
        self.pass_time(5)

    @rule(
        agent=st.sampled_from(["a", "b", "c"]), ahead=st.sampled_from([0, 1, -1, 8, -8, 25, -25, 45, -45, 400, -4000])
    )
    def set_the_clock_of_an_agent(self, agent: str, ahead: int) -> None:
        if any(one.agent == agent for one in self.field.waiting) or not self.field.hears or agent in self.field.cut:
            return  # what waits on its disk has the times of the clock that it had
        self.field.skew[agent] = ahead * 1000
        self.field.sent = [one for one in self.field.sent if one.agent != agent]
        self.field.paused[agent] = self.field.now + 4000
        self.field.pauses.append(agent)
        self.pass_time(10)

    @rule()
    def look_when_all_is_quiet(self) -> None:
        for _ in range(3):
            self.pass_time(QUIET_S)
            if self.judge.is_quiet():
                self.judge.read_the_rows()
                return

    def teardown(self) -> None:
        if hasattr(self, "field"):
            try:
                self.end()
            finally:
                self.field.close()
                self.folder.cleanup()

    def end(self) -> None:
        """All is mended, and all that waits comes through."""
        field = self.field
        for trouble in (field.down, field.cut, field.silent):
            trouble.clear()
        field.power.clear()
        field.hears = True
        last = max([until for _, _, until in field.windows], default=field.now)
        self.pass_time(max(0, last - field.now) // 1000 + 4 * QUIET_S)
        assert field.engine.open_incidents() == []
        assert self.judge.is_quiet()
        self.judge.read_the_rows()
        held_against_the_truth(field, self.edited)


SETTINGS = settings(
    max_examples=8,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
Province.TestCase.settings = SETTINGS
TestProvince = Province.TestCase


@pytest.mark.torture
def test_in_many_provinces_it_is_the_same() -> None:
    run_state_machine_as_test(Province, settings=settings(SETTINGS, max_examples=1500, stateful_step_count=16))
