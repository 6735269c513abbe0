"""Where an InfluxDB is, as the configuration says it. It does not need its client."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from contract.secret import SecretSource


class InfluxConfig(BaseModel):
    """Where the database is. `database` is the bucket of 2.x; 1.x is entered with `user` and `password`, later ones
    with `token`; `horizon_s` is how long after its yes the database may forget (VictoriaMetrics: 60); with `canary` it
    is believed only while a point of ours can be read back."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    version: Literal[1, 2, 3] = 2
    database: Annotated[str, Field(min_length=1)]
    org: str = ""
    token: SecretSource | None = None
    user: str | None = None
    password: SecretSource | None = None
    ca_file: Path | None = None
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    horizon_s: Annotated[float, Field(ge=0, le=3600)] = 0.0
    gzip: bool = False
    canary: bool = True

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        from urllib3.exceptions import LocationParseError
        from urllib3.util import parse_url

        try:
            url = parse_url(value)
        except LocationParseError:
            raise ValueError("is no URL") from None
        if url.scheme not in ("http", "https") or not url.host or url.auth or url.query or url.fragment:
            raise ValueError("is `http://host:8086` or `https://…`; user, password and token have keys of their own")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _login(self) -> "InfluxConfig":
        if (self.user is None) != (self.password is None):
            raise ValueError("`user` and `password` need each other")
        if self.token and (self.user or self.version == 1):
            raise ValueError("either `token` (2.x, 3.x), or `user` and `password`")
        return self
