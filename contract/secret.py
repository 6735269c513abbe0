"""Secrets: they come from a file or from the environment, and are never printed."""

import os
import stat
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator


class SecretError(Exception):
    """A secret that cannot be had; the text names the place and what to do, never the secret."""


class SecretSource(BaseModel):
    """Where a secret is: `file: PATH` or `env: NAME`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path | None = None
    env: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "SecretSource":
        if (self.file is None) == (self.env is None):
            raise ValueError("either `file: PATH` or `env: NAME`")
        return self

    def read(self, base: Path = Path()) -> SecretStr:
        """Return the secret; a relative file is looked up in `base`.

        Raises:
            SecretError: it is missing, empty, unreadable or readable by everyone.
        """
        if self.env is not None:
            value = os.environ.get(self.env, "")
            if not value:
                raise SecretError(f"the environment variable {self.env} is not set: export it, or use `file:`")
            return SecretStr(value)
        path = base / (self.file or "")
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & stat.S_IROTH:
                    raise SecretError(f"{path} can be read by everyone on this host: run `chmod o-rwx {path}`")
                text = file.read(65536).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SecretError(f"{path} cannot be read: {error}") from error
        if not text:
            raise SecretError(f"{path} is empty: write the secret into it")
        return SecretStr(text)
