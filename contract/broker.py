"""How a program is told to reach the broker."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from contract.secret import SecretSource


class Tls(BaseModel):
    """`ca_file` alone: the server is checked; with certificate and key: the client too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _pair(self) -> "Tls":
        if self.key_file and not self.cert_file:
            raise ValueError("a `key_file` needs its `cert_file`")
        return self


class BrokerConfig(BaseModel):
    """How to reach the broker."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    tls: Tls | None = None
    user: Annotated[str, Field(min_length=1)] | None = None
    password: SecretSource | None = None
    keepalive_s: Annotated[int, Field(ge=5, le=600)] = 10
    """A half-open connection is noticed after twice that."""

    @model_validator(mode="after")
    def _login(self) -> "BrokerConfig":
        if self.password and not self.user:
            raise ValueError("a password needs a `user`")
        return self

    def within(self, base: Path) -> "BrokerConfig":
        """Return this with the files of TLS looked up in `base`."""
        if self.tls is None:
            return self
        files = {name: base / path for name, path in self.tls if isinstance(path, Path)}
        return self.model_copy(update={"tls": self.tls.model_copy(update=files)})

    def secret(self, base: Path) -> SecretStr | None:
        """Return the password, if there is one.

        Raises:
            SecretError: it cannot be had.
        """
        return self.password.read(base) if self.password else None
