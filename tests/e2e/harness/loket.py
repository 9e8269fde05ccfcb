"""The daemon: its configuration, its registration and its process."""

import secrets
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from .account import Account
from .process import Process
from .wait import eventually, free_port

#: Roles by user id, as the configuration's `teams.main.agents` has them.
Roles = dict[str, str]


class Loket:
    """One daemon in a folder of its own."""

    def __init__(self, binary: Path, folder: Path, *, name: str = "loket") -> None:
        self.binary = binary
        self.tokens = (secrets.token_hex(32), secrets.token_hex(32))
        self.appservice = f"127.0.0.1:{free_port()}"
        self.public = f"127.0.0.1:{free_port()}"
        #: Where the homeserver reaches the daemon; not the same behind a proxy.
        self.address = f"http://{self.appservice}"
        #: Where the channels reach it; not the same behind a proxy.
        self.public_address = f"http://{self.public}"
        self.registration = folder / "registration.yaml"
        self._config = folder / "config.yaml"
        self._folder = folder
        command = [binary, "run", "-c", self._config]
        self.process = Process(name, command, log=folder / "loket.log")

    @property
    def config(self) -> Path:
        """The configuration's file."""
        return self._config

    @property
    def database(self) -> Path:
        """The database's file."""
        return self._folder / "loket.db"

    def secrets(self) -> list[str]:
        """Every secret of the configuration."""
        config = yaml.safe_load(self._config.read_text())
        account = config["accounts"][0]
        names = ("access_token", "app_secret", "verify_token")
        return [
            config["appservice"]["as_token"],
            config["appservice"]["hs_token"],
            *(account[name] for name in names),
        ]

    @property
    def processes(self) -> list[Process]:
        """Its process, in the form in which several daemons have theirs."""
        return [self.process]

    @property
    def webhooks(self) -> str:
        """Where the channels' webhooks are taken."""
        return f"http://{self.public}/webhooks"

    def configure(
        self,
        *,
        homeserver: str,
        domain: str,
        graph: str,
        account: Account,
        roles: Roles,
        team: dict[str, Any],
        database: str | None = None,
    ) -> None:
        """Write config.yaml, check it, and let the daemon write its registration."""
        self._folder.mkdir(parents=True, exist_ok=True)
        as_token, hs_token = self.tokens
        config = {
            "homeserver": {"address": homeserver, "domain": domain},
            "appservice": {
                "listen": self.appservice,
                "address": self.address,
                "as_token": as_token,
                "hs_token": hs_token,
            },
            "database": {"url": database or f"sqlite:{self.database}"},
            "public": {"listen": self.public, "base_url": self.public_address},
            "teams": {"main": {"agents": roles, "accounts": [account.id], **team}},
            "accounts": [
                {
                    "id": account.id,
                    "kind": "whatsapp",
                    "phone_number_id": account.phone_number_id,
                    "business_account_id": account.business_account_id,
                    "access_token": account.access_token,
                    "app_secret": account.app_secret,
                    "verify_token": account.verify_token,
                    "graph_url": graph,
                }
            ],
        }
        self._write(config)
        self.command("check", "-c", self._config)
        self.command("registration", "-c", self._config, "-o", self.registration)

    def uses(self, database: str) -> None:
        """Name another database in config.yaml; the next start opens it."""
        config = yaml.safe_load(self._config.read_text())
        config["database"]["url"] = database
        self._write(config)

    def _write(self, config: dict[str, Any]) -> None:
        """Write config.yaml."""
        self._config.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False))
        self._config.chmod(0o600)

    async def start(self) -> None:
        """Start and wait until the daemon says that it is ready."""
        self.process.start()
        await self.gets_ready()

    async def gets_ready(self) -> None:
        """Wait until a daemon that is starting says that it is ready."""
        await self.process.answers(f"http://{self.appservice}/health/ready")

    def stop(self) -> None:
        """End the daemon."""
        self.process.stop()

    async def health(self, kind: str) -> tuple[int, str]:
        """What `/health/live` or `/health/ready` says: the status and the text."""
        return await self._ask(f"health/{kind}")

    async def becomes_ready(self, ready: bool, *, within: float = 60.0) -> str:
        """Wait until the daemon says that it is ready, or is not; what it said."""

        async def probe() -> str | None:
            status, text = await self.health("ready")
            assert (await self.health("live"))[0] == 200, "it lives, whatever happens"
            return text if (status == 200) == ready else None

        what = "the daemon is ready" if ready else "the daemon says that it is not ready"
        return await eventually(probe, what=what, within=within)

    async def metrics(self) -> str:
        """Everything that is measured."""
        return (await self._ask("metrics"))[1]

    async def metric(self, name: str, **labels: str) -> float:
        """The value of a metric; 0 when it is not there."""
        text = await self.metrics()
        wanted = ",".join(f'{key}="{value}"' for key, value in labels.items())
        start = f"{name}{{{wanted}}} " if labels else f"{name} "
        lines = (line for line in text.splitlines() if line.startswith(start))
        return float(next(lines, f"{start}0").removeprefix(start))

    async def _ask(self, path: str) -> tuple[int, str]:
        """Ask the private listener."""
        timeout = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            async with http.get(f"http://{self.appservice}/{path}") as response:
                return response.status, await response.text()

    def command(self, *arguments: str | Path) -> str:
        """Run one of the daemon's other commands to its end; what it printed."""
        done = subprocess.run(
            [self.binary, *arguments], capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            words = " ".join(str(part) for part in arguments)
            raise AssertionError(
                f"loket {words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done.stdout
