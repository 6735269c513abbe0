"""`mangrove sample`: a generated province as a folder that an inventory is read from, and that people edit."""

import sys
from pathlib import Path

from contract import inventory_folder
from contract.outlines import FILE, Feature
from contract.outlines import write as write_outlines
from mangrove.words import word
from simulator.sample.facts import communes
from simulator.sample.outlines import outlines
from simulator.sample.province import sample


def write(folder: Path, sites: int, seed: int, interval_s: float, port: int, *, force: bool) -> int:
    """Write the sample into the folder; return the exit code. What is in there already stays unless `force`, with which
    our own files are written over."""
    if folder.exists() and not force and (not folder.is_dir() or any(folder.iterdir())):
        print(word("sample_there", folder=folder), file=sys.stderr)
        return 1
    inventory = sample(sites, seed, interval_s=interval_s, port=port)
    command = f"mangrove sample --sites {sites} --seed {seed} --interval {interval_s:g} --port {port} --into FOLDER"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        inventory_folder.write(inventory, folder, _COMMENT.format(command=command))
        write_outlines(map(Feature.model_validate, outlines(communes().values())), folder / FILE)
    except OSError as error:
        print(f"{folder}: {error.strerror}", file=sys.stderr)
        return 1
    counts = {"sites": len(inventory.sites), "devices": len(inventory.devices), "links": len(inventory.links)}
    print(word("sample_written", folder=folder, **counts))
    return 0


_COMMENT = """A generated sample (mẫu tự sinh), made by `{command}`.
The areas are facts, all else is made up. docs/province.md says what is in it and how to make your own from it."""
