"""The look of the house: how queries become panels of Grafana 9.3 and newer.

Only panel types and options that 9.3 has. What stands below the lowest threshold is no data, since no number of ours
is below zero: an empty answer, a true zero and a blind spot never look the same.
"""

from collections.abc import Iterable, Iterator, Mapping

from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common, dashboard, stat, statetimeline, table, timeseries

from dashboards.panel import NO_DATA, Column, Head, Panel, Query, State, Steps
from dashboards.terms import Terms, grafana_unit

SOURCE = dashboard.DataSourceRef(type_val="influxdb", uid="mangrove")
MIN_INTERVAL_S = 120  # two refreshes of the derived rows: a gap is then a silence, and not a beat that came late
_OLDEST = "9.3.0"  # what the options are written for: newer versions of Grafana bring them up to date
_Override = dashboard.DashboardFieldConfigSourceOverrides
_Property = dashboard.DynamicConfigValue


class _Target(Dataquery):
    """A query as Grafana's InfluxDB data source keeps it: the SDK has no builder for it."""

    def __init__(self, ref: str, query: Query, form: str) -> None:
        self._json: dict[str, object] = {
            "refId": ref,
            "datasource": SOURCE,
            "rawQuery": True,
            "query": query.select.text(),
            "resultFormat": form,
        } | ({"alias": query.alias} if query.alias else {})

    def to_json(self) -> dict[str, object]:
        return self._json


class _Drawn(dashboard.Panel):
    """A panel that does not write its own time range, in English, beside its title."""

    def to_json(self) -> dict[str, object]:
        return super().to_json() | {"hideTimeOverride": True}


def numbers(
    head: Head, query: Query, terms: Terms, *, names: Mapping[str, str], value_px: int, title_px: int = 24
) -> Panel:
    """Return tiles side by side, a number each on its colour. `names` are those of the series, as people read them;
    where the query has a column for each tile they are its headings."""
    first = query.columns[0]
    fields = dashboard.FieldConfigSource(
        defaults=_defaults(terms, first),
        overrides=[_override(name, [_Property("displayName", name_shown)]) for name, name_shown in names.items()]
        + ([_override(column.name, _properties(column)) for column in query.columns] if query.alias == "$col" else []),
    )
    options = stat.Options(
        graph_mode=common.BigValueGraphMode.NONE,
        color_mode=common.BigValueColorMode.BACKGROUND,
        justify_mode=common.BigValueJustifyMode.CENTER,
        reduce_options=common.ReduceDataOptions(calcs=["lastNotNull"], values=False, fields=""),
        text=common.VizTextDisplayOptions(title_size=title_px, value_size=value_px),
        text_mode=common.BigValueTextMode.VALUE_AND_NAME,
        orientation=common.VizOrientation.VERTICAL,
    )
    return _panel("stat", head, (query,), "time_series", options, fields)


def rows(
    head: Head,
    queries: tuple[Query, ...],
    terms: Terms,
    *,
    worst: str,
    descending: bool,
    before: Iterable[dashboard.DataTransformerConfig] = (),
) -> Panel:
    """Return a table with the worst on top: sorted by the column `worst`, which is hidden when no query describes it.
    Several queries are put one below the other. `before` are transformations that make further columns."""
    columns = {column.name: column for query in queries for column in query.columns}
    transformations = [
        *([dashboard.DataTransformerConfig(id_val="merge", options={})] if len(queries) > 1 else []),
        *before,
        dashboard.DataTransformerConfig(
            id_val="sortBy", options={"fields": {}, "sort": [{"field": worst, "desc": descending}]}
        ),
        dashboard.DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": dict.fromkeys({"time", "Time", worst} - columns.keys(), True),
                "indexByName": {name: index for index, name in enumerate(columns)},
                "renameByName": {},
            },
        ),
    ]
    defaults = _defaults(terms, None)
    # Named here, too: newer versions of Grafana bring the overrides up to date only if the defaults have it.
    defaults.custom = {"align": "auto", "displayMode": "auto"}
    fields = dashboard.FieldConfigSource(
        defaults=defaults,
        overrides=[_override(column.name, _properties(column, cell=True)) for column in columns.values()],
    )
    return _panel("table", head, queries, "table", table.Options(show_header=True), fields, transformations)


def lines(head: Head, query: Query, terms: Terms, *, names: Mapping[str, str]) -> Panel:
    """Return curves over time that break where nothing was heard."""
    defaults = _defaults(terms, query.columns[0])
    defaults.color = dashboard.FieldColor(mode=dashboard.FieldColorModeId.PALETTE_CLASSIC)
    defaults.custom = {"lineWidth": 3, "fillOpacity": 0, "spanNulls": False, "showPoints": "auto"}
    defaults.min_val, defaults.max_val = 0, 100 if query.columns[0].unit == "percent" else None
    fields = dashboard.FieldConfigSource(
        defaults=defaults,
        overrides=[_override(name, [_Property("displayName", shown)]) for name, shown in names.items()],
    )
    legend = common.VizLegendOptions(
        display_mode=common.LegendDisplayMode.LIST, placement=common.LegendPlacement.BOTTOM, show_legend=True
    )
    return _panel("timeseries", head, (query,), "time_series", timeseries.Options(legend=legend), fields)


def bands(head: Head, query: Query, terms: Terms) -> Panel:
    """Return a band of states over time for each series, with a hole where nothing was heard."""
    defaults = _defaults(terms, query.columns[0])
    defaults.custom = statetimeline.FieldConfig(line_width=0, fill_opacity=85)
    options = statetimeline.Options(show_value=common.VisibilityMode.NEVER, row_height=0.85, merge_values=True)
    options.legend = common.VizLegendOptions(show_legend=True, placement=common.LegendPlacement.BOTTOM)
    fields = dashboard.FieldConfigSource(defaults=defaults, overrides=[])
    return _panel("state-timeline", head, (query,), "time_series", options, fields)


def spots(head: Head, query: Query, terms: Terms, options: object) -> Panel:
    """Return a map of the query's rows; `options` say how, see `commune_map`."""
    fields = dashboard.FieldConfigSource(
        defaults=_defaults(terms, None),
        overrides=[_override(column.name, _properties(column)) for column in query.columns],
    )
    return _panel("geomap", head, (query,), "table", options, fields)


def _panel(
    kind: str,
    head: Head,
    queries: tuple[Query, ...],
    form: str,
    options: object,
    fields: dashboard.FieldConfigSource,
    transformations: list[dashboard.DataTransformerConfig] | None = None,
) -> Panel:
    drawn = _Drawn(
        type_val=kind,
        plugin_version=_OLDEST,
        title=head.title,
        description=head.description or None,
        datasource=SOURCE,
        grid_pos=dashboard.GridPos(x=head.x, y=head.y, w=head.width, h=head.height),
        targets=[_Target(chr(ord("A") + index), query, form) for index, query in enumerate(queries)],
        interval=f"{MIN_INTERVAL_S // 60}m",
        time_from=f"{head.last_s // 60}m" if head.last_s else None,
        options=options,
        field_config=fields,
        transformations=transformations or [],
    )
    return Panel(head, queries, drawn)


def _defaults(terms: Terms, column: Column | None) -> dashboard.FieldConfig:
    nothing = State(terms.word("wall_no_data"), NO_DATA)
    return dashboard.FieldConfig(
        unit=_unit(column) if column else None,
        decimals=column.decimals if column else None,
        no_value=nothing.text,
        mappings=_mappings((column.states if column else None) or {}, nothing),
        thresholds=_thresholds(column.steps if column else ()),
        color=dashboard.FieldColor(mode=dashboard.FieldColorModeId.THRESHOLDS),
    )


def _properties(column: Column, *, cell: bool = False) -> list[dashboard.DynamicConfigValue]:
    return list(_each_property(column, cell=cell))


def _each_property(column: Column, *, cell: bool) -> Iterator[dashboard.DynamicConfigValue]:
    yield _Property("displayName", column.heading)
    if unit := _unit(column):
        yield _Property("unit", unit)
    if column.decimals is not None:
        yield _Property("decimals", column.decimals)
    if column.states or column.blank:
        yield _Property("mappings", _mappings(column.states or {}, column.blank))
    if column.steps:
        yield _Property("thresholds", _thresholds(column.steps))
    if cell and (column.states or column.steps):
        yield _Property("custom.displayMode", "color-background")


def _unit(column: Column) -> str | None:
    return column.unit or (grafana_unit(column.sense) if column.sense and not column.sense.values else None)


def _mappings(states: Mapping[int | str, State], blank: State | None) -> list[dashboard.ValueMapping]:
    found: list[dashboard.ValueMapping] = []
    if states:
        named = {str(value): _result(state, index) for index, (value, state) in enumerate(states.items())}
        found.append(dashboard.ValueMap(options=named))
    if blank:
        match = dashboard.SpecialValueMatch.NULL_AND_NAN
        result = _result(blank, len(states))
        found.append(dashboard.SpecialValueMap(dashboard.DashboardSpecialValueMapOptions(match, result)))
    return found


def _result(state: State, index: int) -> dashboard.ValueMappingResult:
    return dashboard.ValueMappingResult(text=state.text, color=state.colour, index=index)


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    first = dashboard.Threshold(value=None, color=NO_DATA)
    return dashboard.ThresholdsConfig(
        mode=dashboard.ThresholdsMode.ABSOLUTE,
        steps=[first, *(dashboard.Threshold(value=value, color=colour) for value, colour in steps)],
    )


def _override(name: str, properties: list[dashboard.DynamicConfigValue]) -> _Override:
    return _Override(matcher=dashboard.MatcherConfig(id_val="byName", options=name), properties=properties)
