"""PostgreSQL servers that a test may stop, kill, freeze and fail over."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .wait import free_port


def programs() -> Path:
    """Where the server's programs are: Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = found[-1] if found else shutil.which("initdb")
    assert path, "PostgreSQL is missing: apt-get install postgresql"
    return Path(path).parent


class Postgres:
    """One server in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._data = folder / "data"
        self._programs = programs()

    def create(self) -> None:
        """A new cluster. What it has said to be stored is on its disk."""
        self._make_folder()
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        settings = self._data / "postgresql.conf"
        with settings.open("a") as file:
            file.write("listen_addresses = '127.0.0.1'\nmax_connections = 60\n")
            file.write("wal_level = replica\nhot_standby = on\n")

    def encrypt(self, key: Path, certificate: Path) -> None:
        """Speak TLS with a certificate that no public authority has signed."""
        for file in (key, certificate):
            target = self._folder / file.name
            shutil.copy(file, target)
            target.chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(target, "postgres", "postgres")
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write("ssl = on\n")
            settings.write(f"ssl_key_file = '{self._folder / key.name}'\n")
            settings.write(f"ssl_cert_file = '{self._folder / certificate.name}'\n")

    def follow(self, primary: "Postgres") -> None:
        """Become a copy of `primary`, which from then on waits for it at each commit."""
        self._make_folder()
        where = f"host=127.0.0.1 port={primary.port} user=postgres application_name=copy"
        self._run("pg_basebackup", "-d", where, "-D", self._data, "-X", "stream", "-R", "-c", "fast")
        self.start()
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = 'copy'")
        primary.execute("SELECT pg_reload_conf()")

    def start(self) -> None:
        """Start and wait until it answers."""
        # No socket in a folder: what guards it would outlive a kill.
        options = f"-p {self.port} -c unix_socket_directories=''"
        self._run(
            "pg_ctl", "-D", self._data, "-w", "-l", self._folder / "log", "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop: `fast` in order, `immediate` as in a crash."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def remove(self) -> None:
        """End it however it stands."""
        if (self._data / "postmaster.pid").exists():
            self.thaw()
            subprocess.run(
                self._command("pg_ctl", "-D", self._data, "-m", "immediate", "stop"),
                capture_output=True,
            )

    def promote(self) -> None:
        """Make a copy the primary; it waits for no other."""
        self._run("pg_ctl", "-D", self._data, "-w", "promote")
        self.execute("ALTER SYSTEM RESET synchronous_standby_names")
        self.execute("SELECT pg_reload_conf()")

    def kill(self) -> None:
        """Kill the server and everything it has started, as a power cut does."""
        for pid in self._signal(signal.SIGKILL):
            while is_alive(pid):
                time.sleep(0.01)
        # A pid that its parent never asks for stays taken, and looks like a server.
        (self._data / "postmaster.pid").unlink()

    def freeze(self) -> None:
        """Stop it where it is: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def execute(self, sql: str) -> None:
        """Run a statement."""
        where = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        self._run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", where, "-c", sql)

    def _make_folder(self) -> None:
        """A folder that the server may enter."""
        self._folder.mkdir(parents=True)
        self._folder.chmod(0o700)
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")

    def _signal(self, number: signal.Signals) -> list[int]:
        """Send a signal to the server and its children; who they are."""
        pidfile = self._data / "postmaster.pid"
        server = int(pidfile.read_text().splitlines()[0])
        # The server first: it must not restart the children that end.
        processes = [server, *children(server)]
        for pid in processes:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        return processes

    def _command(self, program: str, *arguments: str | Path) -> list[str]:
        """A program of the server's, as the user it runs as."""
        command = [str(self._programs / program), *map(str, arguments)]
        # The server refuses to run as root.
        return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command

    def _run(self, program: str, *arguments: str | Path) -> None:
        """Run a program to its end."""
        done = subprocess.run(
            self._command(program, *arguments),
            stdin=subprocess.DEVNULL,
            # Not a pipe: the server would keep it open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            timeout=60,
        )
        assert done.returncode == 0, f"{program}: exit {done.returncode}, see {self._folder}"


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    everybody = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [pid for pid in everybody if fields(pid)[1:2] == [str(parent)]]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be asked for does not."""
    return fields(pid)[:1] not in ([], ["Z"])


def fields(pid: int) -> list[str]:
    """What the system says of a process: its state, its parent, …; empty without it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
