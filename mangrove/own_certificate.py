"""The certificate by which an agent or a collector comes in at the broker: whose it is, and how long it is good."""

from datetime import datetime
from pathlib import Path

from mangrove import certificates
from mangrove.certificates import CertificateError
from mangrove.words import word


def judge(path: Path, agent: str, now: datetime) -> tuple[bool, str]:
    """Return whether it will do for 30 days, and the text to say; `agent` is the id that it must name, empty for a
    collector's."""
    try:
        told = certificates.read(path.read_bytes())[0]
    except (OSError, CertificateError) as error:
        return False, f"{path}: {error}"
    user, end, day = told.user, told.end, f"{told.end:%Y-%m-%d}"
    if agent and user != agent:
        return False, word("certificate_other", path=path, user=user, agent=agent)
    if end <= now:
        return False, word("certificate_ended", path=path, user=user, day=day)
    if end - now < certificates.SOON:
        return False, word("certificate_ends", path=path, user=user, day=day)
    return True, word("certificate_good", user=user, day=day)
