"""The terminal: what is drawn in place of what was there; into a pipe only the last is printed."""

from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live


class Screen:
    """To be used in a `with`. Without `draw` nothing is shown at all."""

    def __init__(self, *, draw: bool) -> None:
        self._console = Console(quiet=not draw)
        self._live = Live(console=self._console, screen=self._console.is_terminal, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    @property
    def width(self) -> int:
        """Columns."""
        return self._console.width

    @property
    def height(self) -> int | None:
        """Lines; None where there is no terminal."""
        return self._console.height if self._console.is_terminal else None

    def show(self, what: RenderableType) -> None:
        """Show it in place of what was there."""
        self._live.update(what, refresh=self._console.is_terminal)

    def leave(self, what: RenderableType) -> None:
        """Show it for the last time, where it stays."""
        self._live.stop()
        self._console.print(what)
