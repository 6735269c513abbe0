"""`mangrove sim score`: what the collector said, held against the truth of the simulator."""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import cast

from rich.console import Console
from rich.table import Table

from collector.config import SOCKET, CollectorConfig, load_collector_config
from collector.watch.rules import Unreachable, load_rules
from contract.catalog import load_catalog
from contract.control import ControlError, ask
from contract.inventory import Inventory
from contract.inventory_folder import read as read_inventory
from contract.printable import printable
from mangrove.demo.place import TRUTH, NoDemoError, running
from mangrove.readable import plain
from mangrove.words import word
from simulator.model.change import Change
from simulator.score import Judged, SaidIncident, Score, outages, score
from simulator.truth import Run, TruthError
from simulator.truth import read as read_truth

POWER_WORDS = ("mains lost", "power of the site")  # of `cause_mains` and `cause_power` in English
KNOWN = "known then: "  # the decision that has the text of the first page begins so
MORE_S = 5.0  # beyond the rule's time and two intervals
ALL = "all"
Answer = Mapping[str, object]


def show(truth: Path | None, config: Path | None, *, as_json: bool) -> int:
    """Print the score; 1 when there is no truth, or the collector does not answer.

    Raises:
        ConfigError, SecretError: the collector's file cannot be used.
    """
    try:
        run, changes = read_truth(truth or running() / TRUTH)
        loaded, _ = load_collector_config(config or running() / "collector.yaml")
        made = _score(run, changes, loaded)
    except (NoDemoError, TruthError, ControlError, OSError) as error:
        print(printable(str(error)), file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps(_json(made), ensure_ascii=False))
    else:
        _print(made)
    return 0


def _score(run: Run, changes: Sequence[Change], config: CollectorConfig) -> Score:
    inventory, socket, now = read_inventory(config.inventory).value, config.data / SOCKET, time.time()
    sites = _routers(inventory)
    found, _ = outages(run, changes, sites)
    over = Change(run.start + (now - run.began) * run.speed, "", "", "over", up=tuple(sites))
    _, down_s = outages(run, [*changes, over], sites)  # those that last until now, too
    at = {device.id: device.site for device in inventory.devices}
    for outage in found:  # an incident at the place of the fault is as good as one at a site that it took
        outage.sites |= {at[name] for name in (outage.root.split(":")[1],) if name in at}
    overview = cast("Mapping[str, Mapping[str, float]]", ask(socket, "overview", since=int(run.began * 1000)))
    return score(
        (found, {ALL: sum(down_s.values())}),
        list(_said(socket, run)),
        {ALL: overview["uptime"]["down"] / 1000},
        deadline_s=_deadline_s(config, inventory),
        until=now,
        power_words=POWER_WORDS,
    )


def _routers(inventory: Inventory) -> dict[str, str]:
    """Return the site of each device by which a site is judged: of its routers, or of all where none is one."""
    at = defaultdict[str, list[str]](list)
    for device in inventory.devices:
        at[device.site].append(device.id)
    roles = {device.id: device.role for device in inventory.devices}
    routers = {site: [one for one in devices if roles[one] == "router"] or devices for site, devices in at.items()}
    return {device: site for site, devices in routers.items() for device in devices}


def _said(socket: Path, run: Run) -> Iterator[SaidIncident]:
    """Yield the incidents since the run began, with the text of their first page."""
    for one in cast("Sequence[Answer]", ask(socket, "incidents", all=True, language="en")):
        opened, resolved = cast("float", one["opened"]) / 1000, cast("float | None", one["resolved"])
        if opened >= run.began:
            why = cast("Mapping[str, Sequence[Answer]]", ask(socket, "why", id=one["key"]))
            known = " ".join(str(told["text"]) for told in why["decisions"] if KNOWN in str(told["text"]))
            ended = None if resolved is None else resolved / 1000
            yield SaidIncident(str(one["key"]), str(one["place"]), opened, ended, known)


def _deadline_s(config: CollectorConfig, inventory: Inventory) -> float:
    """Return within which time it has to know: what its rules take, and two readings."""
    rules = load_rules(config.rules, load_catalog(config.catalog)) if config.rules else {}
    takes = [rule.for_s for rule in rules.values() if isinstance(rule, Unreachable) and rule.page]
    return max(takes, default=0.0) + 2 * max(device.interval_s for device in inventory.devices) + MORE_S


def _numbers(made: Score) -> dict[str, float | int | None]:
    opened = [one.opened_after_s for one in made.judged if one.opened_after_s is not None]
    closed = [one.closed_after_s for one in made.judged if one.closed_after_s is not None]
    down_s, said_s = made.down_s.get(ALL, (0.0, 0.0))
    return {
        "outages": len(made.judged),
        "found": len(made.judged) - len(made.missed),
        "missed": len(made.missed),
        "false": len(made.false),
        "cause_right": sum(one.cause_right is True for one in made.judged),
        "opened_after_s": round(median(opened), 1) if opened else None,
        "closed_after_s": round(median(closed), 1) if closed else None,
        "down_s": round(down_s, 1),
        "said_down_s": round(said_s, 1),
    }


def _json(made: Score) -> Answer:
    judged = [asdict(one) | {"outage": asdict(one.outage) | {"sites": sorted(one.outage.sites)}} for one in made.judged]
    return {**_numbers(made), "judged": judged, "false_incidents": [asdict(one) for one in made.false]}


def _print(made: Score) -> None:
    console, numbers = Console(), _numbers(made)
    console.print(plain(word("score_found", **numbers), style="bold"), soft_wrap=True)
    console.print(plain(word("score_times", **numbers)), soft_wrap=True)
    if made.judged:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in ("score_fault", "since", "score_sites", "score_opened", "score_closed", "score_cause", "incidents"):
            table.add_column(word(name), no_wrap=name != "incidents")
        for one in made.judged:
            table.add_row(*map(printable, _row(one)))
        console.print(table)
    for said in made.false:
        console.print(plain(word("score_false", key=said.key, place=said.place), style="red"), soft_wrap=True)


def _row(one: Judged) -> tuple[str, ...]:
    kind, element, _ = one.outage.root.split(":")
    since = f"{datetime.fromtimestamp(one.outage.began).astimezone():%H:%M:%S}"
    opened, closed = ("-" if s is None else f"{s:.0f} s" for s in (one.opened_after_s, one.closed_after_s))
    cause = "-" if one.cause_right is None else word("score_right" if one.cause_right else "score_wrong")
    return f"{kind} {element}", since, str(len(one.outage.sites)), opened, closed, cause, " ".join(one.incidents) or "-"
