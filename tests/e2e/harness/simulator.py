"""The simulated Meta, driven through its control API (docs/simulator.md)."""

from pathlib import Path
from typing import Any

import aiohttp

from .account import Account
from .process import Process
from .wait import free_port


class Simulator:
    """The simulator's process and its control API."""

    def __init__(self, binary: Path, folder: Path, *, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        listen = f"127.0.0.1:{self.port}"
        command = [binary, "simulate", "--listen", listen, "--state", folder / "state"]
        self.process = Process("simulator", command, log=folder / "simulator.log")
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Start and wait until the control API answers."""
        self.process.start()
        await self.process.answers(f"{self.url}/control/health")
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))

    async def stop(self) -> None:
        """End the simulator."""
        if self._http is not None:
            await self._http.close()
        self.process.stop()

    async def add_account(self, account: Account, webhook_url: str) -> bool:
        """Make a number known, with the address its webhooks go to.

        Whether that address has answered Meta's challenge.
        """
        body = {
            "waba_id": account.business_account_id,
            "display_phone_number": account.display_phone_number,
            "access_token": account.access_token,
            "app_secret": account.app_secret,
            "verify_token": account.verify_token,
            "webhook_url": webhook_url,
        }
        answer = await self.control("PUT", f"accounts/{account.phone_number_id}", body)
        return answer["verified"]

    async def deliver(self, account: Account, webhook: dict[str, Any]) -> None:
        """Sign a body of one's own and deliver it to the daemon."""
        body = {"phone_number_id": account.phone_number_id, "body": webhook}
        await self.control("POST", "webhooks", body)

    async def tries(self, account: Account, webhook: dict[str, Any]) -> bool:
        """The same to a daemon that may be dead; whether it took it."""
        body = {"phone_number_id": account.phone_number_id, "body": webhook}
        async with self._ask("POST", "webhooks", body) as response:
            # 502: nobody answered.
            assert response.status in (200, 502), await response.text()
            return response.status == 200 and (await response.json())["status"] == 200

    async def fault(self, kind: str, **settings: Any) -> None:
        """Make something go wrong from now on."""
        await self.control("POST", "faults", {"kind": kind, **settings})

    async def heal(self) -> None:
        """End every fault."""
        await self.control("DELETE", "faults")

    async def requests(self) -> list[dict[str, Any]]:
        """The Graph calls of the daemon, oldest first."""
        return (await self.control("GET", "requests"))["requests"]

    async def deliveries(self) -> list[dict[str, Any]]:
        """The attempts to deliver a webhook, oldest first."""
        return (await self.control("GET", "deliveries"))["deliveries"]

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API; the answer's JSON, `None` when it has no body."""
        async with self._ask(method, path, body) as response:
            text = await response.text()
            if response.status >= 300:
                raise AssertionError(f"{method} {path}: {response.status} {text}")
            return await response.json() if text else None

    def _ask(self, method: str, path: str, body: Any) -> Any:
        """A request to the control API."""
        assert self._http is not None, "the simulator is not running"
        return self._http.request(method, f"{self.url}/control/{path}", json=body)
