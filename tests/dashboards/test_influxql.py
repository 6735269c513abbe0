"""Nothing leaves its quotes: a real InfluxDB 1.6.7 reads what the builder writes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.influxdb import InfluxDb

from dashboards.influxql import BY_INTERVAL, TIME_FILTER, Expression, Select, call, literal, name, tag_values

DATABASE = "quoting"
CARRIED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="$\x00\r"), min_size=1, max_size=40)
HOSTILE = st.text(st.sampled_from("'\"\\\n;/*- \tnOR=()"), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def database(shared_influxdb: InfluxDb) -> InfluxDb:
    """One point, in a database of this file's own."""
    shared_influxdb.create_database(DATABASE)
    shared_influxdb.write("m,t=known x=1i 1000", database=DATABASE)
    return shared_influxdb


@settings(max_examples=150, deadline=None)
@given(text=CARRIED | HOSTILE)
def test_a_name_comes_back_as_it_was_given(database: InfluxDb, text: str) -> None:
    query = Select((name("x").named(text),), "m").text()
    (row,) = database.query(query, database=DATABASE)
    assert row[text] == 1


@settings(max_examples=150, deadline=None)
@given(text=CARRIED | HOSTILE)
def test_a_text_is_compared_and_never_read_as_more(database: InfluxDb, text: str) -> None:
    query = Select((name("x"),), "m", (name("t").equals(text),)).text()
    assert bool(database.query(query, database=DATABASE)) == (text == "known")


@settings(max_examples=100, deadline=None)
@given(text=HOSTILE)
def test_a_measurement_that_is_not_there_is_no_second_statement(database: InfluxDb, text: str) -> None:
    assert database.query(Select((name(text),), text).text(), database=DATABASE) == []
    assert database.query(tag_values(text, text), database=DATABASE) == []


@pytest.mark.parametrize("text", ["", "a$timeFilter", "${area}", "a\x00b", "a\rb", "\ud800"])
def test_what_no_query_can_carry_is_refused(text: str) -> None:
    for quote in (name, literal):
        with pytest.raises(ValueError, match="cannot be written into a query"):
            quote(text)


@pytest.mark.parametrize("variable", ["", "Area", "a)$/", "a b", "1a"])
def test_a_variable_has_a_plain_name(variable: str) -> None:
    with pytest.raises(ValueError, match="no name of a variable"):
        name("area").matches(variable)


def test_operators_keep_their_order() -> None:
    two, three, four = literal(2), literal(3), literal(4.5)
    assert ((two + three) * four / (two - three)).text == "(((2 + 3) * 4.5) / (2 - 3))"


def test_a_query_has_its_parts_in_the_order_of_the_language() -> None:
    inner = Select((call("last", name("x")).named("x"),), "m", (TIME_FILTER,), (BY_INTERVAL, name("t")), "null", 5)
    outer = Select((Expression("*"),), inner, (name("x").above(0), name("t").equals("a") | name("t").equals("b")))
    assert outer.text() == (
        'SELECT * FROM (SELECT last("x") AS "x" FROM "m" WHERE $timeFilter GROUP BY time($__interval), "t" fill(null)'
        """ SLIMIT 5) WHERE "x" > 0 AND ("t" = 'a' OR "t" = 'b')"""
    )
