"""What an agent's inputs beside SNMP polls cost: traps, sensors, performance files, echoes, and the memory of all.

`python -m benchmarks inputs --json` prints them as one JSON object, `PYTHONPATH=tests python -m benchmarks.inputs
[traps] [sensors] [pm] [echo] [agent]` only some. Each part is a module `inputs_<part>` in a process of its own, which
prints its figures as JSON.
"""

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PARTS = ("traps", "sensors", "pm", "echo", "agent")
GOALS: Mapping[tuple[str, str], tuple[str, float]] = {
    ("traps", "per_cpu_second"): (">=", 700),
    ("traps", "v3_per_cpu_second"): (">=", 300),
    ("sensors", "json_messages_per_cpu_second"): (">=", 15_000),
    ("sensors", "sparkplug_messages_per_cpu_second"): (">=", 8_000),
    ("pm", "cells_per_second"): (">=", 2_000),
    ("agent", "rss_mb"): ("<=", 90),
}
PATIENCE_S = 900.0


def figures(part: str) -> dict[str, object]:
    """Return what a part prints, or why there is nothing."""
    command = [sys.executable, "-m", f"benchmarks.inputs_{part}"]
    try:
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=False)
        found: dict[str, object] = json.loads(ended.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        return {"error": f"it printed no figures: {type(error).__name__}"}
    return found


def short_of_goal(report: Mapping[str, object]) -> list[str]:
    """Return the figures that do not reach their goal, or are not there."""
    short: list[str] = []
    for (part, name), (relation, goal) in GOALS.items():
        given = report.get(part)
        value = given.get(name) if isinstance(given, dict) else None
        if not isinstance(value, int | float) or (value < goal if relation == ">=" else value > goal):
            short.append(f"{part}.{name} {relation} {goal:g}")
    return short


def main() -> None:
    """Measure, and print."""
    report: dict[str, object] = {
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "method": " ".join((__doc__ or "").split()),
        "load_before": os.getloadavg(),
    }
    there = {path.stem.removeprefix("inputs_") for path in Path(__file__).parent.glob("inputs_*.py")}
    for part in sys.argv[1:] or PARTS:
        print(f"inputs: {part} ...", file=sys.stderr)
        report[part] = figures(part) if part in there else {"error": f"there is no inputs_{part}"}
    report |= {"load_after": os.getloadavg(), "short_of_goal": short_of_goal(report)}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
