"""Logins of a test: those that `mangrove secrets` and `enroll` gave out, and those that nobody should have."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mangrove import certificates


def login(deployment: Path, user: str) -> ssl.SSLContext:
    """How a user of the deployment comes in."""
    folder = deployment / "clients" / user
    return context(deployment, folder / "client.crt", folder / "client.key")


def context(deployment: Path, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """TLS that trusts the deployment's broker, with this certificate."""
    made = ssl.create_default_context(cafile=str(deployment / "certificates" / "ca.crt"))
    if certificate is not None:
        made.load_cert_chain(certificate, key)
    return made


def signed(deployment: Path, folder: Path, user: str, *, ended: bool = False, foreign: bool = False) -> ssl.SSLContext:
    """A certificate for any name, signed by the deployment's authority as if by mistake, or by a foreign one with that
    authority's name."""
    now = datetime.now(UTC) - timedelta(days=2 if ended else 0)
    ca, ca_key = ((deployment / "certificates" / f"ca.{end}").read_bytes() for end in ("crt", "key"))
    if foreign:
        name = x509.load_pem_x509_certificate(ca).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        ca, ca_key = certificates.authority(str(name), now)
    return _written(deployment, folder, *certificates.client(user, ca, ca_key, now, 1))


def self_signed(deployment: Path, folder: Path, user: str) -> ssl.SSLContext:
    """A certificate that vouches for itself."""
    return _written(deployment, folder, *certificates.authority(user, datetime.now(UTC)))


def nameless(deployment: Path, folder: Path) -> ssl.SSLContext:
    """A certificate of the deployment's authority whose subject has an organisation and no common name."""
    ca, ca_key = ((deployment / "certificates" / f"ca.{end}").read_bytes() for end in ("crt", "key"))
    signer = serialization.load_pem_private_key(ca_key, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "tram-a")]))
        .issuer_name(x509.load_pem_x509_certificate(ca).subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(signer, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return _written(deployment, folder, made.public_bytes(serialization.Encoding.PEM), secret)


def _written(deployment: Path, folder: Path, certificate: bytes, key: bytes) -> ssl.SSLContext:
    (folder / "x.crt").write_bytes(certificate)
    (folder / "x.key").write_bytes(key)
    return context(deployment, folder / "x.crt", folder / "x.key")
