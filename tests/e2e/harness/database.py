"""A database of its own on the throw-away PostgreSQL that `bin/postgres` starts."""

import os
import secrets
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

#: Names the cluster; `bin/test` sets it.
CLUSTER = "LOKET_TEST_POSTGRES"


class Database:
    """One empty database, until it is dropped."""

    def __init__(self) -> None:
        cluster = os.environ.get(CLUSTER)
        assert cluster, f"no PostgreSQL: run bin/test, or export {CLUSTER}=$(bin/postgres start)"
        self._cluster = cluster
        self._name = f"loket_e2e_{secrets.token_hex(6)}"
        self.url = urlunsplit(urlsplit(cluster)._replace(path=f"/{self._name}"))
        self._run(cluster, f"CREATE DATABASE {self._name} TEMPLATE template0 LOCALE 'C'")

    def ask(self, question: str) -> str:
        """What the database answers to a query, bare."""
        return self._run(self.url, question)

    def copy_to(self, other: "Database", file: Path) -> None:
        """Dump everything and restore it, as docs/operations.md says."""
        dump = ["pg_dump", "--format=custom", f"--file={file}", self.url]
        restore = ["pg_restore", "--exit-on-error", f"--dbname={other.url}", str(file)]
        for command in (dump, restore):
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, f"{command[0]}: {done.stderr}"

    def drop(self) -> None:
        """Forget the database, whoever is connected to it."""
        self._run(self._cluster, f"DROP DATABASE {self._name} WITH (FORCE)")

    def _run(self, url: str, sql: str) -> str:
        """Run a statement with Debian's client."""
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"psql: {done.stderr}")
        return done.stdout.strip()
