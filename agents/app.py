"""The agent's composition root: builds the parts, joins them, and ends them in order."""

import asyncio
import logging
import secrets
import signal

from pydantic import ValidationError

from agents import assignments
from agents.anchors import Anchors
from agents.committer import Committer
from agents.config import AgentConfig, Secrets
from agents.counters import METRICS, Parts
from agents.desk import Desk
from agents.health import Health
from agents.host_clock import HostClock
from agents.inputs import Inputs
from agents.outlet import Outlet
from agents.pollers import Pollers
from agents.publisher import Publisher
from agents.snmp.transport import Transport
from agents.spool import Spool
from agents.to_loop import hand_over
from contract import topics
from contract.config_file import ConfigError
from contract.messages import Ack, AgentAlive, Assignment, CollectorAlive, boot_text
from contract.mqtt import Connection, Handlers, Message
from contract.prometheus import serving

log = logging.getLogger(__name__)

HEALTH_EVERY_S = 30.0
CLOSE_SEGMENTS_EVERY_S = 1.0


class Agent:
    """One agent process, on one event loop."""

    def __init__(
        self, config: AgentConfig, held: Secrets, fixed: Assignment | None, clock: HostClock | None = None
    ) -> None:
        """With `fixed`, assignments of the broker are ignored. `clock` is the host's when not given.

        Raises:
            SpoolError: the data folder cannot be used.
        """
        self._config, self._fixed, self._clock = config, fixed, clock or _host_clock(config)
        self._boot = secrets.randbits(64)
        expected = config.traps is not None
        self._spool = Spool(config.data / "spool", self._boot, config.spool.limits(), expects_alarms=expected)
        self._anchors = Anchors(config.data / "spool", boot_text(self._boot), self._spool.replaces, self._clock)
        self._assignment: Assignment | None = None
        self._loop = asyncio.get_running_loop()
        self._transport = Transport(config.snmp.sources)
        self._connection = self._connect(held)
        self._publisher = Publisher(
            self._spool, self._send, resend_s=config.resend_s, backlog_per_s=config.backlog_per_s
        )
        polls = Committer(self._spool, self._publisher.fresh, wait_ms=config.commit_ms)
        alarms = Committer(self._spool, self._publisher.fresh, wait_ms=config.commit_ms, alarms=True)
        self._committers = polls, alarms
        self._outlet = Outlet(polls, alarms)
        self._pollers = Pollers(
            config.credentials,
            held.credentials,
            self._transport,
            self._outlet.put,
            self._clock,
        )
        self._inputs = Inputs(config, held, boot_text(self._boot), self._outlet, self._pollers.hint, self._clock)
        self._desk = Desk(
            self._spool,
            self._publisher,
            self._pollers,
            lambda numbers: self._connection.publish(topics.numbers(config.id), numbers, retain=True),
            self._clock,
            self._anchors,
            interval_s=config.heartbeat_s,
        )
        self.parts = Parts(
            self._spool,
            self._committers,
            self._outlet,
            self._publisher,
            self._pollers,
            self._transport,
            self._inputs,
            self._desk,
            self._connection,
            self._clock,
        )
        self._health = Health(self.parts)

    def _connect(self, held: Secrets) -> Connection:
        agent, loop = self._config.id, self._loop
        will = AgentAlive(online=False, boot=boot_text(self._boot)).to_json()
        return Connection(
            self._config.broker,
            f"mangrove-agent-{agent}-{boot_text(self._boot)[:8]}",
            Handlers(
                on_message=lambda message: hand_over(loop, self._on_message, message),
                on_up=lambda: hand_over(loop, self._on_up),
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
            asyncio.create_task(self._pollers.run(), name="polls"),
            asyncio.create_task(self._publisher.run(), name="publish"),
            asyncio.create_task(self._desk.work_off(), name="acks and numbers"),
            asyncio.create_task(self._desk.beat(), name="heartbeat"),
            *(asyncio.create_task(work, name=name) for name, work in self._inputs.work().items()),
            asyncio.create_task(self._report_health(), name="health"),
            asyncio.create_task(self._close_segments(), name="segments"),
        ]
        committing = [asyncio.create_task(each.run(), name="commit") for each in self._committers]
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait([*tasks, *committing, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pollers.stop()
            await self._inputs.stop()
            for each in self._committers:
                each.stop()
            await asyncio.wait(committing, timeout=2.0)
            for task in (*tasks, *committing, stopping):
                task.cancel()
            await asyncio.wait([*tasks, *committing, stopping], timeout=2.0)
            alive = AgentAlive(online=False, boot=boot_text(self._boot)).to_json()
            numbers = await self._desk.numbers()
            await asyncio.to_thread(
                self._connection.stop,
                [(topics.numbers(self._config.id), numbers), (topics.agent_alive(self._config.id), alive)],
                0.5,
            )
            self._inputs.traps.close()
            self._transport.close()
            await asyncio.to_thread(self._spool.close)
        for task in (*tasks, *committing):
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error

    def _send(self, data: bytes) -> bool:
        return self._connection.publish(topics.batches(self._config.id), data)

    def _on_up(self) -> None:
        log.info("connected to the broker")
        alive = AgentAlive(online=True, boot=boot_text(self._boot))
        self._connection.publish(topics.agent_alive(self._config.id), alive.to_json(), retain=True)
        self._publisher.connected()
        self._desk.send_numbers()

    def _on_message(self, message: Message) -> None:
        try:
            if message.topic == topics.acks(self._config.id):
                self._desk.ack(Ack.model_validate_json(message.payload))
            elif message.topic == topics.assignments(self._config.id):
                if new := assignments.parse(message.payload):
                    self._on_assignment(new)
                else:
                    self.parts.counts.assignments_refused += bool(message.payload)
            elif topics.owner(message.topic, topics.ALL_COLLECTORS_ALIVE):
                self._on_collector(CollectorAlive.model_validate_json(message.payload))
            else:
                self.parts.counts.messages_ignored += 1  # some brokers deliver what nobody asked for
        except ValidationError as error:
            self.parts.counts.messages_ignored += 1
            log.warning("a message on %s was ignored: %s", message.topic, error.errors(include_input=False)[0]["msg"])
        except Exception:
            self.parts.counts.bugs += 1
            log.exception("a bug: a message on %s was ignored", message.topic)

    def _on_collector(self, alive: CollectorAlive) -> None:
        before = self._publisher.collector
        if not alive.online and before is not None and before.boot != alive.boot:
            return  # the late will of one that has been replaced
        self._publisher.collector_is(alive)
        if alive.online and (before is None or before.state != alive.state):
            self._desk.send_numbers()

    def _on_assignment(self, new: Assignment) -> None:
        if self._fixed is not None or not assignments.is_newer(new, self._assignment):
            return
        if self._apply(new):
            assignments.keep(self._config.data / "assignment.json", new)
            self._desk.send_numbers()
        else:
            self.parts.counts.assignments_refused += 1

    def _apply(self, assignment: Assignment) -> bool:
        """Poll and hear what an assignment says, or nothing of it."""
        try:
            apply_inputs = self._inputs.prepare(assignment)
        except ConfigError as error:
            log.error("assignment %s was ignored: %s", assignment.id, error)
            return False
        if not self._pollers.apply(assignment):
            return False
        apply_inputs()
        self._assignment, self._desk.assignment = assignment, assignment.id
        return True

    async def _report_health(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_EVERY_S)
            self._outlet.put(await asyncio.to_thread(self._health.batch))

    async def _close_segments(self) -> None:
        while True:
            await asyncio.sleep(CLOSE_SEGMENTS_EVERY_S)
            await asyncio.to_thread(self._spool.close_if_old)


def _host_clock(config: AgentConfig) -> HostClock:
    return HostClock(is_synchronised=lambda: True) if config.trust_clock else HostClock()


async def main(config: AgentConfig, held: Secrets, fixed: Assignment | None, clock: HostClock | None = None) -> None:
    """Run an agent until SIGINT or SIGTERM.

    Raises:
        SpoolError, PortError, ListenError: the data folder, or the address of traps or of `/metrics` cannot be used.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    agent = Agent(config, held, fixed, clock)
    with serving(config.metrics, "mangrove_agent", METRICS, agent.parts):
        await agent.run(stop)
