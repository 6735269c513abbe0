"""Network uptime: totals over all sites, the rankings, and the state of each site over time."""

from dashboards.influxql import BY_INTERVAL, TIME_FILTER, Select, call, literal, name, tag_values
from dashboards.look import bands, numbers
from dashboards.panel import (
    ALWAYS_PLAIN,
    BAD,
    BEHIND,
    BLIND,
    GOOD,
    PLANNED,
    ZERO_IS_GOOD,
    Board,
    Column,
    Head,
    Panel,
    Query,
    State,
    Variable,
)
from dashboards.rankings import (
    HERE,
    SEEN,
    areas,
    availability,
    expression,
    links,
    seconds,
    sums,
    unseen,
    unseen_devices,
    worst_devices,
)
from dashboards.terms import COUNT, Terms

MOST_SITES = 40


def board(terms: Terms) -> Board:
    """Return the dashboard."""
    sites = name("scope").equals("site")
    area = Variable("area", terms.word("wall_commune"), tag_values("status", "area", sites), default=".*", all=True)
    panels = (
        _availability(terms),
        _rest(terms),
        _outages(terms),
        areas(terms),
        worst_devices(terms),
        _timeline(terms),
        links(terms),
        unseen_devices(terms),
    )
    return Board("uptime", terms.word("wall_uptime"), "now-24h", "1m", (area,), panels)


def _availability(terms: Terms) -> Panel:
    column = availability(terms)
    head = Head(terms.word("wall_all_sites"), 0, 0, 6, 4, description=terms.word("wall_blind_is_not_down"))
    return _tiles(terms, head, Select((expression(column.name),), sums("site"), (SEEN,)), column)


def _rest(terms: Terms) -> Panel:
    columns = (
        unseen(terms),
        seconds(terms, "down_s", ALWAYS_PLAIN),
        seconds(terms, "maintenance_s", ALWAYS_PLAIN),
    )
    head = Head(terms.word("wall_time_of_sites"), 6, 0, 13, 4)
    return _tiles(terms, head, Select(tuple(expression(one.name) for one in columns), sums("site")), *columns)


def _tiles(terms: Terms, head: Head, select: Select, *columns: Column) -> Panel:
    return numbers(head, Query(select, columns, "$col"), terms, names={}, value_px=46, title_px=16)


def _outages(terms: Terms) -> Panel:
    """Among ones (up) and zeros (down) the steps d are 1, 0 or -1; as many of them are -1 as (sum(d²) - sum(d)) / 2.
    A count of -1 would be no data when there were none. An outage that we lost sight of in between is one."""
    head = Head(terms.word("wall_outages"), 19, 0, 5, 4)
    known = name("status").equals(0) | name("status").equals(1)
    step = call("difference", name("status")).named("step")
    where = (name("scope").equals("site"), known, TIME_FILTER, HERE)
    steps = Select((step,), "status", where, group=(name("title"), name("site")))
    squares = Select(((name("step") * name("step")).named("square"), name("step")), steps)
    falls = (call("sum", name("square")) - call("sum", name("step"))) / literal(2)
    column = Column("outages", head.title, COUNT, ZERO_IS_GOOD)
    return _tiles(terms, head, Select((falls.named("outages"),), squares), column)


def site_states(terms: Terms) -> dict[int | str, State]:
    """Return how the states of `status` are shown."""
    return {
        0: State(terms.word("wall_down"), BAD),
        1: State(terms.word("wall_up"), GOOD),
        2: State(terms.word("wall_unknown"), BLIND),
        3: State(terms.word("wall_maintenance"), PLANNED),
        4: State(terms.word("wall_behind"), BEHIND),
    }


def _timeline(terms: Terms) -> Panel:
    head = Head(terms.word("wall_timeline"), 0, 13, 24, 9)
    states = site_states(terms)
    select = Select(
        (call("last", name("status")).named("status"),),
        "status",
        (name("scope").equals("site"), TIME_FILTER, HERE),
        group=(BY_INTERVAL, name("title")),
        fill="null",  # and not the value before: a silence is a hole
        series=MOST_SITES,
    )
    steps = tuple((float(value), state.colour) for value, state in states.items())
    column = Column("status", terms.word("wall_state"), terms.sense("status", "status"), steps, states)
    return bands(head, Query(select, (column,), "$tag_title"), terms)
