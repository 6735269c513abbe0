"""The dashboards as built from what is shipped, and the generated hour in a real InfluxDB."""

from pathlib import Path

import pytest
from dashboards.hour import END_MS, HOUR_S, Hour
from servers.influxdb import InfluxDb

from contract.catalog import Catalog, load_catalog
from contract.words import Words, load_words
from dashboards.asking import Range
from dashboards.build import Built, build

CONFIG = Path(__file__).parents[2] / "config"
DATABASE = "generated_hour"


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The shipped one."""
    return load_catalog(CONFIG / "catalog.yaml")


@pytest.fixture(scope="session")
def table() -> Words:
    """The shipped words."""
    return load_words(CONFIG / "words.yaml")


@pytest.fixture(scope="session")
def built(table: Words, catalog: Catalog) -> list[Built]:
    """Every dashboard in every language."""
    return build(table, catalog)


@pytest.fixture(scope="session")
def hour(shared_influxdb: InfluxDb) -> Hour:
    """The hour, written into DATABASE."""
    made = Hour()
    shared_influxdb.create_database(DATABASE)
    shared_influxdb.write(made.lines(), database=DATABASE)
    return made


@pytest.fixture
def whole() -> Range:
    """The whole hour in steps of two minutes; rows of its very end belong to the next."""
    return Range(END_MS - HOUR_S * 1000, END_MS - 1, 120)
