"""`traps` of `agent.yaml`: where notifications are heard, and who may send them."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contract.config_file import did_you_mean
from contract.messages import Slug


class Who(Protocol):
    """What matters here of a credential."""

    @property
    def user(self) -> str | None:
        """Of version 3."""

    @property
    def auth(self) -> str | None:
        """Its protocol of authentication."""


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError("a numeric IPv4 or IPv6 address") from None


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536) or (":" in host and not bracketed):
        raise ValueError("ADDRESS:PORT such as 0.0.0.0:162 or [::]:162")
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        raise ValueError("ADDRESS:PORT such as 0.0.0.0:162 or [::]:162, with a numeric address") from None
    return text


class TrapsConfig(BaseModel):
    """`credentials` are names of the file's: who knows one of them, at its level of security and in its version, is
    heard. `proxies` are addresses that may speak for others, whose address is then in the notification (RFC 3584
    snmpTrapAddress, agent-addr of version 1). `per_s` and `burst` bound what one source may send."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: Annotated[str, AfterValidator(_listen)]
    credentials: Annotated[list[Slug], Field(min_length=1, max_length=100)]
    proxies: Annotated[list[Annotated[str, AfterValidator(_address)]], Field(max_length=100)] = []
    per_s: Annotated[float, Field(gt=0, le=1000)] = 20
    burst: Annotated[int, Field(ge=1, le=10_000)] = 200

    def troubles(self, known: Mapping[str, Who]) -> Iterator[tuple[int, str]]:
        """Yield what is wrong with the credentials, by their place: `known` are those of the file."""
        users: dict[str, str] = {}
        for i, name in enumerate(self.credentials):
            one = known.get(name)
            if one is None:
                yield i, f"there is no credential {name} in `credentials`{did_you_mean(name, known)}"
            elif one.user and not one.auth:
                yield i, f"{name} has no `auth`: whoever knows the user's name could send anything"
            elif one.user and (other := users.setdefault(one.user, name)) != name:
                yield i, f"{name} is of the same user as {other}: a message says the name only"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)
