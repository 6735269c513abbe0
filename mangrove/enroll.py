"""What `mangrove enroll` and `mangrove revoke` say, and what is to be done next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from contract.inventory_folder import read
from mangrove import broker_acl, certificates, register
from mangrove.commands.options import DEPLOY
from mangrove.deploy_files import DeployError, Files
from mangrove.register import User
from mangrove.words import word


@dataclass(frozen=True, slots=True)
class Request:
    """Who is to be let in, and how; `host` empty: by the first name of the broker's certificate that others know."""

    user: str
    host: str
    days: int
    renew: bool
    service: bool


def run(folder: Path, request: Request, inventory: Path | None) -> int:
    """Enrol, and say what to carry where. Return 2 when it cannot be done."""
    return _said(folder, lambda files: _enrol(files, request, inventory))


def revoke(folder: Path, user: str) -> int:
    """Take everything back, and say how the broker learns of it. Return 2 when it cannot be done."""
    return _said(folder, lambda files: _revoke(files, user))


def show(folder: Path) -> int:
    """Print everybody to whom a certificate was given. Return 2 when that cannot be known."""
    return _said(folder, _show)


def _enrol(files: Files, request: Request, inventory: Path | None) -> None:
    user = request.user
    if request.service and not broker_acl.is_service(user):
        raise DeployError(f"{user} is no service: collector-<id>, looker, sensors, sensors-<id> or health")
    if not request.service and not broker_acl.is_agent(user):
        raise DeployError(f"{user} cannot be an agent's id: lower-case letters, digits and hyphens, and not taken")
    if inventory is not None and user not in {one.id for one in read(inventory).value.agents}:
        raise DeployError(f"{inventory} has no agent {user}: add it there first, or mend the id")
    was_revoked = any(one.name == user and one.revoked for one in register.users(files))
    host = request.host or register.outside_name(files)
    enrolled = register.enrol(files, user, host, datetime.now(UTC), days=request.days, renew=request.renew)
    print(word("enrolled", user=user, day=f"{enrolled.end:%Y-%m-%d}"))
    if any(name.endswith("client.key") for name in files.made):
        print(_carry(user, files.path(register.CLIENTS / user), service=request.service))
    else:
        print(word("enrolled_before", renew=_renew(files, user)))
    if request.renew and not was_revoked:
        print(word("enrolled_renewed", revoke=f"mangrove revoke {user}{_at(files)}"))
    if register.ACL.as_posix() in files.made:
        # A reload would give its rights back to a connection of the revoked certificate that is still open.
        print(word("enrolled_restart" if was_revoked else "enrolled_reload", folder=files.path(register.ACL).parent))


def _carry(user: str, folder: Path, *, service: bool) -> str:
    if not service:
        return word("enrolled_carry", folder=folder, file="agent.yaml")
    if user.startswith("collector-"):
        return word("enrolled_carry", folder=folder, file="collector.yaml")
    return word("enrolled_carry_service", folder=folder)


def _renew(files: Files, user: str) -> str:
    """The command that gives a user a new key."""
    return f"mangrove enroll {user}{'' if broker_acl.is_agent(user) else ' --service'} --renew{_at(files)}"


def _at(files: Files) -> str:
    """What a command must say to find this folder."""
    folder = files.path(Path())
    return "" if folder == DEPLOY else f" --folder {folder}"


def _revoke(files: Files, user: str) -> None:
    gone = register.revoke(files, user, datetime.now(UTC))
    print(word("revoked", user=user, day=f"{gone.revoked:%Y-%m-%d}"))
    print(word("revoked_restart", folder=files.path(register.ACL).parent))


def _show(files: Files) -> None:
    now = datetime.now(UTC)
    table = Table(word("user"), word("until"), word("state"))
    for one in register.users(files):
        table.add_row(one.name, f"{one.end:%Y-%m-%d}", _state(files, one, now))
    Console().print(table)


def _state(files: Files, user: User, now: datetime) -> str:
    if user.revoked is not None:
        return word("user_revoked", day=f"{user.revoked:%Y-%m-%d}")
    if user.end <= now:
        return word("user_ended", renew=_renew(files, user.name))
    if user.end - now < certificates.SOON:
        return word("user_ends_soon", renew=_renew(files, user.name))
    return word("user_valid")


def _said(folder: Path, act: Callable[[Files], None]) -> int:
    why = ""
    if not (folder / register.CA).exists():
        why = word("deploy_nothing", folder=folder)
    else:
        try:
            files = Files(folder)
            with files.locked():
                act(files)
        except DeployError as error:
            why = str(error)
        except BrokenPipeError:  # whoever reads what is printed has enough
            raise
        except OSError as error:
            why = f"{error.filename}: {error.strerror}"
    if why:
        Console(stderr=True).print(why, markup=False, soft_wrap=True)
    return 2 if why else 0
