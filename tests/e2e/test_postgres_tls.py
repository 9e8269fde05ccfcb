"""The way to PostgreSQL is encrypted where it should be, and leads to the right server."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Postgres

#: A folder's configuration without its database.
CONFIG = """
homeserver: {address: 'http://127.0.0.1:9', domain: localhost}
appservice: {as_token: as_0123456789abcdef, hs_token: hs_0123456789abcdef}
public: {base_url: 'http://127.0.0.1:9'}
"""

#: What the certificate says. A server's may not say that it is an authority.
FORM = """
[req]
distinguished_name = name
x509_extensions = more
prompt = no
[name]
CN = postgres
[more]
basicConstraints = critical,CA:FALSE
subjectAltName = IP:127.0.0.1
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Postgres, Path]]:
    """A server with a self-made certificate for 127.0.0.1, and that certificate."""
    folder = tmp_path_factory.mktemp("tls")
    # The server's user has to get there.
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(parent.stat().st_mode | 0o711)
    key, certificate = folder / "server.key", folder / "server.crt"
    form = folder / "openssl.cnf"
    form.write_text(FORM)
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    make += ["-config", str(form), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True, timeout=60)
    server = Postgres(folder / "server")
    try:
        server.create()
        server.encrypt(key, certificate)
        server.start()
        server.execute("CREATE ROLE loket LOGIN")
        server.execute("CREATE DATABASE loket OWNER loket")
        yield server, certificate
    finally:
        server.remove()


def migrate(binary: Path, folder: Path, server: Postgres, parameters: str) -> tuple[int, str]:
    """Migrate through a connection with these parameters: exit code, what was said."""
    url = f"postgres://loket@127.0.0.1:{server.port}/loket?{parameters}"
    config = folder / "config.yaml"
    config.write_text(f"{CONFIG}database: {{url: '{url}'}}\n")
    done = subprocess.run(
        [binary, "migrate", "-c", config], capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_a_connection_is_encrypted_and_checked_as_it_says(
    binary: Path, tmp_path: Path, server: tuple[Postgres, Path], mode: str
) -> None:
    postgres, certificate = server
    known = f"sslmode={mode}&sslrootcert={certificate}"
    unknown = f"sslmode={mode}"
    assert migrate(binary, tmp_path, postgres, known) == (0, "")
    code, said = migrate(binary, tmp_path, postgres, unknown)
    if mode == "require":
        # It does not look whose certificate it is.
        assert (code, said) == (0, "")
        return
    assert code == 4, said
    assert "is not one that sslmode accepts" in said
    assert "sslrootcert=FILE" in said


def test_what_is_to_be_encrypted_is_not_sent_in_the_clear(
    binary: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("plain")
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(parent.stat().st_mode | 0o711)
    plain = Postgres(folder / "server")
    try:
        plain.create()
        plain.start()
        plain.execute("CREATE ROLE loket LOGIN")
        plain.execute("CREATE DATABASE loket OWNER loket")
        code, said = migrate(binary, tmp_path, plain, "sslmode=require")
    finally:
        plain.remove()
    assert code == 4, said
    assert "find no encryption to speak in" in said
