"""`python -m mangrove.demo.picture FILE.svg [SECONDS]`: runs the demo and draws the last thing that it shows.

The picture loads nothing from anywhere: no fonts, no links.
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from mangrove.demo.process import mangrove

WIDTH = 100
SECONDS = 80.0
_LEFT_SCREEN = "\x1b[?1049l"  # xterm: back from the alternate screen, on which the live view was
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)


def svg(shown: str) -> str:
    """Return a picture of what a terminal was sent: of a live view, what stays when it has ended."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    console.print(Text.from_ansi(shown.rpartition(_LEFT_SCREEN)[2].strip("\n")))
    drawn = console.export_svg(title="mangrove demo", unique_id="demo")
    return _COMMENT.sub("", _FONT_FACE.sub("", drawn)).replace("Fira Code", "ui-monospace")


def main(arguments: list[str]) -> int:
    """Draw; return the demo's exit code, and nothing is drawn unless it is 0."""
    file, seconds = Path(arguments[0]), float(arguments[1]) if len(arguments) > 1 else SECONDS
    terminal = {"FORCE_COLOR": "1", "TERM": "xterm", "COLORTERM": "truecolor", "COLUMNS": str(WIDTH), "LINES": "40"}
    ended = subprocess.run(
        mangrove("demo", "--for", str(seconds)),
        stdout=subprocess.PIPE,
        check=False,
        env={**os.environ, **terminal},
    )
    if ended.returncode == 0:
        file.write_text(svg(ended.stdout.decode()), encoding="utf-8")
    return ended.returncode


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
