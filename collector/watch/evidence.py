"""What is evidence of a fault, and of whose. Pure.

A device behind a dead one, an element in maintenance, one whose agent is silent, and whatever there is while we hear
nobody are no evidence of a fault. A fault is a device's own only once something that it is reached through has answered
after it fell silent: no page for a child while its parent is in doubt.
"""

from collections.abc import Container, Iterator

from collector.watch.alert import Alert, Given
from collector.watch.blame import Blame
from collector.watch.network import Network
from collector.watch.rules import Absent, Rule, Threshold, Unreachable, is_about_us
from collector.watch.sight import Sight
from contract.inventory import Element

BROKER = "(broker)"  # the subject of an alert that we hear nobody; no id of the inventory looks like it
PATIENCE_MS = 15_000  # beside two intervals: then a fault pages though what it is reached through is in doubt


def blame_at(network: Network, sight: Sight, at: int) -> Blame:
    """Return who cuts off whom at a moment."""
    return Blame(network.topology, lambda device: sight.answer(device, at))


def is_for(rule: Rule, element: Element) -> bool:
    """Whether a rule is about an element."""
    return not rule.roles or element.role in rule.roles


def of_poll(device: str, network: Network, sight: Sight, at: int) -> tuple[Given, str]:
    """Say what the newest reading of a device is evidence of."""
    answer = sight.readings[device].answer
    if answer == "up":
        return "clear", "it answers"
    if answer == "unclear":
        return "between", "it answers, and not as it should"
    blamed = blame_at(network, sight, at).behind(device)
    return ("true", "it does not answer") if blamed is None else ("blind", _behind(blamed))


def of_silence(
    rule: Absent, now_ms: int, network: Network, sight: Sight, hearing_since: int | None, known: Container[str]
) -> Iterator[tuple[str, Given, str, int]]:
    """Yield of each agent or sensor what its silence is evidence of, and at which time; of a sensor that is heard only
    when something is `known` of it. `hearing_since`: since when we are connected to the broker; None: we are not."""
    if rule.of == "agent":
        yield BROKER, "clear" if hearing_since is not None else "true", "the broker is away", now_ms
        for agent in network.agents:
            if hearing_since is None:
                yield agent, "blind", "the broker is away", now_ms
            elif not sight.is_silent(agent, now_ms):
                yield agent, "clear", "the agent is heard", now_ms
            elif now_ms - hearing_since < sight.silent_ms(agent):
                yield agent, "blind", "we do not listen for long enough yet", now_ms
            else:
                yield agent, "true", "the agent is not heard", now_ms
        return
    silent = {agent for agent in network.agents if sight.is_silent(agent, now_ms)}
    for sensor in network.sensors:
        holds, reading = network.holds_ms[sensor.id], sight.readings.get(sensor.id)
        is_heard = reading is not None and reading.answer == "up" and now_ms <= reading.at + holds
        if (is_heard and sensor.id not in known) or not is_for(rule, sensor):
            continue
        if hearing_since is None or sensor.agent in silent:
            yield sensor.id, "blind", "its agent is not heard", now_ms
            continue
        heard = sight.heard[sensor.agent]  # what its agent did not say since then is no silence of its own
        if is_heard:
            yield sensor.id, "clear", "it is heard", now_ms
        elif heard <= max(sight.heard_since[sensor.agent], hearing_since) + holds:
            yield sensor.id, "blind", "we do not listen for long enough yet", now_ms
        elif reading is None or heard > reading.at + holds:
            yield sensor.id, "true", "nothing is heard of it", heard


def excuse(rule: Absent, about: str, network: Network, sight: Sight, now_ms: int) -> str:
    """Return why the silence of an agent is no fault of its own, or nothing: others see that nothing answers where it
    stands."""
    site = network.agents.get(about) if rule.of == "agent" else None
    answers = [sight.answer(router.id, now_ms) for router in network.routers(site)] if site is not None else []
    is_dead = answers and all(answer == "down" for answer in answers)
    return f"it stands at {site}, which does not answer" if is_dead else ""


def against(rule: Rule, element: Element, sight: Sight, now_ms: int, blame: Blame) -> str:
    """Return what speaks now against a fault that was read, or nothing."""
    if sight.is_silent(element.agent, now_ms):
        return "its agent is silent"
    if not isinstance(rule, Unreachable):
        return ""
    if (blamed := blame.behind(element.id)) is not None:
        return _behind(blamed)
    return "it cuts nothing off" if rule.cuts_off and not blame.cuts_off(element.id) else ""


def seen_until(rule: Rule, alert: Alert, element: Element | None, sight: Sight, now_ms: int) -> int:
    """Return until when what an alert rests on may be taken as going on. A poll that has failed says nothing of a
    value."""
    if element is None or is_about_us(rule):
        return now_ms
    if isinstance(rule, Absent):
        return min(now_ms, sight.heard.get(element.agent, alert.last))
    reading = sight.readings.get(element.id)
    if reading is None or (isinstance(rule, Threshold) and reading.answer != "up"):
        return min(now_ms, alert.last)
    return min(now_ms, reading.vouches_until)


def is_own_fault(device: str, alert: Alert, network: Network, sight: Sight, now_ms: int, for_s: float) -> bool:
    """Whether something that a device is reached through has answered to the same agent since, or at its door; or
    nothing will say so in time."""
    topology, agent = network.topology, network.elements[device].agent
    ways = topology.ways(device, agent)
    if not ways:
        return True
    for way in ways:
        reading = sight.readings.get(way)
        proves = topology.agent_of[way] == agent or way in topology.roots[agent]
        if proves and reading and reading.answered_at is not None and reading.answered_at >= alert.since:
            return True
    slowest = max(network.elements[way].interval_s for way in ways)
    return now_ms - alert.since >= 1000 * (for_s + 2 * slowest) + PATIENCE_MS


def _behind(blamed: str) -> str:
    return f"it is behind {blamed}, which does not answer"
