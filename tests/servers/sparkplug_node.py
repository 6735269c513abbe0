"""An edge node of Sparkplug B that others have written (pysparkplug), as a process of its own."""

import sys
from pathlib import Path

from servers.find import MissingServerError, Program
from servers.process import Server

PACKAGES = Path(__file__).resolve().parents[2] / ".servers" / "sparkplug"


def packages() -> str:
    """Where its packages are. Raises MissingServerError."""
    if not (PACKAGES / "pysparkplug").is_dir():
        raise MissingServerError("pysparkplug is not on this machine: run `make servers`")
    return str(PACKAGES)


class SparkplugNode(Server):
    """A node on a broker of this machine: see `sparkplug_program.py`; a quiet one says its births only. Ready as soon
    as it runs. Raises MissingServerError."""

    def __init__(
        self, directory: Path, port: int, group: str = "ca-mau", name: str = "nam-can-01", *, quiet: bool = False
    ) -> None:
        directory = directory / f"sparkplug-{name}"
        directory.mkdir(parents=True)
        program = Program(Path(sys.executable), {"PYTHONPATH": packages()})
        script = Path(__file__).with_name("sparkplug_program.py")
        super().__init__(
            program, [str(script), "127.0.0.1", str(port), group, name, "quiet" if quiet else ""], directory, {}
        )

    def is_ready(self) -> bool:
        return self.is_running
