"""Topics: a name goes in and the same name comes out, and nothing else ever does."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import topics

SLUGS = st.from_regex(re.compile(topics.SLUG), fullmatch=True)
PATTERNS = {
    topics.ALL_BATCHES: topics.batches,
    topics.ALL_NUMBERS: topics.numbers,
    topics.agent_alive("+"): topics.agent_alive,
    topics.ALL_COLLECTORS_ALIVE: topics.collector_alive,
}
TOPICS = st.lists(
    st.sampled_from(["mangrove", "v1", "batches", "agents", "numbers", "alive", "a", "A", "+", "#", "", "a/b", "a\n"]),
    max_size=7,
).map("/".join)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(slug=SLUGS)
def test_the_owner_of_a_topic_is_who_it_was_built_for(pattern: str, slug: str) -> None:
    assert topics.owner(PATTERNS[pattern](slug), pattern) == slug
    assert all(topics.owner(PATTERNS[pattern](slug), other) is None for other in PATTERNS if other != pattern)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(topic=TOPICS | st.text(max_size=40) | st.tuples(st.sampled_from([*PATTERNS]), st.text(max_size=4)).map("".join))
def test_an_owner_never_builds_another_topic(pattern: str, topic: str) -> None:
    slug = topics.owner(topic, pattern)
    assert slug is None or PATTERNS[pattern](slug) == topic


@pytest.mark.parametrize("slug", ["", "A", "-a", "a/b", "+", "#", "a\n", "a b", "é", "a" * 64])
def test_what_is_no_slug_owns_nothing(slug: str) -> None:
    assert topics.owner(topics.batches(slug), topics.ALL_BATCHES) is None
