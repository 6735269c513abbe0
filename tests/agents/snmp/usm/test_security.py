"""Discovery, reports, and what a reply must be before it is believed."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from agents.snmp.usm.users import NOBODY, ask, named
from agents.snmp.usm.usm_device import (
    DECRYPTION_ERROR,
    NAME,
    NOT_IN_TIME,
    UNKNOWN_ENGINE,
    UNKNOWN_USER,
    UNSUPPORTED_LEVEL,
    WRONG_DIGEST,
    UsmDevice,
    with_flags,
)

from agents.snmp.errors import AskAgain, AuthError, BadResponse, SnmpError
from agents.snmp.names import Kind
from agents.snmp.oids import Oid, encode_oid
from agents.snmp.usm.security import UserSecurity
from agents.snmp.usm.user import User
from agents.snmp.varbinds import encode_question

USER = named("sha256-aes128")
QUESTION = encode_question(NAME.oid)
EVERY_LEVEL = pytest.mark.parametrize("user", [NOBODY, named("sha1"), USER], ids=lambda user: user.name.decode())


class Clock:
    """Ours, as the test sets it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def known(user: User = USER, clock: Callable[[], float] = lambda: 0.0) -> tuple[UserSecurity, UsmDevice]:
    """A device with which all is well, and its security."""
    device, security = UsmDevice(user), UserSecurity(user, clock=clock)
    assert ask(security, device.answer).response().varbinds == [NAME]
    return security, device


def question(security: UserSecurity) -> bytes:
    return security.encode(Kind.GET, 7, QUESTION)


@EVERY_LEVEL
def test_the_first_question_only_finds_out_the_engine_and_tells_nothing(user: User) -> None:
    security, device = UserSecurity(user), UsmDevice(user)
    first = question(security)
    assert user.name not in first
    assert encode_oid(NAME.oid) not in first
    with pytest.raises(AskAgain, match=f"its engine is {device.engine_id.hex()}"):
        security.decode(device.answer(first))
    second = question(security)
    assert user.name in second
    assert (encode_oid(NAME.oid) in second) is (user.privacy is None)
    assert security.decode(device.answer(second)).response().varbinds == [NAME]
    assert security.decode(device.answer(question(security))).response().varbinds == [NAME]


@pytest.mark.parametrize(
    ("counter", "reason"),
    [
        (UNSUPPORTED_LEVEL, "security level.*`auth` and `privacy`"),
        (UNKNOWN_USER, "no such user.*correct `user`"),
        (WRONG_DIGEST, "authentication wrong.*`auth_password`"),
        (DECRYPTION_ERROR, "cannot decrypt.*`privacy_password`"),
        ((1, 3, 6, 1, 6, 3, 12, 1, 5, 0), "no such context"),
        ((1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0), "snmpUnknownPDUHandlers"),
        ((1, 3, 6, 1, 4, 1, 9, 9, 0), "reports 1.3.6.1.4.1.9.9"),
    ],
)
@EVERY_LEVEL
def test_a_report_is_an_error_that_says_what_to_do(user: User, counter: Oid, reason: str) -> None:
    security, device = known(user)
    with pytest.raises(AuthError, match=reason) as caught:
        security.decode(device.report(question(security), counter))
    assert (caught.value.outcome, isinstance(caught.value, AskAgain)) == ("auth", False)
    assert ask(security, device.answer).response().varbinds == [NAME]


def test_only_an_authentic_report_teaches_the_time() -> None:
    security, device = known()
    device.boots, device.time = 6, 10
    with pytest.raises(AuthError, match="does not prove that it is itself"):
        security.decode(device.report(question(security), NOT_IN_TIME))
    device.boots, device.time = 5, 1000
    assert security.decode(device.reply(question(security)))
    device.boots, device.time = 6, 10
    with pytest.raises(AskAgain, match="started 6 times, 10 s ago"):
        security.decode(device.report(question(security), NOT_IN_TIME, authentic=True))
    device.boots, device.time = 5, 1000
    with pytest.raises(AuthError, match="went back from 6 to 5"):
        security.decode(device.reply(question(security)))


def test_an_authentic_report_may_not_set_the_boots_back() -> None:
    security, device = known()
    device.boots = 4
    with pytest.raises(AuthError, match="went back from 5 to 4"):
        security.decode(device.report(question(security), NOT_IN_TIME, authentic=True))


@pytest.mark.parametrize("later", [(6, 0), (5, 1151)])
def test_a_reply_from_before_is_refused_when_it_is_sent_again(later: tuple[int, int]) -> None:
    security, device = known()
    old = device.reply(question(security))
    device.boots, device.time = later
    assert security.decode(device.reply(question(security)))
    with pytest.raises(AuthError, match="old message"):
        security.decode(old)


def test_a_reply_is_refused_once_150_seconds_have_passed() -> None:
    clock = Clock()
    security, device = known(clock=clock)
    clock.now = 150.0
    assert security.decode(device.reply(question(security)))
    clock.now = 151.0
    with pytest.raises(AuthError, match="151 s behind"):
        security.decode(device.reply(question(security)))


@EVERY_LEVEL
def test_another_engine_is_told_once_and_asked_at_once(user: User, caplog: pytest.LogCaptureFixture) -> None:
    security, _ = known(user)
    new = UsmDevice(user, b"engine-2", boots=1, time=3)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert ask(security, new.answer).response().varbinds == [NAME]
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        f"the engine of a device is now {b'engine-2'.hex()} and was {b'engine-1'.hex()}: was the device replaced?"
    ]


def test_a_forged_report_makes_nothing_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    security, device = known()
    forger = UsmDevice(USER, b"engine-x", boots=1, time=1)
    with pytest.raises(AskAgain):
        security.decode(forger.report(question(security), UNKNOWN_ENGINE))
    assert ask(security, device.answer).response().varbinds == [NAME]
    device.boots = 4
    with pytest.raises(AuthError, match="went back from 5 to 4"):
        security.decode(device.reply(question(security)))
    assert caplog.records == []


def test_a_report_of_an_engine_without_an_id_is_refused() -> None:
    security, nameless = UserSecurity(USER), UsmDevice(NOBODY, b"")
    with pytest.raises(BadResponse, match="without one"):
        security.decode(nameless.report(question(security), UNKNOWN_ENGINE))


@pytest.mark.parametrize(
    ("answered_by", "reason"),
    [
        (User(USER.name), "noAuthNoPriv to a question that was authPriv"),
        (replace(USER, privacy=None), "authNoPriv to a question that was authPriv"),
        (replace(USER, name=b"other"), "another user"),
        (replace(USER, auth_password=b"of somebody else"), "not authentic"),
        (replace(USER, auth="sha512"), "not authentic"),
        (replace(USER, auth="md5"), "not authentic"),
        (replace(USER, privacy_password=b"of somebody else"), "makes no sense"),
        (replace(USER, context=b"other"), "another context"),
    ],
)
def test_a_reply_that_is_less_secure_or_of_others_is_refused(answered_by: User, reason: str) -> None:
    security, device = known()
    refused = 0
    for _ in range(4):  # garbage begins like a PDU once in 256 times
        with pytest.raises(SnmpError) as caught:
            security.decode(device.reply(question(security), user=answered_by))
        refused += reason.split(".*", maxsplit=1)[0] in str(caught.value)
    assert refused


@pytest.mark.parametrize(("flags", "error"), [(0, BadResponse), (1, AuthError), (2, BadResponse), (7, None)])
def test_flags_that_were_changed_on_the_way_are_refused(flags: int, error: type[SnmpError] | None) -> None:
    security, device = known()
    reply = device.reply(question(security))
    if error:
        with pytest.raises(error):
            security.decode(with_flags(reply, flags))
    else:
        assert with_flags(reply, flags) == reply  # what it was: the case above changes something
        assert security.decode(reply)


def test_a_user_without_authentication_takes_no_authenticated_reply() -> None:
    security, device = known(NOBODY)
    with pytest.raises(AuthError, match="another security level"):
        security.decode(device.reply(question(security), user=replace(named("sha1"), name=NOBODY.name)))


@pytest.mark.parametrize("engine", [b"engine-1", b"engine-2"])
@EVERY_LEVEL
def test_a_discovery_is_answered_by_a_report_and_nothing_else(user: User, engine: bytes) -> None:
    security, device = UserSecurity(user), UsmDevice(user, engine)
    with pytest.raises(SnmpError, match=r"discovery|not known yet"):
        security.decode(device.reply(question(security)))


@EVERY_LEVEL
def test_a_reply_of_another_engine_is_refused(user: User) -> None:
    security, _ = known(user)
    with pytest.raises(SnmpError, match="another engine"):
        security.decode(UsmDevice(user, b"engine-2").reply(question(security)))


@EVERY_LEVEL
def test_an_engine_that_has_gone_silent_is_asked_for_again(user: User) -> None:
    security, _ = known(user)
    assert all(user.name in question(security) for _ in range(4))
    new = UsmDevice(user, b"engine-2")
    probe = question(security)
    assert user.name not in probe
    with pytest.raises(AskAgain):
        security.decode(new.answer(probe))
    assert security.decode(new.answer(question(security))).response().varbinds == [NAME]


def test_a_question_that_fits_into_no_datagram_is_refused() -> None:
    security, _ = known()
    with pytest.raises(ValueError, match="does not fit into a datagram"):
        security.encode(Kind.GET, 7, bytes(65_400))


def test_no_secret_is_in_what_is_printed() -> None:
    security, _ = known()
    printed = repr(USER) + repr(security) + str(vars(security))
    assert all(secret.decode() not in printed for secret in (USER.auth_password, USER.privacy_password))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": b""}, "1 to 32"),
        ({"name": b"u" * 33}, "1 to 32"),
        ({"context": b"c" * 33}, "at most 32"),
        ({"auth": None}, "needs authentication"),
        ({"auth_password": b"1234567"}, "sha256 has less than 8"),
        ({"privacy_password": b"1234567"}, "aes128 has less than 8"),
        ({"auth": "md4"}, "unknown"),
        ({"privacy": "rot13"}, "unknown"),
    ],
)
def test_a_user_that_cannot_be_is_refused_without_its_passwords(wrong: dict[str, bytes], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        replace(USER, **wrong)  # type: ignore[arg-type]
    assert "1234567" not in str(caught.value)
