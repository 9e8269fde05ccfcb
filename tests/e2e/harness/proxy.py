"""A TCP proxy before the homeserver, which fails in the ways networks and proxies do."""

import asyncio

from .wait import free_port

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter

#: What a gateway says while its homeserver is away.
BAD_GATEWAY = b"<html><body><h1>502 Bad Gateway</h1></body></html>"

#: The answers that the proxy gives by itself, by the name of the fault.
ANSWERS = {
    "429 body": (
        b"429 Too Many Requests",
        b"",
        b'{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1200}',
    ),
    "429 header": (b"429 Too Many Requests", b"Retry-After: 1\r\n", b"slow down"),
    "502": (b"502 Bad Gateway", b"Content-Type: text/html\r\n", BAD_GATEWAY),
    "503": (b"503 Service Unavailable", b"Content-Type: text/html\r\n", BAD_GATEWAY),
}


class Proxy:
    """Forwards to a port of loopback, until it is told to fail.

    Faults: `refuse` (nobody listens), `silent` (takes and never answers), `reset`
    (ends the connection before the request went on), `cut` (the request goes on, its
    answer is lost), `half` (half of the answer's body comes), and those of `ANSWERS`.
    """

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        #: How many requests have met the fault.
        self.met = 0
        self._target = target
        self._fault: str | None = None
        self._coming: list[str] = []
        self._server: asyncio.Server | None = None
        self._open: set[Writer] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """End it and every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def fails(self, fault: str) -> None:
        """Fail so from now on."""
        self.met, self._fault = 0, fault
        await self.stop()
        if fault != "refuse":
            await self.start()

    async def will(self, *faults: str) -> None:
        """Fail the next requests so, one after another."""
        self.met, self._coming = 0, list(faults)
        await self.stop()
        await self.start()

    async def heals(self) -> None:
        """Forward everything again."""
        self._fault, self._coming = None, []
        await self.stop()
        await self.start()

    def _next(self) -> str | None:
        """The fault that the next request meets."""
        fault = self._coming.pop(0) if self._coming else self._fault
        if fault is not None:
            self.met += 1
        return fault

    async def _converse(self, reader: Reader, writer: Writer) -> None:
        """Serve one connection: requests one after another."""
        self._open.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _exchange(self, reader: Reader, writer: Writer) -> bool:
        """One request and its answer; whether the connection stays open."""
        request = await message(reader)
        fault = self._next()
        if fault == "silent":
            await reader.read()
            return False
        if fault == "reset":
            return False
        if fault in ANSWERS:
            status, headers, body = ANSWERS[fault]
            length = b"Content-Length: %d\r\n" % len(body)
            writer.write(b"HTTP/1.1 " + status + b"\r\n" + headers + length + b"\r\n" + body)
            await writer.drain()
            return True
        answer = await self._ask(request)
        if fault == "cut":
            return False
        if fault == "half":
            head, _, body = answer.partition(b"\r\n\r\n")
            writer.write(head + b"\r\n\r\n" + body[: len(body) // 2])
            await writer.drain()
            return False
        writer.write(answer)
        await writer.drain()
        return True

    async def _ask(self, request: bytes) -> bytes:
        """The homeserver's answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            writer.write(request)
            await writer.drain()
            return await message(reader)
        finally:
            writer.close()


async def message(reader: Reader) -> bytes:
    """A whole HTTP message, as it came."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip().lower()
    if fields.get(b"transfer-encoding") == b"chunked":
        return head + await chunks(reader)
    return head + await reader.readexactly(int(fields.get(b"content-length", b"0")))


async def chunks(reader: Reader) -> bytes:
    """A body in chunks, as it came."""
    whole = b""
    while True:
        size = await reader.readuntil(b"\r\n")
        length = int(size, 16)
        whole += size + await reader.readexactly(length + 2)
        if length == 0:
            return whole
