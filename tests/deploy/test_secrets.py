"""`mangrove secrets`: made once, for their owner only, never printed, and good for the servers that they are for."""

import os
import shutil
import ssl
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from deploy.broker import ROOT, ShippedBroker

from contract.secret import SecretSource
from mangrove import certificates
from mangrove.certificates import CertificateError, authority, problem, server
from mangrove.deploy import EVERYWHERE, make
from mangrove.deploy_files import SERVICE, DeployError, Files

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
OWNER = os.geteuid() or SERVICE


def _tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def _run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mangrove", "secrets", str(folder), *more],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=ROOT,
        env={**os.environ, "MANGROVE_LANG": "en"},
    )


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    first, _ = make(tmp_path, ["broker.example"], NOW)
    before = _tree(tmp_path)

    assert make(tmp_path, ["broker.example"], NOW + timedelta(days=100)) == ([], [])
    assert _tree(tmp_path) == before
    assert len(set(first)) == len(first) > 15


def test_all_is_for_its_owner_only_but_certificates(tmp_path: Path) -> None:
    make(tmp_path, [], NOW)
    for path in tmp_path.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert path.stat().st_uid == OWNER
        assert mode == (0o700 if path.is_dir() else 0o644 if path.suffix == ".crt" else 0o600), path


def test_our_own_programs_read_the_secrets(deployment: Path) -> None:
    for path in (deployment / "secrets").iterdir():
        assert len(SecretSource(file=path).read().get_secret_value()) >= len("public")


def test_no_two_secrets_are_alike_and_all_are_long(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make(tmp_path / name, [], NOW)
    texts = [path.read_text().strip() for path in tmp_path.glob("*/secrets/*") if path.name != "community"]
    assert len(set(texts)) == len(texts)
    assert min(map(len, texts)) >= 48


def test_the_command_says_what_it_made_and_nothing_secret(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    said = [_run(folder), _run(folder), _run(folder, "--name", "other.example")]
    printed = "".join(one.stdout + one.stderr for one in said)

    assert [one.returncode for one in said] == [0, 0, 2]
    assert "made: env, secrets/influxdb-admin" in said[0].stdout
    assert "nothing was changed" in said[1].stdout
    assert "broker.crt: it does not name other.example; delete it and run this again" in said[2].stderr
    for path in folder.glob("secrets/*"):
        if path.name != "community":
            assert path.read_text().split(":")[-1].split()[-1] not in printed


def test_the_addresses_name_files_that_are_there_and_nothing_secret(tmp_path: Path) -> None:
    make(tmp_path / "d", [], NOW)
    said = subprocess.run(
        [sys.executable, "-m", "mangrove", "addresses", "d"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MANGROVE_LANG": "vi", "COLUMNS": "200"},
    )
    named = [word for word in said.stdout.split() if word.startswith("d/")]
    assert len(named) == 4
    assert all((tmp_path / name).exists() for name in named)
    assert "mật khẩu" in said.stdout
    assert "https://localhost:3000" in said.stdout
    for name in named[:3]:
        assert (tmp_path / name).read_text().strip() not in said.stdout


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "broker", "broker.ttvt.example", "192.0.2.5"])
def test_clients_trust_the_broker_by_each_of_its_names(shipped: ShippedBroker, name: str) -> None:
    shipped.handshake(name)


def test_clients_do_not_trust_it_by_another_name(shipped: ShippedBroker) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shipped.handshake("grafana")


@pytest.mark.parametrize("lost", ["client.key", "client.crt"])
def test_a_login_whose_file_is_deleted_is_given_out_anew(tmp_path: Path, lost: str) -> None:
    make(tmp_path, [], NOW)
    (tmp_path / "clients" / "looker" / lost).unlink()

    made, _ = make(tmp_path, [], NOW)

    names = ("broker.yaml", "ca.crt", "client.key", "client.crt")
    assert made == ["issued/looker.pem", *(f"clients/looker/{name}" for name in names)]
    assert (tmp_path / "issued" / "looker.pem").read_text().count("BEGIN CERTIFICATE") == 2


def test_a_certificate_that_ends_soon_is_told_and_one_that_has_ended_is_refused(tmp_path: Path) -> None:
    make(tmp_path, [], NOW)
    _, warnings = make(tmp_path, [], NOW + timedelta(days=800))
    assert len(warnings) == 7
    with pytest.raises(DeployError, match=r"broker\.crt: it was valid until 2029-02-28; delete it"):
        make(tmp_path, [], NOW + timedelta(days=825))
    for path in (*tmp_path.glob("certificates/[bg]*.crt"), *tmp_path.glob("clients/*/client.crt")):
        path.unlink()
    made, warnings = make(tmp_path, [], NOW + timedelta(days=825))
    assert warnings == []
    assert len([name for name in made if name.endswith(".key")]) == 7


def _hosts(folder: Path, service: str) -> list[str]:
    told = certificates.read((folder / "certificates" / f"{service}.crt").read_bytes())[0].hosts
    return [name for name in told if name not in (service, *EVERYWHERE)]


def _delete_servers(folder: Path) -> None:
    for path in folder.glob("certificates/[bg]*.crt"):
        path.unlink()


def test_certificates_made_anew_keep_the_names_of_before_and_add_to_them(tmp_path: Path) -> None:
    make(tmp_path, ["telemetry.example", "192.0.2.5"], NOW)
    _delete_servers(tmp_path)
    make(tmp_path, [], NOW)
    assert _hosts(tmp_path, "broker") == _hosts(tmp_path, "grafana") == ["telemetry.example", "192.0.2.5"]
    _delete_servers(tmp_path)
    make(tmp_path, ["other.example"], NOW)
    three = ["telemetry.example", "192.0.2.5", "other.example"]
    assert _hosts(tmp_path, "broker") == _hosts(tmp_path, "grafana") == three
    assert (tmp_path / "names").read_text().split() == three
    assert make(tmp_path, [], NOW)[0] == []


def test_a_name_that_a_certificate_lacks_is_told_and_not_noted(tmp_path: Path) -> None:
    make(tmp_path, ["telemetry.example"], NOW)
    for name, why in (("other.example", "does not name other.example; delete it"), ("a b", "a b is no host name")):
        with pytest.raises(DeployError, match=why):
            make(tmp_path, [name], NOW)
    assert (tmp_path / "names").read_text().split() == ["telemetry.example"]


def test_names_of_a_deployment_that_never_noted_them_are_those_of_what_is_left(tmp_path: Path) -> None:
    make(tmp_path, ["telemetry.example"], NOW)
    (tmp_path / "names").unlink()
    (tmp_path / "certificates" / "broker.crt").unlink()
    make(tmp_path, [], NOW)
    assert _hosts(tmp_path, "broker") == ["telemetry.example"]


def test_an_authority_whose_key_is_kept_elsewhere_is_never_replaced(tmp_path: Path) -> None:
    make(tmp_path, [], NOW)
    (tmp_path / "certificates" / "ca.key").unlink()
    assert make(tmp_path, [], NOW)[0] == []
    (tmp_path / "certificates" / "broker.key").unlink()
    with pytest.raises(DeployError, match=r"ca\.key is missing: put it back"):
        make(tmp_path, [], NOW)


def test_what_another_authority_has_signed_is_refused(tmp_path: Path) -> None:
    make(tmp_path, [], NOW)
    for name in ("ca.crt", "ca.key"):
        (tmp_path / "certificates" / name).unlink()
    with pytest.raises(DeployError, match=r"broker\.crt: it is not of this authority"):
        make(tmp_path, [], NOW)
    for path in tmp_path.glob("certificates/[bg]*.crt"):
        path.unlink()
    with pytest.raises(
        DeployError, match=r"client\.crt: it is not of this authority; delete issued, clients and users"
    ):
        make(tmp_path, [], NOW)
    for name in ("issued", "clients", "users"):
        shutil.rmtree(tmp_path / name)
    assert "users/acl" in make(tmp_path, [], NOW)[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files for others")
def test_root_makes_what_comes_later_for_the_user_of_before(tmp_path: Path) -> None:
    make(tmp_path, [], NOW)
    os.chown(tmp_path / "env", 4242, 4243)
    (tmp_path / "env").write_text("MANGROVE_UID=0\n")  # as for a rootless engine
    (tmp_path / "clients" / "looker" / "client.crt").unlink()
    make(tmp_path, [], NOW)
    made = (tmp_path / "clients" / "looker" / "client.key").stat()
    assert (made.st_uid, made.st_gid) == (4242, 4243)


def test_another_user_is_told_whose_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, [], NOW)
    monkeypatch.setattr(os, "geteuid", lambda: OWNER + 1)
    with pytest.raises(DeployError, match=f"was made by user {OWNER}: run this as that user, or as root"):
        make(tmp_path, [], NOW)


def test_a_write_that_fails_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files(tmp_path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.put(Path("secrets/x"), lambda: "secret")
    assert not files.has(Path("secrets/x"))
    monkeypatch.undo()
    files.put(Path("secrets/x"), lambda: "secret")
    assert files.text(Path("secrets/x")) == "secret\n"


def test_certificates_last_as_long_as_they_should_and_serve_only_servers() -> None:
    ca, ca_key = authority("Mangrove test", NOW)
    made = x509.load_pem_x509_certificate(server(["xn--nm-cn-8qa.example", "::1"], ca, ca_key, NOW)[0])
    top = x509.load_pem_x509_certificate(ca)
    assert made.not_valid_after_utc - made.not_valid_before_utc == timedelta(days=825)
    assert timedelta(days=3650) < top.not_valid_after_utc - NOW < timedelta(days=3653)
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert list(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        x509.oid.ExtendedKeyUsageOID.SERVER_AUTH
    ]


@pytest.mark.parametrize("name", ["năm-căn.example", "ă", "bad name", "a,b"])
def test_a_name_that_no_certificate_can_hold_is_told(name: str) -> None:
    ca, ca_key = authority("Mangrove test", NOW)
    with pytest.raises(CertificateError, match="is no host name"):
        server([name], ca, ca_key, NOW)


def test_files_that_are_no_certificates_are_told() -> None:
    ca, ca_key = authority("Mangrove test", NOW)
    for bad_ca, bad_key in ((b"", ca_key), (ca, b""), (ca, ca)):
        with pytest.raises(CertificateError):
            server(["a.example"], bad_ca, bad_key, NOW)
    with pytest.raises(CertificateError):
        problem(b"x", [], ca, NOW)
