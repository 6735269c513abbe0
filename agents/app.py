"""The agent's composition root: builds the parts, joins them, and ends them in order."""

import asyncio
import logging
import secrets
import signal
from collections.abc import Callable

from pydantic import ValidationError

from agents import assignments, batch_limits, heartbeat
from agents.committer import Committer
from agents.config import AgentConfig, Secrets
from agents.folder import Limits
from agents.health import Health
from agents.pollers import Pollers
from agents.publisher import Publisher
from agents.snmp.transport import Transport
from agents.spool import Spool
from contract import topics
from contract.batch import Batch
from contract.messages import Ack, AgentAlive, Assignment, CollectorAlive, boot_text
from contract.mqtt import Connection, Handlers, Message

log = logging.getLogger(__name__)

HEALTH_EVERY_S = 30.0
MAX_ACKS = 1000  # that wait for the disk; a lost one costs a resend
CLOSE_SEGMENTS_EVERY_S = 1.0


class Agent:
    """One agent process, on one event loop."""

    def __init__(self, config: AgentConfig, held: Secrets, fixed: Assignment | None) -> None:
        """With `fixed`, assignments of the broker are ignored.

        Raises:
            SpoolError: the data folder cannot be used.
        """
        self._config, self._fixed = config, fixed
        self._boot = secrets.randbits(64)
        spool = config.spool
        limits = Limits(
            int(spool.budget_mib * 2**20),
            int(spool.segment_mib * 2**20),
            int(spool.free_mib * 2**20),
            spool.age_s,
            spool.archive,
        )
        self._spool = Spool(config.data / "spool", self._boot, limits)
        self._assignment: Assignment | None = None
        self._beats = 0
        self._desk: asyncio.Queue[Ack | None] = asyncio.Queue()
        self._numbers_wait = False
        self._loop = asyncio.get_running_loop()
        self._transport = Transport()
        self._connection = self._connect(held)
        self._publisher = Publisher(
            self._spool, self._send, resend_s=config.resend_s, backlog_per_s=config.backlog_per_s
        )
        self._committer = Committer(self._spool, self._publisher.fresh, wait_ms=config.commit_ms)
        self._pollers = Pollers(
            config.credentials,
            held.communities,
            self._transport,
            self._put,
        )
        self._health = Health(self._spool, self._committer, self._publisher, self._pollers, self._transport)

    def _connect(self, held: Secrets) -> Connection:
        agent, loop = self._config.id, self._loop
        will = AgentAlive(online=False, boot=boot_text(self._boot)).to_json()
        return Connection(
            self._config.broker,
            f"mangrove-agent-{agent}-{boot_text(self._boot)[:8]}",
            Handlers(
                on_message=lambda message: _hand_over(loop, self._on_message, message),
                on_up=lambda: _hand_over(loop, self._on_up),
                on_down=lambda reason: log.warning("broker: %s; batches stay in the spool", reason),
            ),
            [topics.acks(agent), topics.assignments(agent), topics.ALL_COLLECTORS_ALIVE],
            password=held.broker,
            will=(topics.agent_alive(agent), will),
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        kept = self._fixed or assignments.read(self._config.data / "assignment.json")
        if kept:
            self._apply(kept)
        self._connection.start()
        tasks = [
            asyncio.create_task(self._publisher.run(), name="publish"),
            asyncio.create_task(self._work_off(), name="acks and numbers"),
            asyncio.create_task(self._beat(), name="heartbeat"),
            asyncio.create_task(self._report_health(), name="health"),
            asyncio.create_task(self._close_segments(), name="segments"),
        ]
        committing = asyncio.create_task(self._committer.run(), name="commit")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait([*tasks, committing, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pollers.stop()
            self._committer.stop()
            await asyncio.wait([committing], timeout=2.0)
            for task in (*tasks, committing, stopping):
                task.cancel()
            await asyncio.wait([*tasks, committing, stopping], timeout=2.0)
            alive = AgentAlive(online=False, boot=boot_text(self._boot)).to_json()
            numbers = await self._numbers()
            await asyncio.to_thread(
                self._connection.stop,
                [(topics.numbers(self._config.id), numbers), (topics.agent_alive(self._config.id), alive)],
                0.5,
            )
            self._transport.close()
            await asyncio.to_thread(self._spool.close)
        for task in (*tasks, committing):
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error

    def _put(self, batch: Batch) -> None:
        self._health.rows_left_out += batch_limits.put_within(batch, self._committer.put)

    def _send(self, data: bytes) -> bool:
        return self._connection.publish(topics.batches(self._config.id), data)

    def _on_up(self) -> None:
        log.info("connected to the broker")
        alive = AgentAlive(online=True, boot=boot_text(self._boot))
        self._connection.publish(topics.agent_alive(self._config.id), alive.to_json(), retain=True)
        self._publisher.connected()
        self._send_numbers()

    def _on_message(self, message: Message) -> None:
        try:
            if message.topic == topics.acks(self._config.id):
                self._on_ack(Ack.model_validate_json(message.payload))
            elif message.topic == topics.assignments(self._config.id):
                if new := assignments.parse(message.payload):
                    self._on_assignment(new)
            elif topics.owner(message.topic, topics.ALL_COLLECTORS_ALIVE):
                self._on_collector(CollectorAlive.model_validate_json(message.payload))
        except ValidationError as error:
            log.warning("a message on %s was ignored: %s", message.topic, error.errors(include_input=False)[0]["msg"])
        except Exception:
            log.exception("a bug: a message on %s was ignored", message.topic)

    def _on_ack(self, ack: Ack) -> None:
        if self._desk.qsize() < MAX_ACKS:
            self._desk.put_nowait(ack)
        else:
            self._health.acks_ignored += 1  # it comes again with the batches that it is about

    async def _work_off(self) -> None:
        """Free and count, one after the other: numbers that name a collector's state must not be followed by what an
        ack of a former state frees. The disk may make both wait, and nothing else waits for them."""
        while True:
            ack = await self._desk.get()
            if ack is None:
                self._numbers_wait = False
                numbers = await self._numbers()
                self._connection.publish(topics.numbers(self._config.id), numbers, retain=True)
            else:
                await self._free(ack)

    async def _free(self, ack: Ack) -> None:
        collector = self._publisher.collector
        if collector is None or ack.state != collector.state:
            self._health.acks_ignored += 1  # of books that are not the present ones
            return
        boot = int(ack.boot, 16)
        ignored = await asyncio.to_thread(self._spool.free, boot, ack.stored)
        self._health.acks_ignored += ignored
        if len(ack.stored) > ignored:
            self._publisher.progressed(boot, ack.stored)

    def _on_collector(self, alive: CollectorAlive) -> None:
        before = self._publisher.collector
        if not alive.online and before is not None and before.boot != alive.boot:
            return  # the late will of one that has been replaced
        self._publisher.collector_is(alive)
        if alive.online and (before is None or before.state != alive.state):
            self._send_numbers()

    def _on_assignment(self, new: Assignment) -> None:
        if self._fixed is None and assignments.is_newer(new, self._assignment) and self._apply(new):
            assignments.keep(self._config.data / "assignment.json", new)
            self._send_numbers()

    def _apply(self, assignment: Assignment) -> bool:
        applied = self._pollers.apply(assignment)
        if applied:
            self._assignment = assignment
        return applied

    async def _numbers(self) -> bytes:
        self._beats += 1
        collector = self._publisher.collector  # before the numbers: they may be newer than the state, never older
        made = await asyncio.to_thread(
            heartbeat.numbers,
            self._spool,
            self._beats,
            interval_s=self._config.heartbeat_s,
            state=collector.state if collector else "",
            assignment=self._assignment.id if self._assignment else "",
            devices=len(self._pollers),
        )
        return made.to_json()

    def _send_numbers(self) -> None:
        if not self._numbers_wait:
            self._numbers_wait = True
            self._desk.put_nowait(None)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._config.heartbeat_s)
            self._send_numbers()

    async def _report_health(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_EVERY_S)
            self._put(await asyncio.to_thread(self._health.batch))

    async def _close_segments(self) -> None:
        while True:
            await asyncio.sleep(CLOSE_SEGMENTS_EVERY_S)
            await asyncio.to_thread(self._spool.close_if_old)


def _hand_over(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: object) -> None:
    """From the connection's thread to the loop; while the process ends, the loop may be closed already."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *args)


async def main(config: AgentConfig, held: Secrets, fixed: Assignment | None) -> None:
    """Run an agent until SIGINT or SIGTERM.

    Raises:
        SpoolError: the data folder cannot be used.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Agent(config, held, fixed).run(stop)
