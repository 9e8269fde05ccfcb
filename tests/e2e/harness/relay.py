"""One address before several servers, as a load balancer or a moving address is."""

import asyncio

from .wait import free_port


class Relay:
    """Forwards bytes to a port of loopback, which can be another one later."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """End it and every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._break()

    def leads_to(self, target: int) -> None:
        """Lead to another port; whoever is connected is cut off."""
        self._target = target
        self._break()

    def _break(self) -> None:
        """Cut every connection off."""
        for writer in list(self._open):
            writer.transport.abort()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection."""
        self._open.add(writer)
        try:
            inner_reader, inner = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            self._open.discard(writer)
            writer.transport.abort()
            return
        self._open.add(inner)
        await asyncio.gather(pump(reader, inner), pump(inner_reader, writer))
        for end in (writer, inner):
            self._open.discard(end)
            end.transport.abort()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes until one side ends."""
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.transport.abort()
