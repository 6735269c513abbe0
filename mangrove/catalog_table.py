"""`mangrove catalog`: the catalog as a page for people, in both languages. `docs/catalog.md` is its output."""

from collections.abc import Iterator
from pathlib import Path

from contract.catalog import ENRICHED_TAGS, Catalog, FieldSpec, Measurement, load_catalog
from mangrove.shipped import shipped_config

HEAD = """\
# The catalog / Danh mục số đo

Made by `mangrove catalog` from `config/catalog.yaml`; edit that file, not this page.
Trang này do lệnh `mangrove catalog` tạo ra; hãy sửa tệp nguồn, không sửa trang này.

A gauge is stored as a float, a state and a delta as an integer. Units are UCUM. Every point also has those of the tags
{tags} that the inventory gives it."""
COLUMNS = ("name", "kind", "unit", "meaning", "ý nghĩa", "values")


def show(path: Path | None) -> None:
    """Print the page of a catalog, ours when no path is given.

    Raises:
        ConfigError: the catalog cannot be read.
    """
    print(page(load_catalog(path or shipped_config() / "catalog.yaml")), end="")


def page(catalog: Catalog) -> str:
    """Return the page as Markdown."""
    tags = ", ".join(f"`{tag}`" for tag in ENRICHED_TAGS)
    parts = [HEAD.format(tags=tags), *(_section(name, spec) for name, spec in catalog.measurements.items())]
    return "\n\n".join(parts) + "\n"


def _section(name: str, spec: Measurement) -> str:
    rows = [COLUMNS, ("---",) * len(COLUMNS), *_rows(spec)]
    table = "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)
    return f"## `{name}`\n\n{spec.en} / {spec.vi}\n\n{table}"


def _rows(spec: Measurement) -> Iterator[tuple[str, ...]]:
    for name, tag in spec.tags.items():
        yield f"`{name}`", "tag", "", tag.en, tag.vi, ""
    for name, field in spec.fields.items():
        yield f"`{name}`", field.kind, field.unit, field.en, field.vi, _values(field)


def _values(field: FieldSpec) -> str:
    return ", ".join(f"{number} {meaning}" for number, meaning in field.values.items())


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())
