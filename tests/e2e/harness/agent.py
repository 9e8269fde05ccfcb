"""An agent: a person who answers customers from a Matrix client."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from nio import DownloadResponse, RoomSendResponse

from .client import Client
from .room import Event, Room, body


class Agent(Client):
    """What a person sees and does in the rooms of the desk.

    `sees…` waits for something in a room, past events included; the other
    verbs act and come back when the homeserver has accepted the act.
    """

    async def finds(
        self, where: Callable[[Room], Any], *, what: str, within: float = 15.0
    ) -> Room:
        """Wait for a room the agent has joined."""

        def found() -> Room | None:
            return next((room for room in self.rooms.values() if where(room)), None)

        return await self.waits(found, what=what, within=within)

    async def sees(
        self,
        room: Room,
        where: Callable[[Event], Any],
        *,
        what: str = "an event",
        within: float = 15.0,
    ) -> Event:
        """Wait for an event of the room's timeline, past ones included."""

        def found() -> Event | None:
            return next((event for event in room.timeline if where(event)), None)

        return await self.waits(found, what=f"{what} in {room.name!r}", within=within)

    async def sees_text(self, room: Room, text: str, *, within: float = 15.0) -> Event:
        """Wait for a message whose body is exactly `text`."""
        return await self.sees(
            room, lambda event: body(event) == text, what=f"«{text}»", within=within
        )

    async def sees_reply(
        self, room: Room, event_id: str, part: str, *, within: float = 15.0
    ) -> Event:
        """Wait for an answer to an event that contains `part`."""

        def found() -> Event | None:
            replies = room.replies_to(event_id)
            return next((reply for reply in replies if part in body(reply)), None)

        return await self.waits(found, what=f"a reply with «{part}»", within=within)

    async def sees_mark(
        self, room: Room, event_id: str, key: str, *, within: float = 15.0
    ) -> None:
        """Wait for an emoji on an event."""
        await self.waits(
            lambda: key in room.keys_on(event_id), what=f"{key} on {event_id}", within=within
        )

    async def sees_no_mark(
        self, room: Room, event_id: str, key: str, *, within: float = 15.0
    ) -> None:
        """Wait until an emoji no longer stands on an event."""
        await self.waits(
            lambda: key not in room.keys_on(event_id),
            what=f"no {key} on {event_id}",
            within=within,
        )

    async def sees_read(
        self, room: Room, event_id: str, reader: str, *, within: float = 15.0
    ) -> None:
        """Wait for somebody's read receipt on an event."""
        await self.waits(
            lambda: reader in room.readers.get(event_id, ()),
            what=f"{reader} has read {event_id}",
            within=within,
        )

    async def sees_name(self, room: Room, name: str, *, within: float = 15.0) -> None:
        """Wait until the room has exactly this name."""
        await self.waits(lambda: room.name == name, what=f"the name «{name}»", within=within)

    # What the agent does.

    async def says(self, room: Room, text: str, **content: Any) -> str:
        """Send a text; the event's id. `content` is laid over the message."""
        return await self.sends(room, {"msgtype": "m.text", "body": text, **content})

    async def sends(
        self, room: Room, content: dict[str, Any], kind: str = "m.room.message"
    ) -> str:
        """Send an event; its id."""
        answer = await self.client.room_send(
            room.id, kind, content, ignore_unverified_devices=True
        )
        if not isinstance(answer, RoomSendResponse):
            raise AssertionError(f"{self.id} cannot send to {room.name!r}: {answer}")
        return answer.event_id

    async def replies(self, room: Room, event_id: str, text: str) -> str:
        """Answer an event."""
        target = {"m.in_reply_to": {"event_id": event_id}}
        return await self.says(room, text, **{"m.relates_to": target})

    async def edits(self, room: Room, event_id: str, text: str) -> str:
        """Replace the text of an event of one's own."""
        new = {"msgtype": "m.text", "body": text}
        relates = {"rel_type": "m.replace", "event_id": event_id}
        extra = {"m.new_content": new, "m.relates_to": relates}
        return await self.says(room, f"* {text}", **extra)

    async def reacts(self, room: Room, event_id: str, key: str) -> str:
        """Put an emoji on an event."""
        relates = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.sends(room, {"m.relates_to": relates}, kind="m.reaction")

    async def redacts(self, room: Room, event_id: str) -> None:
        """Take back an event."""
        answer = await self.client.room_redact(room.id, event_id)
        if not hasattr(answer, "event_id"):
            raise AssertionError(f"{self.id} cannot redact: {answer}")

    async def reads(self, room: Room, event_id: str) -> None:
        """Send a public read receipt."""
        path = f"/rooms/{quote(room.id)}/receipt/m.read/{quote(event_id)}"
        status, answer = await self.call("POST", path, {})
        if status != 200:
            raise AssertionError(f"{self.id} cannot send a receipt: {answer}")

    async def creates(self, name: str, **options: Any) -> Room:
        """Create a room and wait until it has been synced."""
        status, answer = await self.call("POST", "/createRoom", {"name": name, **options})
        if status != 200:
            raise AssertionError(f"{self.id} cannot create a room: {answer}")
        room_id = answer["room_id"]
        return await self.finds(lambda room: room.id == room_id, what=f"room {name!r}")

    async def leaves(self, room_id: str) -> None:
        """Leave a room or decline an invitation."""
        status, answer = await self.call("POST", f"/rooms/{quote(room_id)}/leave", {})
        if status != 200:
            raise AssertionError(f"{self.id} cannot leave: {answer}")

    async def hierarchy(self, space_id: str) -> list[dict[str, Any]]:
        """The rooms of a space and of the spaces in it, the space first."""
        path = f"/rooms/{quote(space_id)}/hierarchy?limit=1000"
        status, answer = await self.call("GET", path, version="v1")
        if status != 200:
            raise AssertionError(f"{self.id} cannot read the hierarchy: {answer}")
        return answer["rooms"]

    async def download(self, mxc: str) -> bytes:
        """A file's bytes, as a logged-in user gets them."""
        answer = await self.client.download(mxc=mxc)
        assert isinstance(answer, DownloadResponse), answer
        return answer.body

    async def profile(self, user_id: str) -> dict[str, Any]:
        """A user's display name and avatar."""
        _, answer = await self.call("GET", f"/profile/{quote(user_id)}")
        return answer
