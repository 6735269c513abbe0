"""The rules of the house: who may import whom, one edge file per library, one job per file.

A rule is a function from the tree to its breaches.
"""

import ast
import functools
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOMS = {  # room: the other rooms that it may import
    "contract": frozenset[str](),
    "agents": frozenset({"contract"}),
    "collector": frozenset({"contract"}),
    "dashboards": frozenset({"contract"}),
    "simulator": frozenset({"contract"}),
    "mangrove": frozenset({"contract", "agents", "collector", "dashboards", "simulator"}),
    "benchmarks": frozenset({"contract", "agents", "collector", "dashboards", "simulator", "tests"}),
    "tests": frozenset({"contract", "agents", "collector", "dashboards", "simulator", "mangrove", "benchmarks"}),
}
WORKSHOPS = {"tests", "benchmarks"}
PRODUCT = ROOMS.keys() - WORKSHOPS
FOLDERS = ROOMS.keys() | {"config", "docs"}
LEFTOVERS = {"__pycache__", "build", "dist"}
CONTRACT_LIBRARIES = {
    "pydantic",
    "pydantic_core",
    "yaml",
    "zstandard",
    "paho",
    "prometheus_client",
}  # pydantic's error types are in its core
LONGEST = 250
JUDGE = "mangrove/sim_score.py"


@dataclass(frozen=True)
class Edge:
    """A library that one file of `rooms` talks to, and that nobody else imports; `file` names it when it is settled."""

    library: str
    rooms: frozenset[str] = frozenset(PRODUCT)
    file: str = ""


EDGES = (
    Edge("paho", file="contract/mqtt.py"),
    Edge("prometheus_client", file="contract/prometheus.py"),
    Edge("apprise", file="collector/oncall/notifier.py"),
    Edge("duckdb"),
    Edge("influxdb_client"),
    Edge("grafana_api", file="dashboards/push.py"),
    Edge("sqlite3", rooms=frozenset({"collector"})),
    Edge("cryptography", rooms=frozenset({"mangrove"}), file="mangrove/certificates.py"),
    Edge("cryptography", rooms=frozenset({"agents"}), file="agents/snmp/usm/privacy.py"),
    Edge("cryptography", rooms=frozenset({"simulator"}), file="simulator/snmp/privacy.py"),
)

Tree = Mapping[str, str]  # path: text


def tree(root: Path) -> dict[str, str]:
    """Path and text of every file of the checkout that is text of ours; other files have no text here."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") if path.suffix in {".py", ".md"} else ""
        for path in _files(root)
    }


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in LEFTOVERS or path.suffix == ".egg-info":
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


@functools.cache  # four rules ask of the same thousand files
def imported(source: str, room: str) -> frozenset[str]:
    """The top-level names that a file of `room` imports, wherever in the file. Raises SyntaxError."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=aliases):
                names |= {alias.name for alias in aliases}
            case ast.ImportFrom(level=0, module=str(module)):
                names.add(module)
            case ast.ImportFrom():
                names.add(room)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                names.add(module)
    return frozenset(name.partition(".")[0] for name in names)


def _room(path: str) -> str:
    return path.partition("/")[0]


def _imports(files: Tree) -> Iterator[tuple[str, str, str]]:
    """File, its room, and a name that it imports."""
    for path, text in files.items():
        if path.endswith(".py") and (room := _room(path)) in ROOMS:
            yield from ((path, room, name) for name in sorted(imported(text, room)))


def imports_go_down(files: Tree) -> list[str]:
    """No room imports a room that it may not."""
    return [
        f"{path} imports {name}"
        for path, room, name in _imports(files)
        if name in ROOMS and name != room and name not in ROOMS[room]
    ]


def contract_needs_little(files: Tree) -> list[str]:
    """Every agent carries the contract, so it stands on the standard library and five others."""
    allowed = CONTRACT_LIBRARIES | sys.stdlib_module_names | ROOMS.keys()
    return [
        f"{path} imports {name}" for path, room, name in _imports(files) if room == "contract" and name not in allowed
    ]


def only_the_judge_reads_the_truth(files: Tree) -> list[str]:
    """Nothing of the product reads what the simulator knows to be true, but the one file that keeps the score."""
    return [
        f"{path} reads the truth"
        for path, text in files.items()
        if path.endswith(".py")
        and _room(path) in PRODUCT - {"simulator"}
        and path != JUDGE
        and re.search(r"simulator(\.|\s+import\s.*)(truth|score)\b", text)
    ]


def edges_are_single(files: Tree, edges: tuple[Edge, ...] = EDGES) -> list[str]:
    """One product file per edge library, where that file is settled the settled one."""
    breaches, found = [], list(_imports(files))
    for edge in edges:
        users = [path for path, room, name in found if name == edge.library and room in edge.rooms]
        if edge.file:
            breaches += [f"{path} imports {edge.library}, not only {edge.file}" for path in users if path != edge.file]
        elif len(users) > 1:
            breaches.append(f"{', '.join(users)} all import {edge.library}")
    return breaches


def folders_are_known(files: Tree) -> list[str]:
    """Every top-level folder is a room that DESIGN knows."""
    return sorted({f"unknown folder {_room(path)}" for path in files if "/" in path and _room(path) not in FOLDERS})


def python_is_in_rooms(files: Tree) -> list[str]:
    """Configuration and documents are data, and no Python lies about at the top."""
    return [f"{path} is Python" for path in files if path.endswith(".py") and _room(path) not in ROOMS]


def product_files_are_short(files: Tree) -> list[str]:
    """No product file goes over the length at which one thinks twice."""
    return [
        f"{path} has {length} lines"
        for path, text in files.items()
        if path.endswith(".py") and _room(path) in PRODUCT and (length := len(text.splitlines())) > LONGEST
    ]


def no_package_in_tests(files: Tree) -> list[str]:
    """`--import-mode=importlib` needs none, and a package would hide two tests of one name."""
    return [f"{path} exists" for path in files if path.startswith("tests/") and path.endswith("/__init__.py")]


def readmes_name_the_commands(files: Tree) -> list[str]:
    """Both languages show the way to the demo and the tests."""
    return [
        f"{path} does not name `{command}`"
        for path in ("README.md", "README.vi.md")
        for command in ("make demo", "make test")
        if command not in files.get(path, "")
    ]


Rule = Callable[[Tree], list[str]]
RULES: tuple[Rule, ...] = (
    imports_go_down,
    contract_needs_little,
    only_the_judge_reads_the_truth,
    edges_are_single,
    folders_are_known,
    python_is_in_rooms,
    product_files_are_short,
    no_package_in_tests,
    readmes_name_the_commands,
)
