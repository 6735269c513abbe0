"""A transport of the test's own."""

from collections.abc import AsyncIterator

import pytest

from agents.snmp.transport import Transport


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    """Closed at the end, when no request may be waiting."""
    opened = Transport()
    yield opened
    assert opened.pending == 0
    opened.close()
