"""What the agent's processes do: append, fsync, send, hear acks, keep segments, report."""

from collections.abc import Iterator

from model.rules import Rule, Scene
from model.state import EACH, Batches, Heartbeat, Process, State, Step, name, same_key, with_process

WHO = ("agent", "clone")


def agent_steps(s: State, scene: Scene) -> Iterator[Step]:
    """Every next step of every agent process."""
    for who, process in enumerate(s.processes):
        yield from _append(s, scene, who, process)
        yield from _send(s, scene, who, process)
        yield from _listen(s, scene, who, process)
        yield from _keep_segments(s, scene, who, process)
        if scene.ledger:
            yield from _report(s, scene, who, process)


def _append(s: State, scene: Scene, who: int, p: Process) -> Iterator[Step]:
    past, inventory = s.history, s.inventory
    if len(s.keys) < scene.batches:
        b = 1 << len(s.keys)
        segments = (*p.segments[:-1], p.segments[-1] | b) if scene.rotation_apart else (*p.segments[:-1], b, 0)
        q = p._replace(
            next_seq=p.next_seq + scene.keys,
            segments=segments,
            doomed=p.doomed | (b if p.nameless else 0),
            produced=p.produced | (b if scene.ledger else 0),
            buffered=p.buffered | (b if scene.fsync_apart else 0),
            disk=p.disk | (0 if scene.fsync_apart else b),
        )
        if inventory.agents == 2:
            inventory = inventory._replace(naming_2=inventory.naming_2 | b)
        elif inventory.current == 2 and not scene.obeys(Rule.ANSWERABLE_AT_ANY_TIME):
            inventory = inventory._replace(late=inventory.late | b)
        t = with_process(s, who, q)._replace(keys=(*s.keys, (p.boot, p.next_seq)), inventory=inventory)
        if scene.fsync_apart:
            yield Step(f"{WHO[who]} appends {{}}", b, "world", t)
        else:
            t = t._replace(history=past._replace(accepted=past.accepted | b))
            yield Step(f"{WHO[who]} appends {{}} and fsyncs", b, "world", t)
    if p.buffered:
        t = with_process(s, who, p._replace(disk=p.disk | p.buffered, buffered=0))
        t = t._replace(history=past._replace(accepted=past.accepted | p.buffered))
        yield Step(f"{WHO[who]} fsyncs {{}}", p.buffered, "system", t)


def _send(s: State, scene: Scene, who: int, p: Process) -> Iterator[Step]:
    """Once as it is made, whoever listens; again, as often as it likes, while a collector is announced."""
    net = s.network
    for b in EACH[p.disk & ~p.acked & ~net.up]:
        first = not net.sent & b
        if first or (net.presence >= 0 and net.connected and not p.seen & b):
            q = p if scene.obeys(Rule.PUBACK_FREES_NOTHING) else _free(p._replace(acked=p.acked | b), scene)
            arrives = b if net.connected else 0
            t = with_process(s, who, q)._replace(network=net._replace(up=net.up | arrives, sent=net.sent | b))
            yield Step(f"{WHO[who]} sends {{}}" + ("" if first else " again"), b, "system", t)


def _listen(s: State, scene: Scene, who: int, p: Process) -> Iterator[Step]:
    net, from_presence = s.network, scene.obeys(Rule.STATE_LEARNED_FROM_PRESENCE)
    if from_presence and net.presence >= 0 and net.presence != p.state:
        t = with_process(s, who, p._replace(state=net.presence))
        yield Step(f"{WHO[who]} learns of the new state", 0, "system", t)
    for state, acks in enumerate(net.acks):
        if not acks or (from_presence and scene.obeys(Rule.OTHER_STATES_ACKS_IGNORED) and state != p.state):
            continue
        mine = acks & p.disk
        if not scene.obeys(Rule.ACK_NAMES_CRC):
            for b in EACH[acks]:
                mine |= same_key(s, b, p.disk)
        if acks & ~p.disk and not scene.obeys(Rule.ACK_RANGES_OF_ONE_ROUND):
            mine = 0  # the XOR of such a range is not that of what is left
        q = _free(p._replace(acked=p.acked | mine, state=p.state if from_presence else state), scene)
        t = with_process(s, who, q)
        if len(s.processes) == 1:  # an ack reaches the agent and its clone, so that it stays where there is one
            t = t._replace(network=net._replace(acks=(*net.acks[:state], 0, *net.acks[state + 1 :])))
        elif q == p:
            continue
        gone = p.disk & ~q.disk
        label = f"{WHO[who]} gets ack {{}}" + (" of a former state" if state != s.file.state else "")
        yield Step(label + (f", frees {name(gone)}" if gone else ""), acks, "system", t)


def _free(p: Process, scene: Scene) -> Process:
    """Unlink every segment of which all is acked."""
    may_go = p.segments[:-1] if scene.obeys(Rule.ONLY_CLOSED_SEGMENTS_UNLINKED) else p.segments
    going = [g for g in may_go if g & p.disk and not g & (p.disk & ~p.acked | p.buffered)]
    if not going:
        return p
    gone = sum(going) & p.disk
    *closed, written = p.segments
    nameless = written in going
    return p._replace(
        disk=p.disk & ~gone,
        acked=p.acked & ~gone,
        segments=(*(g for g in closed if g not in going), 0 if nameless else written),
        nameless=p.nameless or nameless,
    )


def _keep_segments(s: State, scene: Scene, who: int, p: Process) -> Iterator[Step]:
    past = s.history
    if p.segments[-1] and not p.buffered and scene.obeys(Rule.SEGMENTS_CLOSED_BY_AGE):
        q = _free(p._replace(segments=(*p.segments, 0), nameless=False), scene)
        gone = p.disk & ~q.disk
        yield Step(
            f"{WHO[who]} closes its segment" + (", frees {}" if gone else ""), gone, "system", with_process(s, who, q)
        )
    for g in p.segments[:-1]:
        if g & p.disk & past.reported:
            yield Step(f"{WHO[who]} unlinks {{}}", g, "system", with_process(s, who, without_segment(p, g)))
    if p.unreported:
        t = with_process(s, who, p._replace(unreported=0))
        t = t._replace(history=past._replace(reported=past.reported | p.unreported))
        yield Step(f"{WHO[who]} fsyncs the report that {{}} is dropped", p.unreported, "system", t)


def without_segment(p: Process, segment: Batches) -> Process:
    """The process once one of its closed segments is gone."""
    return p._replace(disk=p.disk & ~segment, segments=tuple(g for g in p.segments if g != segment))


def _report(s: State, scene: Scene, who: int, p: Process) -> Iterator[Step]:
    """The heartbeat, retained. What is spooled is what is fsynced: a batch in the buffer has not been produced yet."""
    reported = s.history.reported & ~p.untold
    made = p.produced & ~(p.buffered if scene.obeys(Rule.HEARTBEAT_COUNTS_FSYNCED) else 0)
    beat = Heartbeat(p.state, who, made | reported, p.disk, reported | p.unreported)
    if beat != s.network.heartbeat:
        say = f"{WHO[who]} heartbeat: produced {name(beat.produced)}, spooled {name(beat.spooled)}"
        label = say + (f", dropped {name(beat.dropped)}" if beat.dropped else "")
        yield Step(label, 0, "system", s._replace(network=s.network._replace(heartbeat=beat)))
