"""Bounded waiting for something that can only be asked, not subscribed to."""

import asyncio
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


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
