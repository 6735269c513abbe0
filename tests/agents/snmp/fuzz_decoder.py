"""A target for atheris: whatever octets come, each reader returns or raises the errors of its own.

python tests/agents/snmp/fuzz_decoder.py -max_total_time=60
"""

import socket
import sys
from collections.abc import Callable
from typing import Final

import atheris

with atheris.instrument_imports(include=["agents.snmp", "agents.echo"]):
    from agents.echo.packets import NoEchoError, quoted, reply
    from agents.snmp.ber import decode_float
    from agents.snmp.errors import SnmpError
    from agents.snmp.message import Community, message_id
    from agents.snmp.names import Version
    from agents.snmp.usm.security import UserSecurity
    from agents.snmp.usm.user import User

_OF_2C: Final = Community(Version.V2C, b"public")
READERS: tuple[Callable[[bytes], object], ...] = (
    message_id,
    lambda data: _OF_2C.decode(data).response(),
    decode_float,
    lambda data: UserSecurity(User(b"noc")).decode(data).response(),
    lambda data: reply(socket.AF_INET, data, raw=True),
    lambda data: reply(socket.AF_INET6, data, raw=False),
    lambda data: quoted(socket.AF_INET, data),
)
"""Another decoder is one more line here."""


def read(data: bytes) -> None:
    """Give one input to all readers."""
    for reader in READERS:
        try:
            reader(data)
        except (SnmpError, NoEchoError):
            continue
        except BaseException:
            print(f"crashed on {data.hex()}", file=sys.stderr, flush=True)
            raise


def main() -> None:
    """Fuzz as the command line says (libFuzzer's options) until that ends or something crashes."""
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
