"""Several daemons on one database, behind doors that spread what comes among them."""

import asyncio
import itertools
import signal
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from .loket import Loket
from .process import Process
from .wait import free_port

#: Seconds a door waits for a daemon's answer before it asks the next one.
PATIENCE = 5

#: Headers that belong to one connection only.
OF_THE_CONNECTION = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


class Door:
    """A reverse proxy: each request goes to the next daemon.

    One that cannot be reached, or does not answer in time, is passed over: the next
    one gets the same request, as a load balancer in front of a desk does it.
    """

    def __init__(self, backends: list[str]) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._backends = itertools.cycle(backends)
        self._count = len(backends)
        self._runner: web.AppRunner | None = None
        self._http: aiohttp.ClientSession | None = None
        #: How many requests each daemon has answered.
        self.answered = dict.fromkeys(backends, 0)

    async def open(self) -> None:
        """Take requests from now on."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        self._http = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def close(self) -> None:
        """Take no more requests."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    async def _pass_on(self, request: web.Request) -> web.Response:
        """Ask one daemon after another."""
        assert self._http is not None
        body = await request.read()
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in OF_THE_CONNECTION
        }
        for _ in range(self._count):
            backend = next(self._backends)
            url = URL(f"http://{backend}{request.raw_path}", encoded=True)
            try:
                async with self._http.request(
                    request.method, url, headers=headers, data=body, allow_redirects=False
                ) as answer:
                    content = await answer.read()
                    self.answered[backend] += 1
                    kind = answer.headers.get("Content-Type", "application/json")
                    return web.Response(
                        status=answer.status, body=content, headers={"Content-Type": kind}
                    )
            except (aiohttp.ClientError, asyncio.TimeoutError):
                continue
        return web.Response(status=502, text="no daemon answers")


class Replicas:
    """Equal daemons on one database; to the rest of a desk they are one."""

    def __init__(self, binary: Path, folder: Path, database: str, count: int) -> None:
        self.members = [
            Loket(binary, folder / f"replica{n}", name=f"loket{n}")
            for n in range(1, count + 1)
        ]
        self.inner = Door([member.appservice for member in self.members])
        self.outer = Door([member.public for member in self.members])
        self._database = database
        self.appservice = self.inner.address
        self.registration = self.members[0].registration

    @property
    def processes(self) -> list[Process]:
        """Every daemon's process."""
        return [member.process for member in self.members]

    @property
    def webhooks(self) -> str:
        """Where the channels' webhooks are taken: by any of the daemons."""
        return f"http://{self.outer.address}/webhooks"

    def configure(self, **settings: Any) -> None:
        """Write a config.yaml for each: the same but for what it listens on."""
        for member in self.members:
            member.address = f"http://{self.inner.address}"
            member.public_address = f"http://{self.outer.address}"
            member.tokens = self.members[0].tokens
            member.configure(**{**settings, "database": self._database})

    async def start(self) -> None:
        """Start the first, which makes the desk's own rooms, then the others at once;
        wait until each is ready."""
        await self.inner.open()
        await self.outer.open()
        first, *others = self.members
        await first.start()
        await asyncio.gather(*(member.start() for member in others))

    async def close(self) -> None:
        """Close the doors; behind them all is stopped."""
        await self.inner.close()
        await self.outer.close()

    def stop(self) -> None:
        """End every daemon."""
        for member in self.members:
            member.process.tell(signal.SIGCONT)
            member.stop()
