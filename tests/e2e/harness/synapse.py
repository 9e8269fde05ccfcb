"""A real Synapse homeserver: SQLite, loopback, no federation, nothing limited."""

import hashlib
import hmac
import sys
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from signedjson.key import generate_signing_key, write_signing_keys

from .process import Process
from .wait import free_port

#: What the shared-secret registration is signed with. The server listens on loopback only.
SHARED_SECRET = "only-on-loopback"

#: Synapse's limits get in the way of tests; this many per second is none at all.
UNLIMITED = {"per_second": 100_000, "burst_count": 100_000}


class Synapse:
    """One homeserver in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        registrations: list[Path] | None = None,
        port: int | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        """`extra` is laid over the configuration, key by key."""
        self.domain = "localhost"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._registrations = registrations or []
        self._extra = extra or {}
        config = folder / "homeserver.yaml"
        command = [sys.executable, "-m", "synapse.app.homeserver", "-c", config]
        self.process = Process("synapse", command, log=folder / "synapse.log")

    async def start(self) -> None:
        """Write the configuration, start and wait until clients are answered."""
        self._configure()
        self.process.start()
        await self.process.answers(f"{self.url}/health")

    def stop(self) -> None:
        """End the homeserver."""
        self.process.stop()

    async def register(self, name: str, password: str, display_name: str) -> str:
        """Create a user through the shared-secret API; the user's id.

        A name that is taken stays as it is.
        """
        url = f"{self.url}/_synapse/admin/v1/register"
        async with aiohttp.ClientSession() as http:
            async with http.get(url) as response:
                nonce = (await response.json())["nonce"]
            fields = "\0".join((nonce, name, password, "notadmin"))
            mac = hmac.new(SHARED_SECRET.encode(), fields.encode(), hashlib.sha1)
            body = {
                "nonce": nonce,
                "username": name,
                "displayname": display_name,
                "password": password,
                "admin": False,
                "mac": mac.hexdigest(),
            }
            async with http.post(url, json=body) as response:
                answer = await response.json()
                taken = answer.get("errcode") == "M_USER_IN_USE"
                if response.status != 200 and not taken:
                    raise AssertionError(f"register {name}: {response.status} {answer}")
        return f"@{name}:{self.domain}"

    def _configure(self) -> None:
        """Write homeserver.yaml, the log configuration and a signing key."""
        self._folder.mkdir(parents=True, exist_ok=True)
        key = self._folder / "signing.key"
        if not key.exists():
            with key.open("w") as file:
                write_signing_keys(file, [generate_signing_key("a_demo")])
        log = self._folder / "log.yaml"
        log.write_text(yaml.safe_dump(LOGGING))
        config = {**self._settings(key, log), **self._extra}
        (self._folder / "homeserver.yaml").write_text(yaml.safe_dump(config))

    def _settings(self, key: Path, log: Path) -> dict[str, Any]:
        """The configuration before `extra`."""
        return {
            "server_name": self.domain,
            "public_baseurl": f"{self.url}/",
            "pid_file": str(self._folder / "synapse.pid"),
            "signing_key_path": str(key),
            "log_config": str(log),
            "media_store_path": str(self._folder / "media"),
            "report_stats": False,
            "listeners": [
                {
                    "port": self.port,
                    "type": "http",
                    "bind_addresses": ["127.0.0.1"],
                    "resources": [{"names": ["client", "media"]}],
                }
            ],
            "database": {
                "name": "sqlite3",
                "args": {"database": str(self._folder / "synapse.db")},
            },
            "registration_shared_secret": SHARED_SECRET,
            "macaroon_secret_key": "only-on-loopback-too",
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            "bcrypt_rounds": 4,
            "url_preview_enabled": False,
            "presence": {"enabled": False},
            "app_service_config_files": [str(file) for file in self._registrations],
            **RATES,
        }


#: Every limit that a busy test or a lively demo would meet.
RATES: dict[str, Any] = {
    "rc_message": UNLIMITED,
    "rc_registration": UNLIMITED,
    "rc_admin_redaction": UNLIMITED,
    "rc_presence": {"per_user": UNLIMITED},
    "rc_login": {name: UNLIMITED for name in ("address", "account", "failed_attempts")},
    "rc_joins": {"local": UNLIMITED, "remote": UNLIMITED},
    "rc_joins_per_room": UNLIMITED,
    "rc_invites": {name: UNLIMITED for name in ("per_room", "per_user", "per_issuer")},
    "rc_room_creation": UNLIMITED,
}

#: Warnings and errors only, to the process's output.
LOGGING: dict[str, Any] = {
    "version": 1,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "WARNING", "handlers": ["out"]},
    "disable_existing_loggers": False,
}
