"""TLS for the connection to the broker."""

import ssl

from contract.broker import Tls
from contract.secret import refuse_public


class _Socket(ssl.SSLSocket):
    """Closes itself when the handshake fails: paho loses it then, and with it a descriptor."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def context(tls: Tls) -> ssl.SSLContext:
    """Return what the files say now: read anew at each attempt to connect, so that a renewed certificate needs no
    restart.

    Raises:
        OSError: a file cannot be used; the text names it.
        SecretError: everyone may read the key.
    """
    try:
        made = ssl.create_default_context(cafile=str(tls.ca_file) if tls.ca_file else None)
    except OSError as error:
        raise OSError(f"the CA file {tls.ca_file} cannot be used: {error}") from error
    made.sslsocket_class = _Socket
    if tls.cert_file is not None:
        key = tls.key_file or tls.cert_file
        try:
            with key.open("rb") as file:
                refuse_public(file, key)
            made.load_cert_chain(tls.cert_file, key, password="")  # not given, OpenSSL asks the terminal for it
        except OSError as error:
            raise OSError(f"the certificate {tls.cert_file} with key {key} cannot be used: {error}") from error
    return made
