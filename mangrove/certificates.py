"""Certificates for a deployment: an authority of its own, what it signs for servers and for their clients, and the list
of what it takes back. The one file of the product that makes certificates with `cryptography`.

Keys are of P-256, certificates those of RFC 5280 with what strict peers ask for (§4.2.1.1 to §4.2.1.12), each good for
one side only (§4.2.1.12). An authority is valid for ten years, a server for 825 days, the most that some browsers take.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3652
SERVER_DAYS = 825
CLIENT_DAYS = 825
SOON = timedelta(days=30)
FOREIGN = "it is not of this authority"
_EARLIER = timedelta(hours=1)  # for hosts whose clock is behind
_COMMON = NameOID.COMMON_NAME
_HOST = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9_.-]*")


class CertificateError(Exception):
    """A certificate or key that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a certificate says: its number, its common name, as which a client comes in, a server's hosts, its end."""

    serial: int
    user: str
    hosts: list[str]
    end: datetime


def authority(name: str, now: datetime) -> tuple[bytes, bytes]:
    """Return certificate and key of a new authority, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(
        name, name, key.public_key(), now, now - _EARLIER + timedelta(days=AUTHORITY_DAYS)
    ).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return _signed(builder.add_extension(_usage(signs=True), critical=True), key, key), _pem(key)


def server(of: Sequence[str], ca: bytes, ca_key: bytes, now: datetime) -> tuple[bytes, bytes]:
    """Return certificate and key, as PEM, of a server with these host names and addresses, the first one its subject.

    Raises:
        CertificateError: a name is none, or the authority's files cannot be used.
    """
    alternatives = x509.SubjectAlternativeName([_name(name) for name in of])
    return _leaf(of[0], ExtendedKeyUsageOID.SERVER_AUTH, [alternatives], ca, ca_key, now, SERVER_DAYS)


def client(name: str, ca: bytes, ca_key: bytes, now: datetime, days: int) -> tuple[bytes, bytes]:
    """Return certificate and key, as PEM, of a client whose common name is `name`, at most as long as the authority.

    Raises:
        CertificateError: the authority's files cannot be used.
    """
    return _leaf(name, ExtendedKeyUsageOID.CLIENT_AUTH, [], ca, ca_key, now, days)


def taken_back(crl: bytes) -> dict[int, datetime]:
    """Return the numbers on a revocation list, and since when each is there.

    Raises:
        CertificateError: it cannot be read.
    """
    return {one.serial_number: one.revocation_date_utc for one in _crl(crl)}


def revocation_list(
    serials: Mapping[int, datetime], ca: bytes, ca_key: bytes, now: datetime, before: bytes = b""
) -> bytes:
    """Return a revocation list (RFC 5280 §5) that follows the list `before`, as PEM.

    It is valid as long as its authority: a broker lets nobody in by a list that has ended, and nobody would renew it.
    OpenSSL takes the newest of the lists it has read, by whole seconds: so this one is newer, also within a second.

    Raises:
        CertificateError: a file cannot be used.
    """
    top, key = _certificates(ca)[0], _key(ca_key)
    since, number = now - _EARLIER, 1
    if before:
        old = _crl(before)
        since = max(since, old.last_update_utc + timedelta(seconds=1))
        number = old.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1
    builder = x509.CertificateRevocationListBuilder(top.subject, since, top.not_valid_after_utc)
    for serial, at in serials.items():
        builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(serial, at).build())
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    for extension in (x509.CRLNumber(number), signer):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def read(pems: bytes) -> list[Told]:
    """Return what each certificate of a PEM file says, in its order; there is at least one.

    Raises:
        CertificateError: it cannot be read.
    """
    return [
        Told(
            one.serial_number,
            "".join(str(name.value) for name in one.subject.get_attributes_for_oid(_COMMON)[:1]),
            [str(name.value) for name in _alternatives(one)],
            one.not_valid_after_utc,
        )
        for one in _certificates(pems)
    ]


def problem(certificate: bytes, of: Sequence[str], ca: bytes, now: datetime) -> str | None:
    """Return why a certificate does not do, if so: for a server of these names, or for a client without names.

    Raises:
        CertificateError: it cannot be read.
    """
    found = _certificates(certificate)[0]
    try:
        found.verify_directly_issued_by(_certificates(ca)[0])
    except (ValueError, TypeError, InvalidSignature):
        return FOREIGN
    if found.not_valid_after_utc <= now:
        return f"it was valid until {found.not_valid_after_utc:%Y-%m-%d}"
    held = _alternatives(found)
    missing = [name for name in of if _name(name) not in held]
    return f"it does not name {', '.join(missing)}" if missing else None


def _leaf(
    subject: str,
    purpose: x509.ObjectIdentifier,
    more: Sequence[x509.ExtensionType],
    ca: bytes,
    ca_key: bytes,
    now: datetime,
    days: int,
) -> tuple[bytes, bytes]:
    signer, top = _key(ca_key), _certificates(ca)[0]
    key = ec.generate_private_key(ec.SECP256R1())
    last = min(now - _EARLIER + timedelta(days=days), top.not_valid_after_utc)
    builder = _builder(subject, read(ca)[0].user, key.public_key(), now, last)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs=False), critical=True)
    for extension in (x509.ExtendedKeyUsage([purpose]), *more):
        builder = builder.add_extension(extension, critical=False)
    return _signed(builder, key, signer), _pem(key)


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePublicKey, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_common(subject))
        .issuer_name(_common(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey) -> bytes:
    if by is not key:
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
        builder = builder.add_extension(signer, critical=False)
    return builder.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        pass
    if not _HOST.fullmatch(name):
        raise CertificateError(f"{name} is no host name: letters without accents (xn--...), digits, hyphens and dots")
    return x509.DNSName(name)


def _common(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(_COMMON, name[:64])])  # ub-common-name of RFC 5280


def _alternatives(certificate: x509.Certificate) -> list[x509.GeneralName]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []


def _certificates(pems: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pems)
    except ValueError as error:
        raise CertificateError("it is no certificate in PEM") from error


def _crl(pem: bytes) -> x509.CertificateRevocationList:
    try:
        return x509.load_pem_x509_crl(pem)
    except ValueError as error:
        raise CertificateError("it is no revocation list in PEM") from error


def _key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise CertificateError("the authority's key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateError("the authority's key is not of an elliptic curve")
    return key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
