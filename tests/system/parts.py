"""Our own processes as servers of a test: real commands with real files, killed and started like any other."""

import sys
from pathlib import Path

import yaml
from servers.find import Program
from servers.process import Server

from collector.config import SOCKET
from contract.control import ControlError, ask

ROOT = Path(__file__).parents[2]


class Ours(Server):
    """A Python program of ours, ready when `ready` is in what it has printed since its last start."""

    def __init__(self, directory: Path, name: str, arguments: list[str], ready: str) -> None:
        directory = directory / name
        directory.mkdir(parents=True, exist_ok=True)
        self._ready, self._from = ready, 0
        super().__init__(Program(Path(sys.executable), {}), arguments, directory, {"PYTHONPATH": str(ROOT)})

    def start(self) -> None:
        """As `Server.start`."""
        self._from = len(self.log())
        super().start()

    def is_ready(self) -> bool:
        """Whether it has said so."""
        return self._ready in self.log()[self._from :]


class CollectorProcess(Ours):
    """`mangrove collector`; ready when its control socket answers."""

    def __init__(self, directory: Path, config: dict[str, object]) -> None:
        self.config_path = directory / "collector.yaml"
        self.data = directory / "collector-data"
        write_yaml(self.config_path, config | {"data": str(self.data)})
        super().__init__(directory, "collector", ["-m", "mangrove", "collector", "-c", str(self.config_path)], "")

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            self.stats()
        except ControlError:
            return False
        return True

    def stats(self) -> dict[str, object]:
        """Return what it knows. Raises ControlError when it does not answer."""
        answer = ask(self.data / SOCKET, "stats")
        assert isinstance(answer, dict)
        return answer


class AgentProcess(Ours):
    """`mangrove agent`; ready when its spool is open."""

    def __init__(self, directory: Path, config: dict[str, object], *more: str) -> None:
        name = str(config["id"])
        self.data = directory / f"{name}-data"
        self.archive = directory / f"{name}-archive"
        self.spool = self.data / "spool"
        self.config_path = directory / f"{name}.yaml"
        bounds = {"segment_mib": 0.05, "age_s": 1, "archive": str(self.archive)}
        write_yaml(self.config_path, {"spool": bounds} | config | {"data": str(self.data)})
        super().__init__(directory, name, ["-m", "mangrove", "agent", "-c", str(self.config_path), *more], "")

    def is_ready(self) -> bool:
        """Whether the spool is there."""
        return (self.spool / "boot").exists()


def write_yaml(path: Path, value: object) -> None:
    """Write a configuration file."""
    path.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")


def secret(path: Path, text: str) -> Path:
    """Write a secret as it should be: for its owner only."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
    return path


def offline_collector(folder: Path) -> None:
    """Write the file of a collector that only commands look at: nothing runs where it points."""
    write_yaml(
        folder / "collector.yaml",
        {
            "id": "test",
            "broker": {"host": "127.0.0.1"},
            "data": "data",
            "inventory": "inventory.yaml",
            "catalog": str(ROOT / "config" / "catalog.yaml"),
            "profiles": str(ROOT / "config" / "profiles"),
            "store": {"kind": "embedded"},
        },
    )
