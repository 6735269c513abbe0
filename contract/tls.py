"""TLS for the connection to the broker."""

import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from contract.broker import Tls
from contract.secret import refuse_public


class _Socket(ssl.SSLSocket):
    """Closes itself when the handshake fails: paho loses it then, and with it a descriptor. And notes why the peer ends
    it: in TLS 1.3 a server judges our certificate after our handshake is over (RFC 8446 §4.4.2.4), and paho drops what
    it says."""

    note: Callable[[str], None]

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(buflen, flags)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self._note(error)
            raise

    def send(self, data: Any, flags: int = 0) -> int:
        try:
            return super().send(data, flags)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError:
            with suppress(OSError):  # what the peer said before it closed has come, and nobody will read it
                self.recv(1)
            raise

    def _note(self, error: ssl.SSLError) -> None:
        _, alert, said = (error.reason or "").partition("_ALERT_")
        if alert:
            type(self).note(said.lower().replace("_", " "))


def refusal(alert: str) -> str:
    """Return what an alert of the broker means for us, and what to do."""
    ours = alert == "unknown ca" or "certificate" in alert
    what_to_do = ": mangrove enroll, where the broker's certificates are made, gives out a new one" if ours else ""
    return f"the broker refuses us: {alert}{what_to_do}"


def context(tls: Tls, note: Callable[[str], None] = lambda _: None) -> ssl.SSLContext:
    """Return what the files say now: read anew at each attempt to connect, so that a renewed certificate needs no
    restart. `note` is given the alert (RFC 8446 §6.2) by which the peer ends a connection.

    Raises:
        OSError: a file cannot be used; the text names it.
        SecretError: everyone may read the key.
    """
    try:
        made = ssl.create_default_context(cafile=str(tls.ca_file) if tls.ca_file else None)
    except OSError as error:
        raise OSError(f"the CA file {tls.ca_file} cannot be used: {error}") from error
    made.sslsocket_class = type("_NotingSocket", (_Socket,), {"note": staticmethod(note)})
    if tls.cert_file is not None:
        key = tls.key_file or tls.cert_file
        try:
            with key.open("rb") as file:
                refuse_public(file, key)
            made.load_cert_chain(tls.cert_file, key, password="")  # not given, OpenSSL asks the terminal for it
        except OSError as error:
            raise OSError(f"the certificate {tls.cert_file} with key {key} cannot be used: {error}") from error
    return made
