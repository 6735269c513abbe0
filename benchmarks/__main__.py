"""`python -m benchmarks [--json] [NAME ...]`: every module of this folder that has a `main()`, one after another, each
in a process of its own, so that none warms or fills the memory of the next. Prints one JSON object, with or without
`--json`: the figures by module.
"""

import ast
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return the modules that have a `main()`, by name."""
    return sorted(
        path.stem for path in HERE.glob("*.py") if path.stem != "__main__" and has_main(path.read_text("utf-8"))
    )


def has_main(source: str) -> bool:
    """Whether a module defines `main` at its top level."""
    return any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in ast.parse(source).body)


def figures(name: str) -> object:
    """Return what one benchmark prints, or why there is nothing."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    servers = {**os.environ, "PYTHONPATH": str(HERE.parent / "tests")}
    ended = subprocess.run(command, cwd=HERE.parent, env=servers, stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode:
        return {"error": f"it ended with {ended.returncode}"}
    try:
        return json.loads(ended.stdout)
    except ValueError:
        return {"error": "it printed no JSON"}


def lines(name: str, figure: object) -> Iterator[str]:
    """Return a line for each figure, under its dotted name."""
    if isinstance(figure, dict):
        for key, value in figure.items():
            yield from lines(f"{name}.{key}" if name else str(key), value)
    else:
        yield f"{name} {figure}"


def model_name() -> str:
    """Return the CPU's model name (lscpu(1) takes it from the same file)."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()


def main() -> int:
    """Run those named, or all; 1 when one of them failed, 2 when there is none of a name."""
    known = names()
    wanted = [name for name in sys.argv[1:] if name != "--json"] or known
    if unknown := [name for name in wanted if name not in known]:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    found: dict[str, object] = {}
    for name in wanted:
        print(f"{name} ...", file=sys.stderr)
        found[name] = figures(name)
    machine = {"cpu": model_name(), "cores": os.cpu_count(), "python": platform.python_version()}
    report = {"machine": machine, **found}
    print(json.dumps(report, indent=2) if "--json" in sys.argv else "\n".join(lines("", report)))
    return int(any(isinstance(one, dict) and "error" in one for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
