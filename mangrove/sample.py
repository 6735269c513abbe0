"""`mangrove sample`: a generated province as a folder that an inventory is read from, and that people edit."""

import sys
from pathlib import Path

from contract.inventory_folder import write as write_inventory
from contract.outlines import write as write_outlines

from mangrove.words import word
from simulator.sample.facts import communes
from simulator.sample.outlines import outlines
from simulator.sample.province import sample

OUTLINES = "outlines.geojson"


def write(folder: Path, sites: int, seed: int, interval_s: float, port: int, *, force: bool) -> int:
    """Write the sample into the folder; return the exit code. What is in there already stays unless `force`, with which
    files of the same names are overwritten."""
    if folder.exists() and not force and (not folder.is_dir() or any(folder.iterdir())):
        print(word("sample_there", folder=folder), file=sys.stderr)
        return 1
    inventory = sample(sites, seed, interval_s=interval_s, port=port)
    folder.mkdir(parents=True, exist_ok=True)
    write_inventory(inventory, folder)
    main = folder / "inventory.yaml"
    main.write_text(_header(sites, seed, interval_s, port) + main.read_text(encoding="utf-8"), encoding="utf-8")
    write_outlines(folder / OUTLINES, outlines(communes().values()))
    counts = {"sites": len(inventory.sites), "devices": len(inventory.devices), "links": len(inventory.links)}
    print(word("sample_written", folder=folder, **counts))
    return 0


def _header(sites: int, seed: int, interval_s: float, port: int) -> str:
    command = f"mangrove sample --sites {sites} --seed {seed} --interval {interval_s:g} --port {port}"
    return (
        f"# A generated sample (mẫu tự sinh), made by `{command} --into FOLDER`.\n"
        "# Areas are facts, all else is made up. docs/province.md says how to make your own from it.\n"
    )
