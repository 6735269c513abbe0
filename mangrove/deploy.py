"""`mangrove secrets` and `mangrove addresses`: what `docker-compose.yml` mounts, made once and never written over.

To have something anew, its file is deleted and the command run again. Nothing secret is ever printed.
"""

import os
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mangrove import certificates
from mangrove.certificates import CLIENT_DAYS, CertificateError
from mangrove.deploy_files import DeployError, Files
from mangrove.register import CA, CA_KEY, CLIENTS, enrol
from mangrove.words import word

NAMES = Path("names")  # how other hosts call this one; outlives the certificates, which are deleted to be renewed
AGENT = "cum-ca-mau"  # of config/compose/agent.yaml
SERVICES = ("collector-ca-mau", "looker", "sensors", "health")  # users of config/mosquitto/acl
SERVERS = ("broker", "grafana")  # services of the compose file that need a certificate
EVERYWHERE = ("localhost", "127.0.0.1", "::1")
DATA = ("agent", "collector", "grafana", "influxdb")


def run(folder: Path, names: Sequence[str]) -> int:
    """Make what is missing in `folder` and say what was made. Return 2 when something there cannot be used."""
    try:
        made, warnings = make(folder, names, datetime.now(UTC))
    except (DeployError, OSError) as error:
        said = f"{error.filename} cannot be made: {error.strerror}" if isinstance(error, OSError) else str(error)
        Console(stderr=True).print(said, markup=False, soft_wrap=True)
        return 2
    print(word("deploy_made", files=", ".join(made)) if made else word("deploy_kept", folder=folder))
    for warning in warnings:
        print(warning)
    return 0


def make(folder: Path, names: Sequence[str], now: datetime) -> tuple[list[str], list[str]]:
    """Make what is missing: folders, passwords, certificates. Return the names of new files, and warnings.

    `names`: host names and addresses by which browsers and agents of other hosts come. They are noted, and a
    certificate that is made anew has those of all runs before as well.

    Raises:
        DeployError: what is there cannot be used; the text says what to do.
        OSError: a file cannot be written.
    """
    files = Files(folder)
    with files.locked():
        warnings = _make(files, names, now)
    return list(dict.fromkeys(files.made)), warnings


def _make(files: Files, names: Sequence[str], now: datetime) -> list[str]:
    for data in DATA:
        files.folder(Path("data") / data)
    for name, make_text in _secrets().items():
        files.put(Path("secrets") / name, make_text)
    warnings = _certificates(files, names, now)
    for user in (AGENT, *SERVICES):
        lost = not files.has(CLIENTS / user / "client.key")
        known = enrol(files, user, "broker", now, days=CLIENT_DAYS, renew=lost)
        if known.end - now < certificates.SOON:
            warnings.append(
                word("deploy_ends", file=files.path(CLIENTS / user / "client.crt"), day=f"{known.end:%Y-%m-%d}")
            )
    return warnings


def addresses(folder: Path) -> int:
    """Print where everything answers, as whom to log in, and in which file the password is; 1 when nothing was made."""
    if not (folder / CA).exists():
        print(word("deploy_nothing", folder=folder), file=sys.stderr)
        return 1
    table = Table("", word("address"), word("user"), word("password_in"))
    for row in (
        ("Grafana", "https://localhost:3000", "admin", "secrets/grafana-admin"),
        ("MQTT", "mqtts://localhost:8883", "looker", "clients/looker/client.key"),
        ("InfluxDB", "http://127.0.0.1:8086", "admin", "secrets/influxdb-admin"),
    ):
        table.add_row(*row[:3], str(folder / row[3]))
    Console().print(table)
    print(word("deploy_trust", file=folder / CA))
    return 0


def _secrets() -> dict[str, Callable[[], str]]:
    from simulator.sample.credentials import COMMUNITY

    plain = ["influxdb-admin", "influxdb-admin-token", "influxdb-collector", "grafana-admin", "grafana-secret-key"]
    return {
        **dict.fromkeys(plain, _password),
        "influxdb-grafana": lambda: f"grafana:{_password()}",  # as the header `Authorization: Token` wants it
        "community": lambda: COMMUNITY,
    }


def _password() -> str:
    """192 bits."""
    return secrets.token_hex(24)


def _certificates(files: Files, names: Sequence[str], now: datetime) -> list[str]:
    if not files.has(CA):
        certificate, key = certificates.authority(f"Mangrove {os.urandom(4).hex()}", now)
        files.put_pair(CA, certificate, CA_KEY, key)
    warnings = []
    noted = _noted(files)
    outside = list(dict.fromkeys([*noted, *names]))
    for service in SERVERS:
        path, key_path = Path(f"certificates/{service}.crt"), Path(f"certificates/{service}.key")
        try:
            if not (files.has(path) and files.has(key_path)):
                pair = certificates.server([service, *EVERYWHERE, *outside], files.data(CA), files.data(CA_KEY), now)
                files.put_pair(path, pair[0], key_path, pair[1])
            found = files.data(path)
            why = certificates.problem(found, [service, *EVERYWHERE, *names], files.data(CA), now)
            end = certificates.read(found)[0].end
        except CertificateError as error:
            raise DeployError(f"{files.path(path)}: {error}") from error
        if why:
            raise DeployError(f"{files.path(path)}: {why}; delete it and run this again")
        if end - now < certificates.SOON:
            warnings.append(word("deploy_ends", file=files.path(path), day=f"{end:%Y-%m-%d}"))
    if outside and files.text(NAMES).split() != outside:
        files.replace(NAMES, "\n".join(outside) + "\n")
    return warnings


def _noted(files: Files) -> list[str]:
    """The names of the runs before: those of the file, and of the certificates that are still there."""
    names = files.text(NAMES).split()
    for service in SERVERS:
        path = Path(f"certificates/{service}.crt")
        if files.has(path):
            try:
                names += certificates.read(files.data(path))[0].hosts
            except CertificateError as error:
                raise DeployError(f"{files.path(path)}: {error}") from error
    return [name for name in dict.fromkeys(names) if name not in (*EVERYWHERE, *SERVERS)]
