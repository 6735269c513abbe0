"""The demo's numbers at its end, for `--json`."""

from collections.abc import Sequence

from mangrove.demo.measures import Measures
from mangrove.demo.numbers import Stats, percentile, totals
from mangrove.demo.seen import Seen


def report(last: Stats, seen: Seen, measures: Measures, *, agents: Sequence[str]) -> dict[str, object]:
    """Return them. Seconds are since the command was given; None is what did not come."""
    sums, memory = totals(last["ledger"]), measures.memory_mb
    return {
        "devices": len(last["devices"]),
        "polls": last["polls"],
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
        "cpu_cores": measures.cores(),
        "agent_rss_mb": round(max(memory[name] for name in agents), 1),
        **{f"{name}_rss_mb": round(memory[name], 1) for name in ("collector", "simulator", "view")},
        **seen.report(),
    }
