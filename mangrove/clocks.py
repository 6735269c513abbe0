"""How the clocks of agents are shown: in the terminal view, and by `doctor` with what to do."""

from collections.abc import Iterator, Sequence

from collector.ledger import LedgerRow
from mangrove.demo.numbers import AgentWords
from mangrove.words import word

OFF_MS = 2_000  # less may be the heartbeat's way


def is_off(agent: AgentWords) -> bool:
    """Whether the clock of an agent is not that of the collector."""
    return agent["skew_ms"] is not None and abs(agent["skew_ms"]) >= OFF_MS


def shown(agent: AgentWords) -> str:
    """Return what there is to say of an agent's clock in a few words; nothing when it is right."""
    said = [word("clock_off", s=f"{(agent['skew_ms'] or 0) / 1000:+,.0f}")] if is_off(agent) else []
    return ", ".join(said + ([] if agent["synced"] else [word("clock_unsynced")]))


def advice(agent: AgentWords, rows: Sequence[LedgerRow]) -> str:
    """Return what `doctor` says of an agent's clock; `rows` are its books."""
    skew, held = agent["skew_ms"] or 0, sum(row["held"] for row in rows)
    parts: list[str] = []
    if is_off(agent):
        way = "doctor_clock_ahead" if skew > 0 else "doctor_clock_behind"
        parts.append(word(way, s=f"{abs(skew) / 1000:,.0f}"))
    if not agent["synced"]:
        parts.append(word("clock_unsynced"))
    said = [word("doctor_clock_mend", what=", ".join(parts))]
    if agent["anchored"]:
        said.append(word("doctor_clock_goes_on"))
    if held:
        said.append(word("doctor_clock_held", count=f"{held:,}"))
    return "; ".join(said)


def wrong(agents: dict[str, AgentWords], books: Sequence[LedgerRow]) -> Iterator[tuple[str, bool, str]]:
    """Yield each agent whose clock is off or not synchronised, whether it is off, and the advice."""
    for name, agent in sorted(agents.items()):
        if is_off(agent) or not agent["synced"]:
            yield name, is_off(agent), advice(agent, [row for row in books if row["agent"] == name])
