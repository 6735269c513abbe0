"""The demo's numbers at its end, for `--json`."""

from collections.abc import Sequence

from mangrove.demo.measures import Measures
from mangrove.demo.numbers import Stats, percentile, totals
from mangrove.demo.seen import Seen


def report(last: Stats, seen: Seen, measures: Measures, agents: Sequence[str]) -> dict[str, object]:
    """Return them. `agents`: the names of the agents' processes."""
    sums, memory = totals(last["ledger"]), measures.memory_mb
    return {
        "devices": len(last["devices"]),
        "polls": last["polls"],
        "batches_by_kind": last["kinds"],
        "values_stored": last["storer"].get("values", 0),
        "batches_produced": sums.produced,
        "batches_stored": sums.stored,
        "batches_refused": sums.refused,
        "batches_held": sums.held,
        "batches_dropped": sums.dropped,
        "batches_spooled": sums.spooled,
        "balanced": sums.balanced,
        "p99_poll_to_store_ms": percentile(last["latencies_ms"], 0.99),
        "first_screen_s": measures.first_screen_s,
        "all_polled_s": measures.all_polled_s,
        "cpu_cores": measures.cpu_cores,
        "agents": len(agents),
        "agent_rss_mb": max(memory[name] for name in agents),
        **{f"{name}_rss_mb": memory.get(name) for name in ("collector", "simulator", "view", "mosquitto")},
        **seen.report(),
    }
