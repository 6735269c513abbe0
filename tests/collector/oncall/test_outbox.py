"""The outbox: nothing is forgotten, nothing overtakes, and everything is bounded."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from collector.oncall.receivers import FAILOVER_MS, make_outbox, notice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.database import Database
from collector.oncall import outbox as module
from collector.oncall.notice import MAX_BODY, MAX_TITLE, MOST_WAIT_MS, Action, Entry, clean, wait_ms
from collector.oncall.outbox import GIVE_UP_MS, KEEP_MS, Outbox

T = 1_800_000_000_000
DAY = 24 * 3_600_000
SMS_AND_MAIL = ["sms", "mail"]


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return make_outbox(tmp_path, ca_truc_1=SMS_AND_MAIL, ca_truc_2=["mail"])


def tried(outbox: Outbox, now_ms: int, *channels: str) -> list[tuple[int, str]]:
    return [(one.id, one.channel) for one in outbox.due(channels or SMS_AND_MAIL, now_ms)]


def entry(outbox: Outbox, number: int) -> Entry:
    found = outbox.entry(number)
    assert found is not None
    return found


def outcomes(entries: Iterable[Entry]) -> list[tuple[str, str]]:
    return [(one.notice.action, one.outcome) for one in entries]


def test_a_notice_is_due_on_the_first_channel_until_it_is_noted_as_sent(outbox: Outbox) -> None:
    one = outbox.add(notice(), T)
    assert tried(outbox, T) == tried(outbox, T) == [(one, "sms")]
    outbox.sent(one, "sms", T + 5)
    assert tried(outbox, T + DAY) == []
    sent = entry(outbox, one)
    assert (sent.outcome, sent.channel, sent.tries, sent.settled_ms) == ("sent", "sms", 1, T + 5)


def test_what_was_added_in_a_transaction_that_came_to_nothing_is_not_there(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite")
    outbox = Outbox(database, {"ca-truc-1": ["sms"]}, FAILOVER_MS)
    with suppress(ZeroDivisionError), database.together():
        outbox.add(notice(), T)
        raise ZeroDivisionError
    assert outbox.recent(9) == []
    with database.together():
        outbox.add(notice(), T)
    database.close()
    again = Outbox(Database(tmp_path / "state.sqlite"), {"ca-truc-1": ["sms"]}, FAILOVER_MS)
    assert len(again.due(["sms"], T)) == 1


def test_a_failure_is_tried_again_after_twice_the_time_up_to_five_minutes(outbox: Outbox) -> None:
    one = outbox.add(notice(), T)
    now, waits = T, []
    for _ in range(12):
        outbox.failed(one, "sms", now, "answered 500")
        waits.append(
            next(w for w in (2000 * 2**n if n < 8 else 300_000 for n in range(9)) if tried(outbox, now + w, "sms"))
        )
        assert tried(outbox, now + waits[-1] - 1, "sms") == []
        now += waits[-1]
    assert waits == [2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 300000, 300000, 300000, 300000]
    assert (entry(outbox, one).tries, entry(outbox, one).error) == (12, "sms: answered 500")


def test_a_clock_that_was_put_back_holds_nothing_up(outbox: Outbox) -> None:
    one = outbox.add(notice(), T)
    outbox.failed(one, "sms", T, "no")
    assert tried(outbox, T - DAY, "sms") == [(one, "sms")]


def test_the_next_channel_is_tried_as_well_once_the_first_has_failed_for_a_while(outbox: Outbox) -> None:
    one = outbox.add(notice(), T)
    outbox.failed(one, "sms", T, "no")
    assert tried(outbox, T + FAILOVER_MS - 1) == [(one, "sms")]
    assert tried(outbox, T + FAILOVER_MS) == [(one, "sms"), (one, "mail")]
    outbox.sent(one, "mail", T + FAILOVER_MS)
    assert tried(outbox, T + DAY) == []
    outbox.failed(one, "sms", T + FAILOVER_MS + 1, "no")  # it was under way
    assert entry(outbox, one).outcome == "sent"


def test_time_in_which_nobody_sent_is_no_failure_of_a_channel(outbox: Outbox) -> None:
    one = outbox.add(notice(), T)
    outbox.failed(one, "sms", T, "no")
    outbox.begin(T + DAY)
    assert tried(outbox, T + DAY) == [(one, "sms")]
    assert tried(outbox, T + DAY + FAILOVER_MS) == [(one, "sms"), (one, "mail")]


def test_a_resolve_waits_for_its_page_and_for_no_other(outbox: Outbox) -> None:
    page = outbox.add(notice("k-1"), T)
    resolve = outbox.add(notice("k-1", "resolve"), T)
    other = outbox.add(notice("k-2"), T)
    assert tried(outbox, T) == [(page, "sms")]
    outbox.failed(page, "sms", T, "no")
    assert tried(outbox, T) == [(other, "sms")]
    outbox.sent(other, "sms", T)
    outbox.sent(page, "sms", T)
    assert tried(outbox, T) == [(resolve, "sms")]


def test_people_do_not_wait_for_each_other(outbox: Outbox) -> None:
    first = outbox.add(notice("k-1", person="ca-truc-1"), T)
    outbox.failed(first, "sms", T, "no")
    second = outbox.add(notice("k-1", "resolve", "ca-truc-2"), T)
    assert tried(outbox, T) == [(second, "mail")]


def test_a_new_page_does_not_queue_behind_those_that_fail(outbox: Outbox) -> None:
    for i in range(5):
        outbox.failed(outbox.add(notice(f"old-{i}"), T), "sms", T, "no")
    new = outbox.add(notice("new"), T + 10_000)
    assert tried(outbox, T + 10_000, "sms") == [(new, "sms")]


def test_a_page_given_up_lets_its_resolve_go(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    page = outbox.add(notice(), T)
    resolve = outbox.add(notice(action="resolve"), T)
    outbox.failed(page, "sms", T + GIVE_UP_MS, "no")
    assert entry(outbox, page).outcome == "waiting"  # the other channel was not tried yet
    outbox.failed(page, "mail", T + GIVE_UP_MS, "answered 550")
    assert entry(outbox, page).outcome == "given up"
    assert "the page of k-1 to ca-truc-1 was given up: mail: answered 550" in caplog.text
    assert tried(outbox, T + GIVE_UP_MS) == [(resolve, "sms"), (resolve, "mail")]


def test_a_test_is_tried_once_on_the_channels_it_names(outbox: Outbox) -> None:
    one = outbox.add(notice(action="test"), T, ["mail"])
    assert tried(outbox, T) == [(one, "mail")]
    outbox.begin(T)
    assert tried(outbox, T) == [(one, "mail")]
    outbox.failed(one, "mail", T, "answered 550")
    assert entry(outbox, one).outcome == "given up"


def test_repeats_do_not_pile_up_while_nothing_gets_through(outbox: Outbox) -> None:
    page = outbox.add(notice(), T)
    for _ in range(3):
        outbox.add(notice(action="repeat"), T)
    outbox.sent(page, "sms", T)
    outbox.add(notice(action="repeat"), T)
    outbox.add(notice(action="resolve"), T)
    assert outcomes(outbox.of("k-1")) == [
        ("page", "sent"),
        ("repeat", "merged"),
        ("repeat", "merged"),
        ("repeat", "merged"),
        ("repeat", "merged"),
        ("resolve", "waiting"),
    ]
    outbox.add(notice(), T)  # the fault is back before its end was told
    assert outcomes(outbox.of("k-1"))[-2:] == [("resolve", "waiting"), ("page", "waiting")]
    assert outbox.counts() == {"sent": 1, "merged": 4, "waiting": 2}


def test_a_page_is_never_merged_into_a_repeat_whose_place_a_resolve_takes(outbox: Outbox) -> None:
    for action in ("repeat", "page", "resolve"):
        outbox.add(notice("k-1", action), T)
    outbox.add(notice("k-1"), T)
    outbox.add(notice("k-1"), T)
    assert outcomes(outbox.of("k-1")) == [
        ("repeat", "merged"),
        ("page", "waiting"),
        ("resolve", "waiting"),
        ("page", "waiting"),
        ("page", "merged"),
    ]


def test_those_who_were_told_are_known_also_while_it_is_under_way(outbox: Outbox) -> None:
    first = outbox.add(notice(person="ca-truc-2"), T)
    outbox.sent(first, "mail", T)
    outbox.add(notice(person="ca-truc-1"), T)
    outbox.add(notice(person="ca-truc-1", action="repeat"), T)
    outbox.add(notice("k-2", person="ca-truc-1", action="resolve"), T)
    assert outbox.told("k-1") == ["ca-truc-2", "ca-truc-1"]
    assert outbox.told("k-2") == []


def test_a_person_who_has_left_the_file_is_given_up_and_the_rest_is_planned_by_the_new_file(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path, ca_truc_1=["sms"], ca_truc_2=["mail"])
    gone, stays = outbox.add(notice(person="ca-truc-1"), T), outbox.add(notice(person="ca-truc-2"), T)
    changed = make_outbox(tmp_path, ca_truc_2=["sms"])
    changed.begin(T)
    assert (entry(changed, gone).outcome, entry(changed, gone).error) == (
        "given up",
        "ca-truc-1 is not in the on-call file",
    )
    assert tried(changed, T) == [(stays, "sms")]
    assert entry(changed, changed.add(notice(person="nobody"), T)).outcome == "given up"


def test_it_is_bounded_and_repeats_go_first(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    first = outbox.add(notice("k-0"), T)
    outbox.sent(first, "sms", T)
    repeat = outbox.add(notice("k-0", "repeat"), T)
    pages = [outbox.add(notice(f"k-{i}"), T) for i in range(1, 5)]
    assert entry(outbox, repeat).outcome == "dropped"
    assert [entry(outbox, one).outcome for one in pages] == ["dropped", "waiting", "waiting", "waiting"]
    assert outbox.counts() == {"sent": 1, "dropped": 2, "waiting": 3}
    assert "4 notices wait: the repeat of k-0 was dropped" in caplog.text


def test_what_was_settled_is_kept_for_thirty_days_and_within_bounds(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, waits = outbox.add(notice("k-1"), T), outbox.add(notice("k-2"), T)
    outbox.sent(old, "sms", T)
    outbox.prune(T + KEEP_MS)
    assert entry(outbox, old).outcome == "sent"
    outbox.prune(T + KEEP_MS + 1)
    assert [one.id for one in outbox.recent(9)] == [waits]
    monkeypatch.setattr(module, "MAX_SETTLED", 2)
    for _ in range(5):
        outbox.sent(outbox.add(notice("k-3"), T), "sms", T)
    outbox.prune(T)
    assert outcomes(outbox.recent(9)) == [("page", "sent"), ("page", "sent"), ("page", "waiting")]


def test_a_hostile_text_becomes_one_line_within_bounds_and_vietnamese_stays(outbox: Outbox) -> None:
    title = "Mất\r\nBcc: x\u2028 \u202eevil\u2066\x1b[31m\x00 \ud800Trạm\u200b " + "ạ" * 10_000
    one = entry(outbox, outbox.add(notice("k\n-1", title=title, body="một\r\nhai\x85\tba\u202e\x07" + "x" * 10_000), T))
    assert one.notice.title.startswith("Mất Bcc: x evil[31m Trạm ạạ")
    assert len(one.notice.title) == MAX_TITLE
    assert one.notice.title.isprintable()
    assert one.notice.body.startswith("một\nhai\n bax")
    assert len(one.notice.body) == MAX_BODY
    assert one.notice.key == "k -1"
    assert [e.id for e in outbox.of("k\n-1")] == [one.id]


@given(st.text(st.characters()), st.text(st.characters()))
def test_cleaning_leaves_what_can_be_printed_and_cleaning_again_changes_nothing(title: str, body: str) -> None:
    once = clean(notice(title=title, body=body))
    assert clean(once) == once
    assert once.title.isprintable()
    assert all(line.isprintable() for line in once.body.split("\n"))


def test_the_wait_never_ends_up_beyond_five_minutes_whatever_the_count() -> None:
    assert wait_ms(10**9) == MOST_WAIT_MS


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["page", "repeat", "resolve", "sent", "failed", "begin"]),
        st.sampled_from(["k-1", "k-2"]),
        st.sampled_from(["ca-truc-1", "ca-truc-2"]),
        st.integers(0, 400_000),
    ),
    max_size=40,
)
ACTIONS: dict[str, Action] = {"page": "page", "repeat": "repeat", "resolve": "resolve"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STEPS)
def test_nothing_overtakes_and_all_of_it_ends_somewhere(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str, int]]
) -> None:
    outbox = make_outbox(tmp_path_factory.mktemp("model"), ca_truc_1=SMS_AND_MAIL, ca_truc_2=["mail"])
    now, added = T, 0
    sent: dict[tuple[str, str], list[int]] = {}

    def deliver(*, works: bool) -> bool:
        due = outbox.due(SMS_AND_MAIL, now)
        for one in due:
            if works and one.id not in sent.get((one.notice.key, one.notice.person), []):
                sent.setdefault((one.notice.key, one.notice.person), []).append(one.id)
                outbox.sent(one.id, one.channel, now)
            elif not works:
                outbox.failed(one.id, one.channel, now, "no")
        return bool(due)

    for what, key, person, pause in steps:
        now += pause
        if what in ACTIONS:
            outbox.add(notice(key, ACTIONS[what], person), now)
            added += 1
        elif what == "begin":
            outbox.begin(now)
        else:
            deliver(works=what == "sent")
    for _ in range(2 * len(steps)):
        now += MOST_WAIT_MS
        deliver(works=True)
    assert not deliver(works=True)
    counts = outbox.counts()
    assert "waiting" not in counts
    assert sum(counts.values()) == added
    assert counts.get("sent", 0) == sum(map(len, sent.values()))
    assert all(ids == sorted(ids) for ids in sent.values())
    pages = [one for one in outbox.recent(99) if one.notice.action == "page"]
    assert {one.outcome for one in pages} <= {"sent", "merged"}
    for merged in (one for one in pages if one.outcome == "merged"):
        notice_ = merged.notice
        assert any(
            one.outcome == "sent"
            and one.id < merged.id
            and (one.notice.key, one.notice.person) == (notice_.key, notice_.person)
            for one in pages
        )
