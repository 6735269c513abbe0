"""`mangrove discover`: which devices answer in a range, beside those of an inventory."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from agents.config import AgentConfig, Secrets, load_agent_config
from agents.credentials import security
from agents.snmp.security import Security
from agents.snmp.transport import Transport
from contract import durable
from contract.config_file import ConfigError, Problem, did_you_mean
from contract.inventory import Inventory
from contract.profile import Profile
from mangrove.discover.ask import Found, Login, Patience, Refusal, ask
from mangrove.discover.propose import Proposal, Rule, propose
from mangrove.discover.ranges import addresses
from mangrove.discover.scan import Scan, scan
from mangrove.discover.show import as_csv, as_yaml, print_proposal, rows
from mangrove.discover.turns import Turns
from mangrove.discover.write import write
from mangrove.inventory.place import Place
from mangrove.login import wrong
from mangrove.words import word


@dataclass(frozen=True, slots=True)
class Request:
    """What a user wants: `credentials` are names of the agent's file, all of it when none is given; `into` is the
    inventory to compare with, `out` a file for the rows."""

    ranges: Sequence[str]
    credentials: Sequence[str]
    config: Path
    into: Place | None
    out: Path | None
    agent: str
    site: str | None
    patience: Patience
    per_second: float
    in_flight: int
    named_profiles: bool
    write: bool
    links: bool


async def discover(request: Request, profiles: dict[str, Profile]) -> int:
    """Ask, print, and where it is wanted write; 1 when it was interrupted, or not all could be written.

    Raises:
        ConfigError: the request cannot be met, or what would be written is wrong.
    """
    wanted = addresses(request.ranges)
    config, secrets = load_agent_config(request.config)
    logins = _logins(request.credentials, config, secrets)
    if request.write and request.into is None:
        raise wrong("--write", "needs --into: which inventory is to be changed")
    if request.out and request.out.suffix not in (".csv", ".yaml", ".yml"):
        raise wrong("--out", "is a file that ends in .csv or .yaml")
    rule = Rule(request.agent or config.id, request.patience.port, request.site, request.named_profiles)
    names = [login.name for login in logins]
    there = request.into.read().value.devices if request.into else []  # what is wrong is told before the long part
    likely = {one.address: one.credential for one in there if one.agent == rule.agent}
    scanned = await _scan(request, wanted, lambda address: first(likely.get(address), logins), profiles, config)
    inventory = request.into.read().value if request.into else None
    proposal = propose(scanned.found, scanned.refused, scanned.asked, inventory, names, rule)
    print_proposal(Console(), proposal)
    if scanned.interrupted:
        print(word("discover_interrupted", asked=len(scanned.asked), of=len(wanted)))
    return _kept(request, proposal, inventory, interrupted=scanned.interrupted)


async def _scan(
    request: Request,
    wanted: Sequence[str],
    logins: Callable[[str], Sequence[Login]],
    profiles: dict[str, Profile],
    config: AgentConfig,
) -> Scan:
    transport, turns = Transport(config.snmp.sources), Turns(request.per_second)
    console = Console(stderr=True)
    most = len(wanted) * len(logins("")) * (1 + request.patience.retries)
    seconds = most * max(1 / request.per_second, request.patience.timeout_s / min(request.in_flight, len(wanted)))
    said = {"count": len(wanted), "rate": f"{request.per_second:g}", "seconds": f"{seconds:,.0f}"}
    print(word("discover_plan", **said), file=sys.stderr)
    found = TextColumn("{task.fields[found]}", markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), found, TimeRemainingColumn())
    progress = Progress(*columns, console=console, transient=True)
    shown: AbstractContextManager[object] = progress if console.is_terminal else nullcontext()
    task = progress.add_task(word("discover_asking"), total=len(wanted), found="")

    async def one(address: str) -> Found | Refusal | None:
        return await ask(transport, address, logins(address), profiles, request.patience, turns)

    def told(now: Scan) -> None:
        progress.update(task, completed=len(now.asked), found=word("discover_found", count=len(now.found)))

    try:
        with shown:
            return await scan(wanted, one, request.in_flight, told)
    finally:
        transport.close()


def _logins(names: Sequence[str], config: AgentConfig, secrets: Secrets) -> list[Login]:
    wanted = list(dict.fromkeys(name for some in names for name in some.replace(",", " ").split()))
    for name in wanted:
        if name not in config.credentials:
            raise wrong("--credentials", f"there is no credential {name}{did_you_mean(name, config.credentials)}")
    if not (wanted or config.credentials):
        raise wrong("--credentials", "the agent's file has no `credentials` to ask with")

    def login(name: str) -> Login:
        def fresh(device: str) -> Security:
            return security(config.credentials[name], secrets.credentials[name], device)

        return Login(name, fresh)

    return [login(name) for name in wanted or config.credentials]


def first(likely: str | None, logins: Sequence[Login]) -> list[Login]:
    """Return the logins with the one that the inventory has for an address before the others."""
    return sorted(logins, key=lambda login: login.name != likely)


def _kept(request: Request, proposal: Proposal, inventory: Inventory | None, *, interrupted: bool) -> int:
    """Write what is to be written, and say what is not."""
    code = 1 if interrupted else 0
    if request.out:
        some = rows(proposal)
        text = as_csv(some) if request.out.suffix == ".csv" else as_yaml(some)
        try:
            durable.replace(request.out, text.encode())
        except OSError as error:
            raise ConfigError([Problem(str(request.out), 0, "", f"cannot be written: {error.strerror}")]) from error
        print(word("discover_out", count=len(some), file=request.out))
    lacking = [new.id for new in proposal.new if new.device() is None]
    if request.write and request.into and inventory and not interrupted:
        write(request.into, proposal, links=request.links)
        print(word("discover_written", folder=request.into.path))
        code = 1 if lacking else 0
    elif proposal.difference() or lacking:
        print(word("discover_not_written"))
    if lacking and request.into:
        print(word("discover_no_site", count=len(lacking)))
    return code
