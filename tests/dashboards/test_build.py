"""The committed files are what the code makes, in both languages, for Grafana 9.3 and a network without internet."""

import configparser
import itertools
import json
import re
from typing import Any

import pytest
import yaml
from dashboards.conftest import CONFIG

from contract.catalog import Catalog
from contract.words import Words
from dashboards import ioc, uptime
from dashboards.build import LANGUAGES, Built, build
from dashboards.commune_map import background
from dashboards.panel import NO_DATA, Column
from dashboards.terms import GRAFANA_UNITS, Terms, grafana_unit

GRAFANA = CONFIG / "grafana"
OLD_PANELS = {"stat", "table", "timeseries", "state-timeline", "geomap"}  # all in Grafana 9.3


def drawn(built: list[Built]) -> list[dict[str, Any]]:
    """The dashboards as JSON."""
    return [json.loads(one.text) for one in built]


def panels(built: list[Built]) -> list[dict[str, Any]]:
    """All panels as JSON."""
    return [panel for board in drawn(built) for panel in board["panels"]]


def test_the_committed_files_are_what_the_code_makes(built: list[Built]) -> None:
    there = {path.relative_to(GRAFANA).as_posix(): path.read_text() for path in GRAFANA.glob("dashboards/*/*.json")}
    assert there == {one.path: one.text for one in built}, "run `mangrove dashboards build`"


def test_the_same_input_makes_the_same_bytes(built: list[Built], table: Words, catalog: Catalog) -> None:
    assert [one.text for one in build(table, catalog)] == [one.text for one in built]


def test_both_languages_have_the_same_panels_and_queries(built: list[Built]) -> None:
    texts: dict[str, dict[str, list[Any]]] = {}
    for one in built:
        board = json.loads(one.text)
        parts = [(panel["type"], panel["gridPos"], panel["targets"]) for panel in board["panels"]]
        texts.setdefault(one.board.slug, {})[one.language] = parts
    assert all(by["vi"] == by["en"] for by in texts.values())
    assert {frozenset(by) for by in texts.values()} == {frozenset(LANGUAGES)}


def test_no_title_is_left_in_the_other_language(built: list[Built]) -> None:
    titles = {one.uid: [panel["title"] for panel in json.loads(one.text)["panels"]] for one in built}
    for slug in ("ioc", "uptime"):
        pairs = zip(titles[f"mangrove-{slug}-vi"], titles[f"mangrove-{slug}-en"], strict=True)
        assert [vi for vi, en in pairs if vi == en] == []


def test_only_what_grafana_9_3_has_is_used(built: list[Built]) -> None:
    assert {panel["type"] for panel in panels(built)} == OLD_PANELS
    assert {board["schemaVersion"] for board in drawn(built)} == {37}


def test_uids_fit_and_ids_differ(built: list[Built]) -> None:
    uids = [one.uid for one in built]
    assert len(set(uids)) == len(uids)
    assert all(len(uid) <= 40 for uid in uids)
    for board in drawn(built):
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)


def test_panels_do_not_overlap_and_the_wall_is_one_screen(built: list[Built]) -> None:
    for board in drawn(built):
        for one, other in itertools.combinations([panel["gridPos"] for panel in board["panels"]], 2):
            apart = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            assert apart or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])
    wall = next(board for board in drawn(built) if board["uid"] == "mangrove-ioc-vi")
    cells = sum(panel["gridPos"]["w"] * panel["gridPos"]["h"] for panel in wall["panels"])
    assert max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in wall["panels"]) == 28
    assert cells == 24 * 28


def test_no_data_looks_like_no_number_does(built: list[Built]) -> None:
    for panel in panels(built):
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["thresholds"]["steps"][0] == {"color": NO_DATA, "value": None}
        assert NO_DATA not in [step["color"] for step in defaults["thresholds"]["steps"][1:]]
        assert defaults["noValue"] in {"MẤT SỐ LIỆU", "NO DATA"}


def test_zero_has_a_step_of_its_own_on_every_big_number(built: list[Built]) -> None:
    for panel in panels(built):
        steps = [panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
        for override in panel["fieldConfig"]["overrides"]:
            steps += [one["value"]["steps"] for one in override["properties"] if one["id"] == "thresholds"]
        if panel["type"] == "stat":
            assert all(any(step["value"] == 0 for step in one) for one in steps)


def test_every_unit_of_the_catalog_is_known(catalog: Catalog) -> None:
    used = {field.unit for spec in catalog.measurements.values() for field in spec.fields.values()}
    assert used <= GRAFANA_UNITS.keys()


def test_every_number_has_a_sense_and_its_unit_is_drawn(built: list[Built]) -> None:
    texts = {"title", "technology", "level", "device", "if_name"}
    for one in built:
        for panel in one.board.panels:
            columns: list[Column] = [column for query in panel.queries for column in query.columns]
            assert all((column.sense is None) == (column.name in texts) for column in columns)
            units = {column.unit or grafana_unit(column.sense) for column in columns if column.sense}
            if panel.drawn.type_val != "state-timeline":
                text = json.dumps(panel.drawn.field_config, default=lambda part: part.to_json())
                states = {"none"}
                assert all(f'"{unit}"' in text for unit in units - states)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_a_name_and_a_colour_of_its_own(language: str, table: Words, catalog: Catalog) -> None:
    terms = Terms(table, catalog, "vi" if language == "vi" else "en")
    for measurement, states in (("status", uptime.site_states(terms)), ("service", ioc.service_states(terms))):
        assert states.keys() == catalog.field(measurement, "status").values.keys()
        assert len({state.colour for state in states.values()}) == len(states)
        assert len({state.text for state in states.values()}) == len(states)


def test_nothing_is_asked_from_the_internet(built: list[Built]) -> None:
    assert [one.uid for one in built if re.search(r"https?:|//", one.text)] == []
    maps = [panel for panel in panels(built) if panel["type"] == "geomap"]
    assert {panel["options"]["basemap"]["type"] for panel in maps} == {"geojson"}


def test_every_map_of_our_grafana_has_the_local_background() -> None:
    ini = configparser.RawConfigParser(comment_prefixes=(";",), inline_comment_prefixes=None)
    ini.read_string((GRAFANA / "grafana.ini").read_text())
    assert not ini.getboolean("geomap", "enable_custom_baselayers")
    assert json.loads(ini.get("geomap", "default_baselayer_config").strip("`")) == background().to_json()
    assert json.loads((GRAFANA / "maps" / "mangrove.geojson").read_text())["type"] == "FeatureCollection"
    home = ini.get("dashboards", "default_home_dashboard_path").removeprefix("/etc/grafana/")
    assert (GRAFANA / home).is_file()


def test_what_is_provisioned_is_what_the_dashboards_name(built: list[Built]) -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/mangrove.yaml").read_text())["datasources"]
    used = {(panel["datasource"]["type"], panel["datasource"]["uid"]) for panel in panels(built)}
    assert used == {(source["type"], source["uid"])}
    providers = yaml.safe_load((GRAFANA / "provisioning/dashboards/mangrove.yaml").read_text())["providers"]
    places = {(one["folderUid"], one["folder"], one["options"]["path"]) for one in providers}
    wanted = {(one.folder.uid, one.folder.title, f"/etc/grafana/dashboards/{one.language}") for one in built}
    assert places == wanted


def test_no_secret_is_in_what_is_committed() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/mangrove.yaml").read_text())["datasources"]
    assert set(source["secureJsonData"].values()) == {"Token $__file{/run/secrets/grafana_influx_token}"}
