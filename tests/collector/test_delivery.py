"""The acknowledgement contract over the real parts of both ends: an agent's spool, and the collector's watcher, state,
storer and dead letters. Hypothesis plays the network, the database, the clock, and kills either end at any moment."""

import shutil
import tempfile
import time
from pathlib import Path

from collector.kit import AGENT, Clock, FakeStore, Rig, inventory, message, named, poll
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agents.folder import Limits
from agents.spool import Spool
from collector import ledger
from collector.acks import Named
from contract.batch import Batch, Table, encode
from contract.inventory import next_version
from contract.messages import Ack, BootNumbers, Numbers, boot_text
from contract.mqtt import Message
from contract.topics import numbers as numbers_topic
from contract.wire import unpack

BAD = "bad"  # the interface whose points the database refuses
GOOD_KINDS = ("good", "refused", "malformed", "held")
PICK = st.integers(0, 1_000)


class Delivery(RuleBasedStateMachine):
    horizon_s = 0.0
    letters = 1 << 20

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock()
        self.store = FakeStore(self.clock, self.horizon_s, bad=frozenset({BAD}))
        self.rig = Rig(self.folder, self.store, letters=self.letters)
        self.now_ms = time.time_ns() // 1_000_000
        self.known = self.rig.publish(inventory("dev-1")).version
        self.later = next_version(self.known, inventory("dev-1", "dev-2"), {}, 2)
        self.made: dict[Named, Batch | None] = {}
        self.up: list[Message] = []
        self.down: list[Ack] = []
        self.taken = 0
        self.boot = self.beats = 0
        self.start_agent()

    def start_agent(self) -> None:
        self.boot, self.beats = self.boot + 1, 0
        self.spool = Spool(self.folder / "spool", self.boot, Limits(segment=4096, free=0, age_s=0.0))

    # The agent.

    @rule(kinds=st.lists(st.sampled_from(GOOD_KINDS), min_size=1, max_size=4), alarms=st.booleans())
    def produce(self, kinds: list[str], alarms: bool) -> None:
        bodies: list[tuple[bytes, Batch | None]] = []
        for kind in kinds:
            self.now_ms += 1  # each batch has points of its own
            version = self.later if kind == "held" else self.known
            batch = poll("dev-2" if kind == "held" else "dev-1", version.id, self.now_ms)
            if kind == "refused":
                table = Table(measurement="interface", tags=["if_name"], fields=["in_bps"], rows=[[BAD, 1.0]])
                batch = batch.model_copy(update={"tables": [table]})
            body = f"nonsense {self.now_ms}".encode() if kind == "malformed" else encode(batch)
            bodies.append((body, None if kind in ("malformed", "refused") else batch))
        committed = self.spool.commit([body for body, _ in bodies], alarms=alarms)
        for spooled, (_, made) in zip(committed, bodies, strict=True):
            self.made[named(AGENT, unpack(spooled.data))] = made

    @rule(pick=PICK)
    def send_any(self, pick: int) -> None:
        unsettled = list(self.spool.unsettled())
        if unsettled:
            self.up.append(message(AGENT, unsettled[pick % len(unsettled)].data))

    @rule()
    def send_all(self) -> None:
        self.up += [message(AGENT, one.data) for one in self.spool.unsettled()]

    @rule()
    def beat(self) -> None:
        self.beats += 1
        boots = {
            boot_text(boot): BootNumbers(
                produced=said.produced.pairs(), spooled=said.spooled.pairs(), dropped=said.dropped.pairs()
            )
            for boot, said in self.spool.state().items()
        }
        said = Numbers(
            boot=boot_text(self.boot),
            n=self.beats,
            time=self.now_ms,
            interval_s=1.0,
            replaces=self.spool.replaces,
            boots=boots,
            state=self.rig.state.id,
        )
        self.up.append(Message(numbers_topic(AGENT), said.to_json(), retained=False))

    @rule()
    def lack_room(self) -> None:
        self.spool.drop_oldest()

    @rule()
    def kill_agent(self) -> None:
        self.spool.close()
        self.start_agent()

    # The network: any order, twice, or not at all.

    @precondition(lambda self: self.up)
    @rule(pick=PICK, count=st.integers(1, 6), again=st.booleans())
    def deliver(self, pick: int, count: int, again: bool) -> None:
        at = pick % len(self.up)
        group = self.up[at : at + count]
        if not again:
            del self.up[at : at + count]
        assert self.rig.watcher.step(group) == []

    @precondition(lambda self: self.up)
    @rule(pick=PICK)
    def lose(self, pick: int) -> None:
        del self.up[pick % len(self.up)]

    def collect_acks(self) -> None:
        self.down += [ack for _, ack in self.rig.acks[self.taken :]]
        self.taken = len(self.rig.acks)

    @precondition(lambda self: self.rig.acks)
    @rule(pick=PICK, again=st.booleans())
    def deliver_ack(self, pick: int, again: bool) -> None:
        self.collect_acks()
        if self.down:
            ack = self.down[pick % len(self.down)]
            if not again:
                self.down.remove(ack)
            self.spool.free(int(ack.boot, 16), ack.stored)

    @precondition(lambda self: self.rig.acks)
    @rule()
    def lose_acks(self) -> None:
        self.collect_acks()
        self.down.clear()

    # The collector and its database.

    @rule()
    def store_some(self) -> None:
        self.rig.storer.step(0.0)

    @rule(seconds=st.sampled_from([1.0, 30.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def kill_collector(self) -> None:
        self.rig.restart()

    @rule()
    def kill_database(self) -> None:
        self.store.kill()

    @rule(silent=st.booleans())
    def database_tells_its_start(self, silent: bool) -> None:
        self.store.is_silent = silent

    # What must hold.

    def is_durable(self, name: Named) -> bool:
        batch = self.made[name]
        if batch is None:
            return name in self.rig.letter_names()
        return self.store.is_durable(self.points_of(name, batch))

    def dropped(self) -> set[Named]:
        given_up = {(boot, seq) for boot, said in self.spool.state().items() for seq in said.dropped}
        return {name for name in self.made if (name.boot, name.seq) in given_up}

    def points_of(self, name: Named, batch: Batch) -> tuple[str, tuple[tuple[str, str], ...], int]:
        tags = {"agent": name.agent, "device": batch.device, "site": "site-1", "area": "nam-can", "if_name": "GE0/0/0"}
        return "interface", tuple(sorted(tags.items())), batch.time

    @invariant()
    def no_ack_is_ahead_of_durability(self) -> None:  # I5
        assert all(self.is_durable(name) for name in set(self.rig.acked))

    @invariant()
    def nothing_that_was_accepted_is_nowhere(self) -> None:  # I1
        spooled = {named(AGENT, unpack(one.data)) for one in self.spool.unsettled()}
        assert all(self.is_durable(name) for name in self.made.keys() - spooled - self.dropped())

    @invariant()
    def the_books_balance(self) -> None:
        missing = {row["boot"]: row["missing"] for row in ledger.rows(self.rig.state.books()) if not row["balanced"]}
        assert not missing

    def teardown(self) -> None:
        if not hasattr(self, "rig"):
            return
        try:
            self.settle()
        finally:
            self.spool.close()
            self.rig.close()
            shutil.rmtree(self.folder)

    def settle(self) -> None:
        """Once everything works and the inventory is mended, all settles."""
        self.store.is_silent = False
        assert self.rig.publish(self.later.inventory, 2).version.id == self.later.id
        for _ in range(3):
            self.send_all()
            self.rig.watcher.step(self.up)
            self.up.clear()
            for _ in range(3):
                self.rig.storer.step(0.0)
                self.clock.now += 61.0
            self.collect_acks()
            for ack in self.down:
                self.spool.free(int(ack.boot, 16), ack.stored)
            self.down.clear()
            self.beat()
        self.rig.watcher.step(self.up)
        assert self.spool.batches() == 0
        assert all(self.is_durable(name) for name in self.made.keys() - self.dropped())
        rows = ledger.rows(self.rig.state.books())
        assert all(row["balanced"] and row["spooled"] == 0 for row in rows)


class ForgetfulDelivery(Delivery):
    horizon_s = 60.0


SETTINGS = settings(
    max_examples=80,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestNothingIsLostOrAckedEarlyWithADurableDatabase = Delivery.TestCase
TestNothingIsLostOrAckedEarlyWithADurableDatabase.settings = SETTINGS
TestNothingIsLostOrAckedEarlyWithAForgetfulDatabase = ForgetfulDelivery.TestCase
TestNothingIsLostOrAckedEarlyWithAForgetfulDatabase.settings = SETTINGS
