"""IOC: live coverage. One screen of 1920 x 1080, to be read from 8 metres: 24 columns, 28 rows of 38 pixels."""

from dashboards import commune_map
from dashboards.influxql import BY_INTERVAL, TIME_FILTER, Expression, Select, call, literal, name, tag_values
from dashboards.look import lines, numbers, rows, spots
from dashboards.panel import (
    ALWAYS_PLAIN,
    BAD,
    BLIND,
    GOOD,
    PLANNED,
    RECENT_S,
    WARNING,
    ZERO_IS_BAD,
    ZERO_IS_GOOD,
    ZERO_IS_SEEN,
    Board,
    Column,
    Head,
    Panel,
    Query,
    State,
    Steps,
    Variable,
)
from dashboards.terms import Terms

TECHNOLOGIES = ("2g", "3g", "4g", "5g")
_ANY_IS_PLANNED: Steps = ((0, GOOD), (1, PLANNED))
_AGE: Steps = ((0, GOOD), (60, WARNING), (180, BAD))
_NETWORK: dict[str, Steps] = {
    "sites_up": ZERO_IS_BAD,
    "sites": ALWAYS_PLAIN,
    "sites_down": ZERO_IS_GOOD,
    "sites_unknown": ZERO_IS_SEEN,
    "sites_maintenance": _ANY_IS_PLANNED,
}
_INCIDENTS: dict[str, Steps] = {
    "incidents_open": ZERO_IS_GOOD,
    "incidents_acked": ALWAYS_PLAIN,
    "agents_silent": ZERO_IS_SEEN,
    "age_s": _AGE,
}


def board(terms: Terms) -> Board:
    """Return the dashboard."""
    technology = Variable(
        "technology", terms.word("wall_technology"), tag_values("headline", "technology"), default="4g", all=False
    )
    panels = (
        _headline(terms, "communes", "{}", ZERO_IS_BAD, y=0, height=8, value_px=170),
        _headline(terms, "total", terms.word("wall_of"), ALWAYS_PLAIN, y=8, height=3, value_px=48),
        _headline(terms, "lost", terms.word("wall_lost"), ZERO_IS_GOOD, y=11, height=4, value_px=90),
        _headline(terms, "blind", terms.word("wall_blind"), ZERO_IS_SEEN, y=15, height=4, value_px=90),
        _map(terms),
        _network(terms, Head(terms.word("wall_sites"), 0, 19, 14, 4, last_s=RECENT_S), _NETWORK),
        _without_service(terms),
        _share(terms),
        _network(terms, Head(terms.word("wall_work"), 14, 23, 10, 5, last_s=RECENT_S), _INCIDENTS),
    )
    return Board("ioc", terms.word("wall_ioc"), "now-6h", "10s", (technology,), panels)


def _headline(terms: Terms, field: str, tile: str, steps: Steps, *, y: int, height: int, value_px: int) -> Panel:
    head = Head(terms.meaning("headline", field), 0, y, 14, height, last_s=RECENT_S)
    select = Select((call("last", name(field)).named(field),), "headline", (TIME_FILTER,), group=(name("technology"),))
    column = Column(field, head.title, terms.sense("headline", field), steps)
    names = {technology: tile.format(technology.upper()) for technology in TECHNOLOGIES}
    title_px = 44 if value_px > 100 else 24
    query = Query(select, (column,), "$tag_technology")
    return numbers(head, query, terms, names=names, value_px=value_px, title_px=title_px)


def _network(terms: Terms, head: Head, fields: dict[str, Steps]) -> Panel:
    select = Select(tuple(call("last", name(field)).named(field) for field in fields), "network", (TIME_FILTER,))
    columns = tuple(
        Column(field, terms.word(f"wall_{field}"), terms.sense("network", field), steps)
        for field, steps in fields.items()
    )
    return numbers(head, Query(select, columns, "$col"), terms, names={}, value_px=64, title_px=20)


def service_states(terms: Terms) -> dict[int | str, State]:
    """Return how the states of `service` are shown."""
    return {
        0: State(terms.word("wall_service_none"), BAD),
        1: State(terms.word("wall_service_partial"), WARNING),
        2: State(terms.word("wall_service_full"), GOOD),
        3: State(terms.word("wall_service_blind"), BLIND),
    }


def _service(*fields: str, where: tuple[Expression, ...] = ()) -> Select:
    """The newest row of each commune and technology, as one series: tables and maps take only the first."""
    newest = Select(
        (call("last", name("status")).named("status"), *map(name, fields)),
        "service",
        (TIME_FILTER, *where),
        group=tuple(map(name, ("title", "technology", "area"))),
    )
    return Select(tuple(map(name, ("title", "technology", "status", *fields))), newest)


def _service_columns(terms: Terms) -> tuple[Column, ...]:
    states = service_states(terms)
    steps = tuple((float(value), state.colour) for value, state in states.items())
    return (
        Column("title", terms.word("wall_commune")),
        Column("technology", terms.word("wall_technology")),
        Column("status", terms.word("wall_state"), terms.sense("service", "status"), steps, states),
    )


def _map(terms: Terms) -> Panel:
    head = Head(terms.word("wall_map"), 14, 0, 10, 13, last_s=RECENT_S)
    select = _service("lat", "lon", where=(name("technology").matches("technology"),))
    places = tuple(Column(field, field, terms.sense("service", field)) for field in ("lat", "lon"))
    options = commune_map.options(terms.word("wall_communes"), status="status", title="title", lat="lat", lon="lon")
    return spots(head, Query(select, (*_service_columns(terms), *places)), terms, options)


def _without_service(terms: Terms) -> Panel:
    """All communes, those without service first: with only those the table would be empty both when all is well and
    when nobody writes any more."""
    head = Head(terms.word("wall_without_service"), 14, 13, 10, 10, last_s=RECENT_S)
    newest = _service("since_ms")
    distance = name("status") - literal(2)  # squared: 4 without service, 1 in part or not to be seen, 0 in full
    columns = (*newest.columns, (distance * distance).named("urgency"))
    select = Select(columns, newest.source)
    shown = (
        *_service_columns(terms),
        Column("since_ms", terms.word("wall_since"), terms.sense("service", "since_ms"), unit="dateTimeFromNow"),
    )
    return rows(head, (Query(select, shown),), terms, worst="urgency", descending=True)


def _share(terms: Terms) -> Panel:
    head = Head(terms.word("wall_share"), 0, 23, 14, 5)
    select = Select(
        (call("mean", name("share_pct")).named("share_pct"),),
        "headline",
        (TIME_FILTER,),
        group=(BY_INTERVAL, name("technology")),
        fill="null",
    )
    column = Column("share_pct", head.title, terms.sense("headline", "share_pct"))
    names = {technology: technology.upper() for technology in TECHNOLOGIES}
    return lines(head, Query(select, (column,), "$tag_technology"), terms, names=names)
