"""A TCP proxy on loopback that makes one side slow, deaf or forgetful."""

import asyncio
from collections.abc import Awaitable, Callable

from .wait import PAUSE_SECONDS, eventually, free_port

#: How much is passed on at a time.
CHUNK = 1 << 20

#: What a request does before it is passed on.
Hook = Callable[[bytes], Awaitable[None]]


class Proxy:
    """Passes connections on, and remembers the requests that began in them.

    Faults are attributes; they hold from the moment they are set.
    """

    def __init__(self, target: str) -> None:
        """`target` is `host:port`."""
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        #: Whose answers are held back, until it is nobody's.
        self.holds: Callable[[bytes], bool] = lambda _: False
        #: How many answers are held back now.
        self.held = 0
        #: Whether connections are cut as soon as they are made.
        self.refuses = False
        #: Whether answers to requests that `loses` names are thrown away, with
        #: their connection.
        self.loses: Callable[[bytes], bool] = lambda _: False
        #: Runs before a request is passed on.
        self.before: Hook | None = None
        #: Every request as it came: the head, and what of the body came with it.
        self.requests: list[bytes] = []
        #: The length of every request, by its place in `requests`.
        self.lengths: list[int] = []
        #: How often somebody connected, in vain or not.
        self.connections = 0
        #: How many answers were thrown away.
        self.lost = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        host, port = self.address.split(":")
        self._server = await asyncio.start_server(self._accept, host, int(port))

    async def stop(self) -> None:
        """End every connection."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def asked(self, part: bytes) -> list[bytes]:
        """The requests whose first line contains `part`."""
        return [request for request in self.requests if part in first_line(request)]

    async def is_asked(self, part: bytes, *, more_than: int = 0, within: float = 30.0) -> None:
        """Wait for a request whose first line contains `part`."""

        async def probe() -> bool:
            return len(self.asked(part)) > more_than

        await eventually(probe, what=f"a request with {part!r}", within=within)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        task.add_done_callback(self._tasks.discard)
        try:
            if not self.refuses:
                await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass both directions on until one side ends."""
        host, port = self._target.split(":")
        up_reader, up_writer = await asyncio.open_connection(host, int(port))
        #: The request that is under way in this connection, by its place in the list.
        now: list[int] = []
        up = asyncio.create_task(self._upward(reader, up_writer, now))
        down = asyncio.create_task(self._downward(up_reader, writer, now))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            up_writer.close()

    async def _upward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, now: list[int]
    ) -> None:
        """Requests. Each is one burst: nobody here sends the next before the answer."""
        while chunk := await reader.read(CHUNK):
            if is_request(chunk):
                now[:] = [len(self.requests)]
                self.requests.append(chunk)
                self.lengths.append(0)
                if self.before is not None:
                    await self.before(chunk)
            self.lengths[now[0]] += len(chunk)
            if self.refuses:
                return
            writer.write(chunk)
            await writer.drain()

    async def _downward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, now: list[int]
    ) -> None:
        """Answers."""
        while chunk := await reader.read(CHUNK):
            if self.loses(self.requests[now[0]]):
                self.lost += 1
                return
            await self._hold(self.requests[now[0]])
            writer.write(chunk)
            await writer.drain()

    async def _hold(self, request: bytes) -> None:
        """Wait until this request's answer is not held back."""
        self.held += 1
        try:
            while self.holds(request):
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self.held -= 1


def first_line(request: bytes) -> bytes:
    """Method and path."""
    return request.split(b"\r\n", 1)[0]


def is_request(chunk: bytes) -> bool:
    """Whether a request begins here."""
    return chunk.split(b" ", 1)[0] in (b"GET", b"PUT", b"POST", b"DELETE")
