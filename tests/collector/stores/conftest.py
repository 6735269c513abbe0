"""A small catalog for the tests of the stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.embedded import EmbeddedStore
from contract.catalog import Catalog

_TEXT = {"en": "-", "vi": "-"}


def _catalog(*extra: str) -> Catalog:
    gauges = {name: {**_TEXT, "kind": "gauge"} for name in ("in_bps", "out_bps", *extra)}
    state = {**_TEXT, "kind": "state", "values": {1: "up", 2: "down"}}
    interface = {**_TEXT, "tags": {"if_name": _TEXT}, "fields": {**gauges, "oper_status": state}}
    octets = {"octets": {**_TEXT, "kind": "delta", "unit": "By"}}
    return Catalog.model_validate(
        {"measurements": {"interface": interface, "traffic": {**_TEXT, "fields": octets}}}, strict=False
    )


@pytest.fixture
def catalog() -> Catalog:
    """`interface` (tag if_name; gauges in_bps and out_bps, state oper_status) and `traffic` (delta octets)."""
    return _catalog()


@pytest.fixture
def grown_catalog() -> Catalog:
    """As `catalog`, and the gauge errors_per_s on `interface`."""
    return _catalog("errors_per_s")


@pytest.fixture
def store(tmp_path: Path, catalog: Catalog) -> Iterator[EmbeddedStore]:
    """An embedded store of this test's own."""
    made = EmbeddedStore(tmp_path / "store", catalog)
    yield made
    made.close()
