"""A Matrix client without a screen: matrix-nio, its sync kept running."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import quote

from nio import AsyncClient, LoginResponse, SyncResponse

from .room import Room

#: The sync asks for enough of each room's past that no line is lost to a gap.
SYNC_FILTER = {"room": {"timeline": {"limit": 200}}}


class Client:
    """One user, logged in, with a sync running in the background.

    Every wait looks at what has arrived so far and then waits for the next
    sync; nothing polls and nothing sleeps.
    """

    def __init__(self, client: AsyncClient, accepts: Callable[[Room], bool]) -> None:
        self.client = client
        self.rooms: dict[str, Room] = {}
        self._accepts = accepts
        self._changed = asyncio.Condition()
        self._syncing: asyncio.Task[None] | None = None
        self._failure: Exception | None = None

    @classmethod
    async def login(
        cls,
        homeserver: str,
        name: str,
        password: str,
        *,
        accepts: Callable[[Room], bool] = lambda _: True,
    ) -> Self:
        """Log in and start to sync. `accepts` decides which invitations are taken."""
        client = AsyncClient(homeserver, name)
        answer = await client.login(password, device_name="e2e")
        if not isinstance(answer, LoginResponse):
            await client.close()
            raise AssertionError(f"{name} cannot log in: {answer}")
        user = cls(client, accepts)
        user._syncing = asyncio.create_task(user._sync(), name=f"sync {name}")
        return user

    async def close(self) -> None:
        """Stop the sync and close the connections."""
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)
        await self.client.close()

    @property
    def id(self) -> str:
        """The user's Matrix id."""
        return self.client.user_id

    async def waits(self, found: Callable[[], Any], *, what: str, within: float = 15.0) -> Any:
        """Wait until `found` answers something true about what has been synced."""

        async def look() -> Any:
            async with self._changed:
                while not (result := found()):
                    if self._failure is not None:
                        raise self._failure
                    await self._changed.wait()
                return result

        try:
            return await asyncio.wait_for(look(), within)
        except TimeoutError:
            seen = "\n".join(f"  {room.name}: {room.texts()}" for room in self.rooms.values())
            raise AssertionError(
                f"{self.id} did not see within {within:g} s: {what}\nrooms:\n{seen}"
            ) from None

    async def joins(self, room_id: str) -> int:
        """Try to join a room without being asked; the HTTP status."""
        status, _ = await self.call("POST", f"/rooms/{quote(room_id)}/join", {})
        return status

    async def call(
        self, method: str, path: str, body: Any = None, *, version: str = "v3"
    ) -> tuple[int, dict[str, Any]]:
        """Call the client-server API as this user: the status and the answer."""
        data = None if body is None else json.dumps(body)
        headers = {
            "Authorization": f"Bearer {self.client.access_token}",
            "Content-Type": "application/json",
        }
        url = f"/_matrix/client/{version}{path}"
        response = await self.client.send(method, url, data, headers)
        async with response:
            return response.status, await response.json()

    async def _sync(self) -> None:
        """Keep syncing; a failure reaches whoever waits."""
        try:
            await self._sync_for_ever()
        except Exception as failure:
            async with self._changed:
                self._failure = failure
                self._changed.notify_all()

    async def _sync_for_ever(self) -> None:
        """Take in everything the homeserver tells."""
        since = None
        while True:
            answer = await self.client.sync(30_000, SYNC_FILTER, since)
            if not isinstance(answer, SyncResponse):
                raise AssertionError(f"{self.id} cannot sync: {answer}")
            since = answer.next_batch
            # What the library parsed drops parts that tests look at; it has
            # accepted the answer, and this is the same answer unabridged.
            whole = await answer.transport_response.json()
            async with self._changed:
                invited = self._take(whole.get("rooms", {}))
                self._changed.notify_all()
            for room in invited:
                if self._accepts(room):
                    await self.joins(room.id)

    def _take(self, rooms: dict[str, Any]) -> list[Room]:
        """Bring the rooms up to date with a sync; the invitations in it."""
        for room_id in rooms.get("leave", {}):
            self.rooms.pop(room_id, None)
        for room_id, joined in rooms.get("join", {}).items():
            self.rooms.setdefault(room_id, Room(room_id)).take(joined)
        invited = []
        for room_id, invite in rooms.get("invite", {}).items():
            room = Room(room_id)
            for event in invite.get("invite_state", {}).get("events", []):
                room.take_state(event)
            invited.append(room)
        return invited
