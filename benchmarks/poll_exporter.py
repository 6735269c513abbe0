"""Prometheus's snmp_exporter, as one of the alternatives of `poll`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from servers import web
from servers.find import find
from servers.ports import free_port
from servers.process import Server

from benchmarks.poll_parts import cpu_s


class Exporter(Server):
    """It walks `columns`, one metric each, with `security` as in its snmp.yml. Raises MissingServerError."""

    def __init__(self, directory: Path, columns: Sequence[str], security: Mapping[str, object]) -> None:
        self.port = free_port()
        metrics = [
            {
                "name": f"m{place}",
                "oid": column,
                "type": "gauge",
                "help": "-",
                "indexes": [{"labelname": "ifIndex", "type": "gauge"}],
            }
            for place, column in enumerate(columns)
        ]
        file = directory / "snmp.yml"
        module = {"walk": list(columns), "metrics": metrics, "max_repetitions": 25, **security}
        file.write_text(yaml.safe_dump({"bench": module}), encoding="utf-8")
        arguments = [f"--config.file={file}", f"--web.listen-address=127.0.0.1:{self.port}"]
        super().__init__(find("prometheus-snmp-exporter"), arguments, directory, {})

    def is_ready(self) -> bool:
        try:
            return web.request(self.port, "GET", "/", timeout=1)[0] == 200
        except OSError:
            return False

    def scrape(self, host: str, port: int) -> int:
        """Have it poll a device; return how many values came."""
        _, page = web.request(self.port, "GET", "/snmp", {"target": f"{host}:{port}", "module": "bench"})
        return page.count(b"\nm")

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used."""
        return cpu_s(self.pid)
