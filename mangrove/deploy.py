"""`mangrove secrets` and `mangrove addresses`: what `docker-compose.yml` mounts, made once and never written over.

To have something anew, its file is deleted and the command run again. Nothing secret is ever printed.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from contract.topics import SLUG
from mangrove import certificates
from mangrove.certificates import CertificateError
from mangrove.deploy_files import DeployError, Files
from mangrove.words import word

AGENT = "cum-ca-mau"  # of config/compose/agent.yaml
SERVICES = ("collector-ca-mau", "looker", "sensors", "health")  # users of config/mosquitto/acl
SERVERS = ("broker", "grafana")  # services of the compose file that need a certificate
EVERYWHERE = ("localhost", "127.0.0.1", "::1")
DATA = ("agent", "collector", "grafana", "influxdb")
PASSWORDS = Path("secrets/broker-passwords")
CA = Path("certificates/ca.crt")
CA_KEY = Path("certificates/ca.key")
_ROUNDS = 101  # of mosquitto_passwd(1); enough, since no person chooses these passwords
_HEALTH = "-u health\n-P "  # as mosquitto_pub(1) reads its options from a file
_SLUG = re.compile(SLUG)


def run(folder: Path, agents: Sequence[str], names: Sequence[str]) -> int:
    """Make what is missing in `folder` and say what was made. Return 2 when something there cannot be used."""
    try:
        made, warnings = make(folder, agents, names, datetime.now(UTC))
    except (DeployError, OSError) as error:
        said = f"{error.filename} cannot be made: {error.strerror}" if isinstance(error, OSError) else str(error)
        Console(stderr=True).print(said, markup=False, soft_wrap=True)
        return 2
    print(word("deploy_made", files=", ".join(made)) if made else word("deploy_kept", folder=folder))
    for warning in warnings:
        print(warning)
    return 0


def make(folder: Path, agents: Sequence[str], names: Sequence[str], now: datetime) -> tuple[list[str], list[str]]:
    """Make what is missing: folders, passwords, certificates. Return the names of new files, and warnings.

    `agents`: ids of agents beside the one of the compose file; `names`: host names and addresses by which browsers and
    agents of other hosts come.

    Raises:
        DeployError: an id is none, or what is there cannot be used; the text says what to do.
        OSError: a file cannot be written.
    """
    users = [*dict.fromkeys([AGENT, *agents]), *SERVICES]
    for agent in users[: -len(SERVICES)]:
        if not _SLUG.fullmatch(agent) or agent in SERVICES:
            raise DeployError(f"{agent} cannot be an agent's id: lower-case letters, digits and hyphens, and not taken")
    files = Files(folder)
    for data in DATA:
        files.folder(Path("data") / data)
    for name, make_text in _secrets(users).items():
        files.put(Path("secrets") / name, make_text)
    _broker_passwords(files, users)
    return files.made, _certificates(files, [*EVERYWHERE, *names], now)


def addresses(folder: Path) -> int:
    """Print where everything answers, as whom to log in, and in which file the password is; 1 when nothing was made."""
    if not (folder / CA).exists():
        print(word("deploy_nothing", folder=folder), file=sys.stderr)
        return 1
    table = Table("", word("address"), word("user"), word("password_in"))
    for row in (
        ("Grafana", "https://localhost:3000", "admin", "grafana-admin"),
        ("MQTT", "mqtts://localhost:8883", "looker", "broker-looker"),
        ("InfluxDB", "http://127.0.0.1:8086", "admin", "influxdb-admin"),
    ):
        table.add_row(*row[:3], str(folder / "secrets" / row[3]))
    Console().print(table)
    print(word("deploy_trust", file=folder / CA))
    return 0


def _secrets(users: Sequence[str]) -> dict[str, Callable[[], str]]:
    from simulator.province import COMMUNITY

    plain = ["influxdb-admin", "influxdb-admin-token", "influxdb-collector", "grafana-admin", "grafana-secret-key"]
    return {
        **{f"broker-{user}": _password for user in users},
        **dict.fromkeys(plain, _password),
        "broker-health": lambda: _HEALTH + _password(),
        "influxdb-grafana": lambda: f"grafana:{_password()}",  # as the header `Authorization: Token` wants it
        "community": lambda: COMMUNITY,
    }


def _password() -> str:
    """192 bits."""
    return secrets.token_hex(24)


def _broker_passwords(files: Files, users: Sequence[str]) -> None:
    """Bring mosquitto's password file in line with the users' passwords; lines of others stay."""
    lines = {line.partition(":")[0]: line for line in files.text(PASSWORDS).splitlines()}
    wanted = dict(lines)
    for user in users:
        path = Path("secrets") / f"broker-{user}"
        password = files.text(path).strip().removeprefix(_HEALTH)
        if not password:
            raise DeployError(f"{files.path(path)} is empty: delete it and run this again")
        if not _fits(lines.get(user, ""), password):
            wanted[user] = f"{user}:{_hash(password, secrets.token_bytes(12))}"
    if wanted != lines:
        files.replace(PASSWORDS, "".join(f"{line}\n" for line in wanted.values()))


def _hash(password: str, salt: bytes) -> str:
    """PBKDF2-SHA512, as mosquitto_passwd(1) writes it."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _fits(line: str, password: str) -> bool:
    _, _, hashed = line.partition(":")
    parts = hashed.split("$")
    if len(parts) != 5 or parts[1:3] != ["7", str(_ROUNDS)]:
        return False
    try:
        salt = base64.b64decode(parts[3], validate=True)
    except ValueError:
        return False
    return hmac.compare_digest(_hash(password, salt).encode(), hashed.encode())


def _certificates(files: Files, names: Sequence[str], now: datetime) -> list[str]:
    if not files.has(CA):
        certificate, key = certificates.authority(f"Mangrove {os.urandom(4).hex()}", now)
        files.put_pair(CA, certificate, CA_KEY, key)
    warnings = []
    for service in SERVERS:
        path, key_path = Path(f"certificates/{service}.crt"), Path(f"certificates/{service}.key")
        try:
            if not (files.has(path) and files.has(key_path)):
                pair = certificates.server([service, *names], files.data(CA), files.data(CA_KEY), now)
                files.put_pair(path, pair[0], key_path, pair[1])
            found = files.data(path)
            why = certificates.problem(found, [service, *names], files.data(CA), now)
            end = certificates.ends_soon(found, now)
        except CertificateError as error:
            raise DeployError(f"{files.path(path)}: {error}") from error
        if why:
            raise DeployError(f"{files.path(path)}: {why}; delete it and run this again")
        if end:
            warnings.append(word("deploy_ends", file=files.path(path), day=f"{end:%Y-%m-%d}"))
    return warnings
