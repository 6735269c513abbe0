"""What the world does: edit the inventory, and every fault.

Kill and start are one step: a process that is down is one that does nothing.
"""

from collections.abc import Iterator

from model.agent import without_segment
from model.collector import booked
from model.rules import Fault, Rule, Scene
from model.state import (
    EACH,
    UNKNOWN,
    Batches,
    File,
    Heartbeat,
    Memory,
    Process,
    State,
    Step,
    name,
    restarted,
    with_process,
)


def world_steps(s: State, scene: Scene) -> Iterator[Step]:
    """Every next step that the system does not take by itself, and the agent's taking of an assignment."""
    yield from _assign(s, scene)
    if s.budget:
        spent = s._replace(budget=s.budget - 1)
        yield from _restart_agent(spent, scene)
        yield from _copy_agent(spent, scene)
        yield from _hurt_spool(spent, scene)
        yield from _hurt_network(spent, scene)
        yield from _repeat(spent, scene)
        yield from _hurt_collector(spent, scene)
        if scene.has(Fault.STATE_RESTORED):
            yield from _restore_state(spent, scene)
        if scene.has(Fault.DATABASE_KILL):
            yield from _hurt_database(spent)


def _assign(s: State, scene: Scene) -> Iterator[Step]:
    inventory, net = s.inventory, s.network
    if scene.edit and inventory.current == 1:
        t = s._replace(
            inventory=inventory._replace(current=2),
            file=s.file._replace(versions=s.file.versions | 2),
            network=net._replace(assignment=2 if net.connected else net.assignment),
        )
        yield Step("the inventory is edited: version 2", 0, "world", t)
    if inventory.agents < inventory.current == net.assignment and not inventory.behind:
        t = s._replace(inventory=inventory._replace(agents=inventory.current))
        yield Step("agent takes the new assignment", 0, "system", t)


def _restart_agent(s: State, scene: Scene) -> Iterator[Step]:
    p, past = s.processes[0], s.history
    safe = p.disk & ~p.doomed
    found_is_synced = scene.obeys(Rule.FOUND_IS_FSYNCED)
    survives = safe if found_is_synced else safe & past.accepted
    if not scene.obeys(Rule.FOLDER_FSYNCED):
        survives &= ~p.segments[-1]
    for fault, label, found in (
        (Fault.POWER_CUT, "agent loses power", survives),
        (Fault.AGENT_KILL, "agent is killed", safe | p.buffered & ~p.doomed),
    ):
        if not scene.has(fault):
            continue
        accepted = past.accepted | (found if found_is_synced else 0)
        t = s._replace(boots=s.boots + scene.keys, history=past._replace(accepted=accepted))
        t = with_process(t, 0, restarted(s, p, found, scene))
        if scene.ledger and not scene.obeys(Rule.WILL_APART_FROM_NUMBERS):
            t = t._replace(network=t.network._replace(heartbeat=Heartbeat(p.state, 0, 0, 0, 0)))
        yield Step(f"{label}, starts again with {name(found)}", 0, "world", t)
        if any(s.network.acks):
            t = t._replace(network=t.network._replace(acks=(0,) * len(t.network.acks)))
            yield Step(f"{label}, starts again with {name(found)}, the acks on their way are lost", 0, "world", t)


def _copy_agent(s: State, scene: Scene) -> Iterator[Step]:
    p = s.processes[0]
    if len(s.processes) == 1 and scene.has(Fault.DISK_CLONE):
        t = s._replace(processes=(p, restarted(s, p, p.disk, scene)), boots=s.boots + scene.keys)
        yield Step("a clone of the agent's disk starts", 0, "world", t)
    if len(s.processes) == 1 and scene.has(Fault.MEMORY_CLONE):
        yield Step("the agent's running machine is cloned: one boot twice", 0, "world", s._replace(processes=(p, p)))
    if scene.has(Fault.SNAPSHOT) and s.snapshot is None:
        t = s._replace(snapshot=p, budget=s.budget + 1)
        yield Step("a snapshot of the agent's running machine is taken", 0, "world", t)
    elif scene.has(Fault.SNAPSHOT) and s.snapshot and s.snapshot != p:
        only_here = p.disk & ~s.snapshot.disk
        t = s._replace(history=s.history._replace(excused=s.history.excused | only_here))
        learns = scene.obeys(Rule.STATE_LEARNED_AT_EVERY_CONNECT)
        q = s.snapshot._replace(state=max(s.network.presence, UNKNOWN)) if learns else s.snapshot
        yield Step("the snapshot is restored: same boot, older seq", 0, "world", with_process(t, 0, q))


def _hurt_spool(s: State, scene: Scene) -> Iterator[Step]:
    p, past = s.processes[0], s.history
    for g in p.segments[:-1]:
        b = g & p.disk
        report = s._replace(history=past._replace(reported=past.reported | b))
        unlinked = without_segment(p, g)
        if b and scene.has(Fault.DISK_DAMAGE):
            if scene.obeys(Rule.QUARANTINE_COUNTED_IN_SAME_STEP):
                t = with_process(report, 0, unlinked)
                yield Step("{} is damaged on disk; agent quarantines and counts it", b, "world", t)
            else:
                t = with_process(s, 0, unlinked._replace(unreported=p.unreported | b))
                yield Step("{} is damaged on disk; agent quarantines it", b, "world", t)
        if b & ~past.reported and scene.has(Fault.DISK_FULL):
            if scene.obeys(Rule.DROP_REPORTED_BEFORE_UNLINK):
                yield Step("over budget: agent fsyncs the report that {} goes", b, "world", report)
            else:
                t = with_process(s, 0, unlinked._replace(unreported=p.unreported | b))
                yield Step("over budget: agent unlinks {}", b, "world", t)


def _hurt_network(s: State, scene: Scene) -> Iterator[Step]:
    net = s.network
    if scene.has(Fault.BROKER_KILL):
        lost = net._replace(up=0, damaged=0, acks=(0,) * len(net.acks), heartbeat=None)
        if scene.reconnect_apart:
            lost = lost._replace(presence=UNKNOWN, assignment=0, connected=False, will_due=False)
        yield Step("broker is killed, forgets everything", 0, "world", s._replace(network=lost))
    if scene.has(Fault.NET_CUT) and net.connected:
        cut = net._replace(connected=False, will_due=True, up=0, damaged=0)
        yield Step("collector loses its connection", 0, "world", s._replace(network=cut))
    if scene.has(Fault.WIRE_DAMAGE):
        for b in EACH[net.up & ~net.damaged]:
            t = s._replace(network=net._replace(damaged=net.damaged | b))
            yield Step("{} is damaged on its way", b, "world", t)


def _repeat(s: State, scene: Scene) -> Iterator[Step]:
    """Old copies. While a batch is spooled the agent's own resends are duplicates enough."""
    net, state = s.network, s.file.state
    if scene.has(Fault.DUPLICATE):
        for b in EACH[net.sent & ~net.up] if net.connected else ():
            yield Step("broker delivers an old copy of {}", b, "world", s._replace(network=net._replace(up=net.up | b)))
        for b in EACH[net.acked & ~net.acks[state]]:
            acks = (*net.acks[:state], net.acks[state] | b)
            t = s._replace(network=net._replace(acks=acks))
            yield Step("broker delivers an old copy of the ack {}", b, "world", t)
    if scene.has(Fault.LATE_HEARTBEAT) and s.file.books[0]:
        taken = s.file
        if not scene.obeys(Rule.HEARTBEATS_NUMBERED):
            taken = booked(s.file, Heartbeat(s.file.state, 0, 0, 0, 0), scene)
        yield Step("the agent's first, empty heartbeat arrives late", 0, "world", s._replace(file=taken))


def _hurt_collector(s: State, scene: Scene) -> Iterator[Step]:
    for up, label in _still_delivered(s):
        net, file, inventory = s.network, s.file, s.inventory
        net = net._replace(up=up, damaged=net.damaged & up, connected=True, assignment=inventory.current)
        agents: tuple[Process, ...] = s.processes
        if not scene.obeys(Rule.SEEN_IS_SENT_AGAIN):  # a new boot of the collector makes the agents send all again
            agents = tuple(p._replace(seen=0) for p in agents)
        t = s._replace(memory=Memory(), processes=agents)
        if scene.has(Fault.COLLECTOR_CRASH):
            kept = file._replace(seen=file.seen & ~s.memory.unsynced)
            crashed = t._replace(file=kept, network=net._replace(presence=file.state))
            yield Step("collector is killed, starts again" + label, 0, "world", crashed)
        if scene.has(Fault.COLLECTOR_REPLACED):
            versions = file.versions if scene.obeys(Rule.VERSIONS_OUTLIVE_STATE) else inventory.current
            if inventory.current == 2 and not scene.obeys(Rule.ASSIGNMENT_NAMED_BY_DIGEST):
                inventory = inventory._replace(collides=True)
            if inventory.current == 1 and not scene.obeys(Rule.ASSIGNMENT_NUMBERS_GROW):
                inventory = inventory._replace(behind=True)
            new = file.state + 1
            net = net._replace(presence=new, acks=(*net.acks, 0), acked=0)
            t = t._replace(file=File(state=new, versions=versions), network=net, inventory=inventory)
            yield Step("collector is replaced by one with an empty state" + label, 0, "world", t)


def _restore_state(s: State, scene: Scene) -> Iterator[Step]:
    file, net = s.file, s.network
    if s.backup is None:
        t = s._replace(backup=file, budget=s.budget + 1)
        yield Step("the collector's state file is copied", 0, "world", t)
    elif s.backup != file:
        restored = s.backup
        if scene.obeys(Rule.RESTORED_STATE_IS_NEW):
            restored = restored._replace(state=file.state + 1, books=(None, None))
            net = net._replace(presence=restored.state, acks=(*net.acks, 0))
        t = s._replace(memory=Memory(), file=restored, network=net)
        yield Step("the collector starts with that copy of its state file", 0, "world", t)


def _still_delivered(s: State) -> Iterator[tuple[Batches, str]]:
    """What is on its way to a collector that dies may be lost with it, or reach the next one."""
    yield s.network.up, ""
    if s.network.up:
        yield 0, f", {name(s.network.up)} on its way is lost"


def _hurt_database(s: State) -> Iterator[Step]:
    db, mem = s.database, s.memory
    if db.fresh or db.fresh_rows or mem.written:
        forgets = name(db.fresh) + (f" and the row derived from {name(db.fresh_rows)}" if db.fresh_rows else "")
        t = s._replace(
            database=db._replace(fresh_1=0, fresh_2=0, fresh_rows=0),
            memory=mem._replace(restarted=mem.restarted | mem.written & ~mem.start_unread),
        )
        yield Step(f"database is killed, forgets {forgets}", 0, "world", t)
