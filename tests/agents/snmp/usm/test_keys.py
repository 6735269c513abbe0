"""Keys: the vectors of RFC 3414 and those that other implementations of RFC 7860 agree on, and pysnmp's opinion."""

import hashlib

import pytest
from agents.snmp.usm.pysnmp_engine import THEIR_AUTH, THEIR_PRIVACY
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.type import univ  # type: ignore[import-untyped]
from pysnmp.entity import config  # type: ignore[import-untyped]
from pysnmp.proto.secmod.rfc3414 import localkey  # type: ignore[import-untyped]

from agents.snmp.usm.keys import hash_password, key_of_password, localise, privacy_key
from agents.snmp.usm.protocols import AUTH, PRIVACY, AuthName, PrivacyName

ENGINE = bytes(11) + b"\x02"
PASSWORD = b"maplesyrup"
ENGINES = st.binary(min_size=5, max_size=32)


@pytest.mark.parametrize(
    ("name", "key", "localised"),
    [
        # RFC 3414 appendices A.3.1 and A.3.2
        ("md5", "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
        ("sha1", "9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f"),
        # RFC 7860 section 9.3, which has no numbers of its own: the same password and engine
        (
            "sha224",
            "282a5867ee9aac639ad59df9572c7d3ac0fbc13a905b6df07dbbf00b",
            "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be682075674",
        ),
        (
            "sha256",
            "ab51014d1e077f6017df2b12bee5f5aa72993177e9bb569c4dff5a4ca0b4afac",
            "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b",
        ),
        (
            "sha384",
            "e06eccdf2c68a06ed034723c9c26e0db3b669e1e2efed49150b55377a2e98f383c86fb836857444654b287c93f51ff64",
            "3b298f16164a11184279d5432bf169e2d2a48307de02b3d3f7e2b4f36eb6f0455a53689a3937eea07319a633d2ccba78",
        ),
        (
            "sha512",
            (
                "7e4396de5aadc77be853819b98c9406265b3a9c37cc3176569847a4e4f6fba63"
                "dd3a73d04924d31a63f95a601f9385af6be4ed1b37f87d040f7c6ed6f8d38a91"
            ),
            (
                "22a5a36cedfcc085807a128d7bc6c2382167ad6c0dbc5fdff856740f3d84c099"
                "ad1ea87a8db096714d9788bd544047c9021e4229ce27e4c0a69250adfcffbb0b"
            ),
        ),
    ],
)
def test_a_password_becomes_the_key_of_the_published_examples(name: AuthName, key: str, localised: str) -> None:
    made = hash_password(PASSWORD, AUTH[name].hash)
    assert (made.hex(), localise(made, ENGINE, AUTH[name].hash).hex()) == (key, localised)


@pytest.mark.parametrize("name", AUTH)
@settings(deadline=None, max_examples=5)
@given(st.binary(min_size=1, max_size=80), ENGINES)
def test_pysnmp_makes_the_same_key_of_any_password(name: AuthName, password: bytes, engine: bytes) -> None:
    hash_name = AUTH[name].hash
    theirs = localkey.password_to_key(password, univ.OctetString(engine), getattr(hashlib, hash_name))
    assert localise(hash_password(password, hash_name), engine, hash_name) == bytes(theirs)


@pytest.mark.parametrize("privacy", PRIVACY)
@pytest.mark.parametrize("auth", AUTH)
@settings(deadline=None, max_examples=3)
@given(ENGINES)
def test_pysnmp_makes_the_same_key_for_every_cipher(auth: AuthName, privacy: PrivacyName, engine: bytes) -> None:
    key = hash_password(PASSWORD, AUTH[auth].hash)
    service = config.PRIV_SERVICES[THEIR_PRIVACY[privacy]]
    theirs = service.localize_key(THEIR_AUTH[auth], univ.OctetString(key), univ.OctetString(engine))
    made = privacy_key(PRIVACY[privacy], key, engine, AUTH[auth].hash)
    assert len(made) == PRIVACY[privacy].key_octets
    assert made == bytes(theirs)[: len(made)]


def test_the_two_extensions_differ_only_where_the_hash_is_too_short() -> None:
    for name, differ in (("md5", True), ("sha1", True), ("sha224", True), ("sha256", False)):
        key = hash_password(PASSWORD, name)
        both = [privacy_key(PRIVACY[cipher], key, ENGINE, name) for cipher in ("aes256", "aes256c")]
        assert (both[0] != both[1]) is differ


def test_a_password_is_hashed_once_for_all_devices() -> None:
    first = key_of_password(PASSWORD + b" of one", "sha256")
    before = key_of_password.cache_info().hits
    assert key_of_password(PASSWORD + b" of one", "sha256") is first
    assert key_of_password.cache_info().hits == before + 1
    assert key_of_password.cache_info().maxsize == 256


def test_an_empty_password_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        hash_password(b"", "md5")
