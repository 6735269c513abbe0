"""The alternatives of `simulator`: pysnmp's command responder and net-snmp's snmpd answer one and the same GET.

`python -m benchmarks.simulator_peers PORT NAMES` is pysnmp's: it answers the names in NAMES (JSON) from a dictionary.
snmpd has them as constants (`override`).
"""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp  # type: ignore[import-untyped]
from pysnmp.entity import config, engine  # type: ignore[import-untyped]
from pysnmp.entity.rfc3413 import cmdrsp, context  # type: ignore[import-untyped]
from pysnmp.proto.api import v2c  # type: ignore[import-untyped]
from pysnmp.smi.instrum import AbstractMibInstrumController  # type: ignore[import-untyped]
from servers.find import MissingServerError
from servers.ports import HOST, free_port
from servers.snmpd import Snmpd

from benchmarks.poll_parts import COMMUNITY, cpu_s
from benchmarks.simulator_flood import flood
from simulator.snmp import ber
from simulator.snmp.ber import Oid

SECONDS = 3.0
_LARGE = 2**40 + 12_345  # as counters are


def names_of(request: bytes) -> list[Oid]:
    """Return the names of a GET of version 2c."""
    _, at = ber.decode(request)
    _, stop = ber.expect(request, at, len(request), ber.OCTET_STRING)
    return ber.decode_names(ber.decode_rest(ber.decode_request(request, stop, len(request)).rest).varbinds)


def rates(request: bytes) -> dict[str, Any]:
    """Return responses per CPU-second of each to that request."""
    return {"varbinds": len(names_of(request)), "pysnmp": _pysnmp(request), "snmpd": _snmpd(request)}


def _pysnmp(request: bytes) -> int:
    port = free_port(socket.SOCK_DGRAM)
    command = [sys.executable, "-m", "benchmarks.simulator_peers", str(port), json.dumps(names_of(request))]
    with subprocess.Popen(command) as process:
        try:
            _wait(port, request)
            before = cpu_s(process.pid)
            answered = flood([(HOST, port, request)], SECONDS)
            return int(answered / (cpu_s(process.pid) - before))
        finally:
            process.terminate()


def _wait(port: int, request: bytes) -> None:
    """Ask until there is an answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect((HOST, port))
        client.settimeout(0.2)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                client.send(request)
                client.recv(65_535)
                return
    raise TimeoutError("pysnmp does not answer")


def _snmpd(request: bytes) -> int | str:
    lines = [f"override {'.'.join(map(str, name))} counter64 {_LARGE}" for name in names_of(request)]
    try:
        with tempfile.TemporaryDirectory() as folder, Snmpd(Path(folder), lines=lines) as snmpd:
            before = cpu_s(snmpd.pid)
            answered = flood([(snmpd.host, snmpd.port, request)], SECONDS)
            return int(answered / (cpu_s(snmpd.pid) - before))
    except MissingServerError as error:
        return str(error)


class _Values(AbstractMibInstrumController):  # type: ignore[misc]
    def __init__(self, names: Sequence[Sequence[int]]) -> None:
        self._values = {tuple(name): v2c.Counter64(_LARGE) for name in names}

    def read_variables(self, *varbinds: Any, **_context: Any) -> list[Any]:
        """Return the values."""
        return [(name, self._values[tuple(name)]) for name, _ in varbinds]


async def _serve(port: int, names: Sequence[Sequence[int]]) -> None:
    snmp = engine.SnmpEngine()
    transport = udp.UdpAsyncioTransport().open_server_mode((HOST, port))
    config.add_transport(snmp, udp.DOMAIN_NAME, transport)
    config.add_v1_system(snmp, "all", COMMUNITY)
    config.add_vacm_user(snmp, 2, "all", "noAuthNoPriv", (1, 3))
    known = context.SnmpContext(snmp)
    known.unregister_context_name(b"")
    known.register_context_name(b"", _Values(names))
    cmdrsp.GetCommandResponder(snmp, known)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), json.loads(sys.argv[2])))
