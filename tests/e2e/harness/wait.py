"""Bounded waiting for something that can only be asked, not subscribed to."""

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")

#: Seconds between two questions. Short, because every question is a loopback call.
PAUSE_SECONDS = 0.05


async def eventually(
    probe: Callable[[], Awaitable[Found | None]], *, what: str, within: float = 15.0
) -> Found:
    """Ask `probe` until it answers something true, at most `within` seconds.

    `what` ends the sentence "… did not happen" of the failure.
    """
    try:
        async with asyncio.timeout(within):
            while True:
                found = await probe()
                if found:
                    return found
                await asyncio.sleep(PAUSE_SECONDS)
    except TimeoutError:
        raise AssertionError(f"within {within:g} s this did not happen: {what}") from None


#: Ports that were given away: who got one may not have bound it yet.
given: set[int] = set()


def free_port(wanted: int = 0) -> int:
    """`wanted` if nobody listens on it, else a loopback port that is free now."""
    # Below those that the system gives to outgoing connections: it stays free.
    tries = [wanted] if wanted else []
    tries += random.sample(range(18_000, 32_000), 100)
    for port in tries:
        with socket.socket() as probe:
            # As servers do: a port whose last connections are still fading away is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port == wanted or port not in given:
            given.add(port)
            return port
    raise AssertionError("no port is free")
