"""A reply is one request's and nobody else's, whatever comes, and what is over leaves nothing behind."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.echo.matching import NUMBERS, Matching, Pending
from agents.echo.packets import Echo
from agents.echo.round import Round

HOSTS = ("192.0.2.1", "192.0.2.2", "2001:db8::1")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "send", "reply", "forge", "error", "end"]), st.integers(0, 7), st.integers(0, 7)
    ),
    max_size=60,
)


def echo(matching: Matching, pending: Pending, number: int) -> Echo:
    """What a true reply to a request says."""
    return Echo(1, number, matching.mark, pending.token)


@given(STEPS)
def test_only_true_replies_are_taken_and_each_once(steps: list[tuple[str, int, int]]) -> None:
    matching = Matching()
    rounds: list[Pending] = []
    taken: set[tuple[int, int]] = set()
    over: set[int] = set()
    sent: list[list[int]] = []
    for what, which, other in steps:
        if what == "begin":
            rounds.append(matching.begin(HOSTS[which % len(HOSTS)], Round(10**9)))
            sent.append([])
        if not rounds:
            continue
        place = which % len(rounds)
        pending, numbers = rounds[place], sent[place]
        if what == "send" and place not in over:
            number = matching.free_number()
            assert number is not None
            matching.sent(pending, number, 0)
            numbers.append(number)
        elif what == "end" and place not in over:
            matching.end(pending)
            over.add(place)
        elif numbers and what in ("reply", "forge", "error"):
            number = numbers[other % len(numbers)]
            said, host = echo(matching, pending, number), pending.host
            if what == "reply":
                verdict, found = matching.reply(said, host, 1)
                wanted = "late" if place in over else "duplicate" if (place, number) in taken else "taken"
                assert verdict == wanted
                assert (found is None) == (place in over)
                taken |= {(place, number)} if verdict == "taken" else set()
            elif what == "forge":
                for forged, source in (
                    (said._replace(mark=b"another!"), host),
                    (said._replace(token=b"guessed!"), host),
                    (said, "198.51.100.1"),
                ):
                    assert matching.reply(forged, source, 1)[0] in ("foreign", "late")
                    assert matching.error(forged, source) is None
            else:
                assert (matching.error(Echo(1, number, b"", b""), host) is pending) == (place not in over)
    assert len(matching) == sum(len(numbers) for place, numbers in enumerate(sent) if place not in over)
    for place, pending in enumerate(rounds):
        received = sum(rtt is not None for rtt in pending.round.rtts)
        assert received == sum(where == place for where, _ in taken)
        if place not in over:
            matching.end(pending)
    assert len(matching) == 0


@settings(max_examples=5)
@given(st.integers(0, NUMBERS - 1))
def test_numbers_wrap_and_when_all_are_taken_there_is_none(freed: int) -> None:
    matching = Matching()
    pendings = [matching.begin(HOSTS[0], Round(10**9)) for _ in range(NUMBERS // 64)]
    for pending in pendings:
        for _ in range(64):
            number = matching.free_number()
            assert number is not None
            matching.sent(pending, number, 0)
    assert len(matching) == NUMBERS
    assert matching.free_number() is None
    for pending in pendings[freed // 64 : freed // 64 + 1]:
        matching.end(pending)
    for _ in range(NUMBERS // 64):  # each call looks at a few, so that none takes long
        if (number := matching.free_number()) is not None:
            break
    assert number is not None
