"""The simulator's command line."""

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from pathlib import Path

from pydantic import SecretStr

from contract.broker import BrokerConfig, Tls
from contract.secret import SecretSource
from simulator.clock import START, VIET_NAM
from simulator.pm.oss import PERIOD_S
from simulator.sample.credentials import COMMUNITY


def parse(arguments: Sequence[str] | None) -> Namespace:
    """Return the options. What is wrong with them is printed, and ends the process with exit code 2."""
    parser = ArgumentParser(
        prog="python -m simulator.app",
        description="A simulated province: devices that answer SNMP, and sensors that speak MQTT.",
    )
    add = parser.add_argument
    add("--inventory", type=Path, required=True, metavar="FILE", help="devices and sensors, YAML or JSON")
    add("--seed", type=int, default=0, help="the same seed, the same values and faults")
    add("--quiet-sky", action="store_true", help="no faults but those on command")
    add("--story", action=BooleanOptionalAction, default=True, help="a mains cut, then a dead backbone router")
    add("--hurry", type=_positive, default=1.0, metavar="FACTOR", help="times as many faults by chance as in life")
    add("--speed", type=_positive, default=1.0, metavar="FACTOR", help="simulated seconds in each second")
    add("--from", dest="start", type=_time, default=START, metavar="TIME", help="when it begins there, ISO 8601")
    add("--control", type=Path, metavar="SOCKET", help="listen there for mangrove sim break, mend and state")
    add("--community", default=COMMUNITY)
    add("--loss", type=float, default=0.0, metavar="SHARE", help="share of responses lost, 0 to 1")
    add("--delay", type=float, default=0.0, metavar="SECONDS", help="delay of each response")
    add("--broker", type=_address, metavar="HOST[:PORT]", help="where the sensors speak; without it they are silent")
    add("--trap", type=_agent, action="append", metavar="AGENT=HOST[:PORT]", help="its devices send traps there")
    add("--pm", type=_folder, action="append", metavar="AGENT=FOLDER", help="files of its cells' counters go there")
    add("--pm-period", type=_positive, default=PERIOD_S, metavar="SECONDS", help="of those files")
    add("--user", help="at the broker")
    add("--password-file", type=Path, metavar="FILE", help="the password of --user")
    add("--ca", type=Path, metavar="FILE", help="speak TLS with the broker, whose certificate this one vouches for")
    add("--cert", type=Path, metavar="FILE", help="our own certificate for the broker; needs --ca")
    add("--key", type=Path, metavar="FILE", help="the key of --cert")
    add("--truth", type=Path, metavar="FILE", help="write each change of state as it comes to pass, one JSON a line")
    options = parser.parse_args(arguments)
    if options.password_file and not options.user:
        parser.error("--password-file needs --user")
    if not options.broker and (options.user or options.ca):
        parser.error("--user and --ca need --broker")
    if (options.cert and not options.ca) or (options.key and not options.cert):
        parser.error("--key needs --cert, and --cert needs --ca")
    return options


def broker(options: Namespace) -> tuple[BrokerConfig | None, SecretStr | None]:
    """Return how to reach the broker, if there is one, and the password.

    Raises:
        SecretError: the password cannot be had.
    """
    if not options.broker:
        return None, None
    host, port = options.broker
    config = BrokerConfig(
        host=host,
        port=port,
        tls=Tls(ca_file=options.ca, cert_file=options.cert, key_file=options.key) if options.ca else None,
        user=options.user,
        password=SecretSource(file=options.password_file) if options.password_file else None,
    )
    return config, config.secret(Path())


def _agent(text: str) -> tuple[str, tuple[str, int]]:
    """Read AGENT=HOST or AGENT=HOST:PORT."""
    agent, equals, address = text.partition("=")
    if not (agent and equals):
        raise ArgumentTypeError(f"{text} is not AGENT=HOST:PORT, such as agent-a=127.0.0.1:162")
    return agent, _address(address, "162")


def _folder(text: str) -> tuple[str, Path]:
    """Read AGENT=FOLDER."""
    agent, _, folder = text.partition("=")
    if not (agent and folder):
        raise ArgumentTypeError(f"{text} is not AGENT=FOLDER")
    return agent, Path(folder)


def _address(text: str, usual: str = "1883") -> tuple[str, int]:
    """Read HOST, HOST:PORT, or [IPv6]:PORT."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, usual
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65_535):
        raise ArgumentTypeError(f"{text} is not HOST:PORT, such as 127.0.0.1:{usual}")
    return host, int(port)


def _time(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no time, such as 2025-10-20T17:00+07:00") from None
    return (at if at.tzinfo else at.replace(tzinfo=VIET_NAM)).timestamp()


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not (isfinite(value) and value > 0):
        raise ArgumentTypeError(f"{text} is not a number above 0")
    return value
