"""Certificates for a deployment: an authority of its own, and what it signs for servers. The one file of the product
that makes certificates with `cryptography`.

Keys are of P-256, certificates those of RFC 5280 with what strict clients ask for (§4.2.1.1 to §4.2.1.12).
An authority is valid for ten years, a server for 825 days, the most that some browsers take.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3652
SERVER_DAYS = 825
SOON = timedelta(days=30)
_EARLIER = timedelta(hours=1)  # for hosts whose clock is behind
_HOST = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9_.-]*")


class CertificateError(Exception):
    """A certificate or key that cannot be used; the text says why."""


def authority(name: str, now: datetime) -> tuple[bytes, bytes]:
    """Return certificate and key of a new authority, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name, name, key.public_key(), now, AUTHORITY_DAYS).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    return _signed(builder.add_extension(_usage(signs=True), critical=True), key, key), _pem(key)


def server(names: Sequence[str], ca: bytes, ca_key: bytes, now: datetime) -> tuple[bytes, bytes]:
    """Return certificate and key, as PEM, of a server with these host names and addresses, the first one its subject.

    Raises:
        CertificateError: a name is none, or the authority's files cannot be used.
    """
    signer = _key(ca_key)
    subject = _certificate(ca).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(names[0], str(subject), key.public_key(), now, SERVER_DAYS)
    for extension, critical in (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(signs=False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName([_name(name) for name in names]), False),
    ):
        builder = builder.add_extension(extension, critical=critical)
    return _signed(builder, key, signer), _pem(key)


def problem(certificate: bytes, names: Sequence[str], ca: bytes, now: datetime) -> str | None:
    """Return why a server's certificate does not do, if so.

    Raises:
        CertificateError: it cannot be read.
    """
    found = _certificate(certificate)
    try:
        found.verify_directly_issued_by(_certificate(ca))
    except (ValueError, TypeError, InvalidSignature):
        return "it is not of this authority"
    if found.not_valid_after_utc <= now:
        return f"it was valid until {found.not_valid_after_utc:%Y-%m-%d}"
    held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    missing = [name for name in names if _name(name) not in held]
    return f"it does not name {', '.join(missing)}" if missing else None


def ends_soon(certificate: bytes, now: datetime) -> datetime | None:
    """Return when a certificate ends, if that is within 30 days.

    Raises:
        CertificateError: it cannot be read.
    """
    end = _certificate(certificate).not_valid_after_utc
    return end if end - now < SOON else None


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_common(subject))
        .issuer_name(_common(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now - _EARLIER + timedelta(days=days))
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
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])  # ub-common-name of RFC 5280


def _certificate(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise CertificateError("it is no certificate in PEM") from error


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
