"""The register of a deployment, who may come in at the broker: a certificate for each user, given out and taken back.

`issued/USER.pem` keeps every certificate that was ever given out, the newest last, so that each can be taken back;
`users/revoked.crl` has those that were, and `users/acl` the rights of those who have one that was not. The last two are
what the broker reads. `clients/USER/` is what is carried to the user's host.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mangrove import broker_acl, certificates
from mangrove.certificates import CertificateError
from mangrove.deploy_files import DeployError, Files

CA = Path("certificates/ca.crt")
CA_KEY = Path("certificates/ca.key")
BROKER = Path("certificates/broker.crt")
CLIENTS = Path("clients")
ACL = Path("users/acl")
CRL = Path("users/revoked.crl")
PORT = 8883
INSIDE = ("broker", "localhost", "127.0.0.1", "::1")  # names of it that only the compose file and its host know
_ISSUED = Path("issued")
_HOST = re.compile(r"[A-Za-z0-9_.:-]+")
_SECTION = """# For agent.yaml (or collector.yaml), with the three files beside it; else name their folder too.
broker:
  host: "{host}"
  port: {port}
  tls:
    ca_file: ca.crt
    cert_file: client.crt
    key_file: client.key
"""


@dataclass(frozen=True, slots=True)
class User:
    """One who has, or had, a certificate: the newest's number, its end, and since when it is revoked."""

    name: str
    serial: int
    end: datetime
    revoked: datetime | None


def users(files: Files) -> list[User]:
    """Return all to whom a certificate was ever given.

    Raises:
        DeployError: a file cannot be read.
    """
    back = _taken_back(files)
    out = []
    for path in sorted(files.path(_ISSUED).glob("*.pem")):
        newest = _issued(files, path.stem)[-1]
        out.append(User(path.stem, newest.serial, newest.end, back.get(newest.serial)))
    return out


def outside_name(files: Files) -> str:
    """Return a name of the broker that other hosts know, by its certificate.

    Raises:
        DeployError: it has none, or cannot be read.
    """
    if not files.has(BROKER):
        raise DeployError(f"{files.path(BROKER)} is not there: say with --host how the agent calls the broker")
    try:
        names = certificates.read(files.data(BROKER))[0].hosts
    except CertificateError as error:
        raise DeployError(f"{files.path(BROKER)}: {error}") from error
    outside = [name for name in names if name not in INSIDE]
    if not outside:
        raise DeployError(f"{files.path(BROKER)} has no name that other hosts know: {_anew(files, 'HOST')}")
    return outside[0]


def enrol(files: Files, user: str, host: str, now: datetime, *, days: int, renew: bool = False) -> User:
    """Give a certificate to an agent or a service that has none, and its rights; `files.made` says what is new.

    `host` is how the user calls the broker. `renew` gives a new certificate with a new key: the old one stays valid
    until it ends, so that nobody is cut off before the new one is in its place.

    Raises:
        DeployError: what is there cannot be used; the text says what to do.
        OSError: a file cannot be written.
    """
    if not (broker_acl.is_agent(user) or broker_acl.is_service(user)):
        raise DeployError(f"{user} cannot be a user: at most 63 lower-case letters, digits and hyphens")
    folder = CLIENTS / user
    carried = _given_out(files, folder / "client.crt", now)
    _write_list(files, _taken_back(files), now)  # before anything is noted: see `_taken_back`
    known = {one.name: one for one in users(files)}.get(user)
    if known is None or known.revoked or renew or carried != known.serial:  # the last: a run that did not end
        section = _SECTION.format(host=_host(files, host, now), port=PORT)
        try:
            pair = certificates.client(user, files.data(CA), files.data(CA_KEY), now, days)
        except CertificateError as error:
            raise DeployError(f"{files.path(CA)}: {error}") from error
        # Noted first: what was given out and is not in the register could never be taken back.
        files.replace(_ISSUED / f"{user}.pem", files.text(_ISSUED / f"{user}.pem") + pair[0].decode())
        files.folder(folder)
        files.replace(folder / "broker.yaml", section)
        files.put_public(folder / "ca.crt", files.data(CA))
        files.put_pair(folder / "client.crt", pair[0], folder / "client.key", pair[1])
    write_broker_files(files, now)
    return next(one for one in users(files) if one.name == user)


def revoke(files: Files, user: str, now: datetime) -> User:
    """Take back every certificate that a user was ever given, and all rights.

    Raises:
        DeployError: nobody of that name was enrolled, or what is there cannot be used.
        OSError: a file cannot be written.
    """
    if not files.has(_ISSUED / f"{user}.pem"):
        raise DeployError(f"{user} was never enrolled: mangrove enroll --list says who was")
    known = _taken_back(files)
    new = {one.serial: now for one in _issued(files, user)}
    _write_list(files, new | known, now)
    write_broker_files(files, now)
    return next(one for one in users(files) if one.name == user)


def write_broker_files(files: Files, now: datetime) -> None:
    """Bring the two files that the broker reads in line with the register; what is right already is left alone."""
    _write_list(files, _taken_back(files), now)
    text = broker_acl.acl(one.name for one in users(files) if one.revoked is None)
    if files.text(ACL) != text:
        files.replace(ACL, text)


def _write_list(files: Files, serials: dict[int, datetime], now: datetime) -> None:
    if files.has(CRL) and _taken_back(files).keys() == serials.keys():
        return
    before = files.data(CRL) if files.has(CRL) else b""
    try:
        made = certificates.revocation_list(serials, files.data(CA), files.data(CA_KEY), now, before)
    except CertificateError as error:
        raise DeployError(f"{files.path(CRL)}: {error}") from error
    files.replace(CRL, made.decode())


def _taken_back(files: Files) -> dict[int, datetime]:
    """Nothing else says who was revoked: a list that was lost is not made anew, or they would all come in again."""
    if not files.has(CRL):
        if any(files.path(_ISSUED).glob("*.pem")):
            raise DeployError(f"{files.path(CRL)} is missing: take it from a backup, it says who was revoked")
        return {}
    try:
        return certificates.taken_back(files.data(CRL))
    except CertificateError as error:
        raise DeployError(f"{files.path(CRL)}: {error}: take it from a backup, it says who was revoked") from error


def _given_out(files: Files, path: Path, now: datetime) -> int | None:
    """Return the number of the certificate that is there to be carried, if one is, and it is of our authority."""
    try:
        certificates.read(files.data(CA))
    except CertificateError as error:
        raise DeployError(f"{files.path(CA)}: {error}: take it from a backup") from error
    if not files.has(path):
        return None
    try:
        why = certificates.problem(files.data(path), [], files.data(CA), now)
        serial = certificates.read(files.data(path))[0].serial
    except CertificateError as error:
        raise DeployError(f"{files.path(path)}: {error}; delete it and run this again") from error
    if why == certificates.FOREIGN:
        root = files.path(Path())
        raise DeployError(f"{files.path(path)}: {why}; delete issued, clients and users in {root} and run this again")
    return serial


def _issued(files: Files, user: str) -> list[certificates.Told]:
    path = _ISSUED / f"{user}.pem"
    try:
        return certificates.read(files.data(path))
    except CertificateError as error:
        raise DeployError(f"{files.path(path)}: {error}: take it from a backup") from error


def _host(files: Files, host: str, now: datetime) -> str:
    """Return the host once it is sure that the broker's certificate, where it is ours, names it."""
    if not _HOST.fullmatch(host):
        raise DeployError(f"{host} is no host name")
    if files.has(BROKER):
        try:
            why = certificates.problem(files.data(BROKER), [host], files.data(CA), now)
        except CertificateError as error:
            raise DeployError(f"{files.path(BROKER)}: {error}") from error
        if why:
            raise DeployError(f"{files.path(BROKER)}: {why}; {_anew(files, host)}")
    return host


def _anew(files: Files, host: str) -> str:
    """What gives the servers' certificates one name more; those that they have are kept by `mangrove secrets`."""
    folder = files.path(Path())
    return f"delete broker.crt and grafana.crt there and run mangrove secrets {folder} --name {host}"
