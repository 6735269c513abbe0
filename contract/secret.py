"""Secrets: they come from a file or from the environment, and are never printed."""

import os
import re
import stat
from pathlib import Path
from typing import Annotated, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

MAX_SECRET = 4096
_BREAKS = re.compile(
    r"[\0\r\n]"
)  # no password has them, and who sends one in a header is told so with the secret in it


class SecretError(Exception):
    """A secret that cannot be had; the text names the place and what to do, never the secret."""


class SecretSource(BaseModel):
    """Where a secret is: `file: PATH` or `env: NAME`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    file: Path | None = None
    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None

    @model_validator(mode="after")
    def _one(self) -> "SecretSource":
        if (self.file is None) == (self.env is None):
            raise ValueError("either `file: PATH` or `env: NAME`")
        return self

    def read(self, base: Path = Path()) -> SecretStr:
        """Return the secret; a relative file is looked up in `base`.

        Raises:
            SecretError: it is missing, empty, too large, no line of UTF-8, unreadable or readable by everyone.
        """
        if self.env is not None:
            data = os.environb.get(self.env.encode(), b"")
            if not data:
                raise SecretError(f"the environment variable {self.env} is not set: export it, or use `file:`")
            return SecretStr(_text(data, f"the environment variable {self.env}"))
        path = base / (self.file or "")
        try:
            with path.open("rb") as file:
                refuse_public(file, path)
                data = file.read(MAX_SECRET + 1).strip()
        except OSError as error:
            raise SecretError(f"{path} cannot be read: {error.strerror or error}") from error
        if not data:
            raise SecretError(f"{path} is empty: write the secret into it")
        return SecretStr(_text(data, str(path)))


def refuse_public(file: BinaryIO, path: Path) -> None:
    """Refuse a file with a secret in it that other users may read.

    Raises:
        SecretError: with the command that helps.
        OSError: the file cannot be looked at.
    """
    if os.fstat(file.fileno()).st_mode & stat.S_IROTH:
        raise SecretError(f"{path} can be read by everyone on this host: run `chmod o-rwx {path}`")


def _text(data: bytes, where: str) -> str:
    if len(data) > MAX_SECRET:
        raise SecretError(f"{where} holds more than {MAX_SECRET} bytes: this is no password or token")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = None  # raised below: a chained error would carry the secret into a traceback
    if text is None:
        raise SecretError(f"{where} is not UTF-8 text")
    if _BREAKS.search(text):
        raise SecretError(f"{where} holds more than one line: write the secret into it and nothing else")
    return text
