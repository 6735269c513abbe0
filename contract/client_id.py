"""The id by which a client is known at the broker."""

import hashlib

from pydantic import SecretStr

from contract.broker import BrokerConfig


def client_id(name: str, broker: BrokerConfig, password: SecretStr | None) -> str:
    """Return `name` with what only one who holds our key or password can work out: whoever connects with the id of
    another ends the other's connection (MQTT 3.1.1 §3.1.4), and the broker's ACL does not guard ids. Two processes with
    one key still have one id.

    Raises:
        OSError: the key cannot be read.
    """
    key = broker.tls and (broker.tls.key_file or broker.tls.cert_file)
    secret = key.read_bytes() if key else password.get_secret_value().encode() if password else b""
    return f"{name}-{hashlib.sha256(name.encode() + b'/' + secret).hexdigest()[:16]}" if secret else name
