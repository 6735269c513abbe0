"""A handler's bug stays with the handler."""

import pytest

from contract.handlers import EdgeCounts, guarded


def test_an_exception_in_a_handler_is_logged_and_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise KeyError("a bug of ours")

    counts = EdgeCounts()
    guarded(fail, counts)
    assert "a bug of ours" in caplog.text
    assert counts.bugs == 1


def test_what_ends_the_process_is_not_swallowed() -> None:
    def end() -> None:
        raise SystemExit(1)

    with pytest.raises(SystemExit):
        guarded(end, EdgeCounts())
