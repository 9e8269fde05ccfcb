"""What a Matrix client knows about a room, and small questions about events."""

from typing import Any

Event = dict[str, Any]


def body(event: Event) -> str:
    """The text of a message; empty for any other event."""
    if event["type"] != "m.room.message":
        return ""
    return event["content"].get("body", "")


def relation(event: Event) -> dict[str, Any]:
    """What an event says about another one."""
    return event["content"].get("m.relates_to", {})


def replied_to(event: Event) -> str | None:
    """The id of the event that this one answers."""
    return relation(event).get("m.in_reply_to", {}).get("event_id")


def mentioned(event: Event) -> list[str]:
    """The users whom an event rings."""
    return event["content"].get("m.mentions", {}).get("user_ids", [])


class Room:
    """What one agent's client knows about one room it is in."""

    def __init__(self, room_id: str) -> None:
        self.id = room_id
        #: The timeline in the order of arrival, each event as the server sent it.
        self.timeline: list[Event] = []
        #: The current state by type and state key.
        self.state: dict[tuple[str, str], Event] = {}
        #: The users who have read an event, by its id.
        self.readers: dict[str, set[str]] = {}

    def content(self, kind: str, key: str = "") -> dict[str, Any]:
        """The content of a state event; empty when there is none."""
        return self.state.get((kind, key), {}).get("content", {})

    @property
    def name(self) -> str:
        """The room's name; empty when it has none."""
        return self.content("m.room.name").get("name", "")

    @property
    def is_space(self) -> bool:
        """Whether the room is a space."""
        return self.content("m.room.create").get("type") == "m.space"

    def texts(self) -> list[str]:
        """The bodies of the messages, in order; edits count by themselves."""
        messages = (event for event in self.timeline if event["type"] == "m.room.message")
        return [event["content"].get("body", "") for event in messages]

    def replies_to(self, event_id: str) -> list[Event]:
        """The messages that answer an event."""
        return [event for event in self.timeline if replied_to(event) == event_id]

    def reactions_to(self, event_id: str) -> list[Event]:
        """The reactions on an event that nobody has taken back."""
        gone = {
            event.get("redacts") or event["content"].get("redacts")
            for event in self.timeline
            if event["type"] == "m.room.redaction"
        }
        return [
            event
            for event in self.timeline
            if event["type"] == "m.reaction"
            and relation(event).get("event_id") == event_id
            and event["event_id"] not in gone
        ]

    def keys_on(self, event_id: str) -> list[str]:
        """The emoji that stand on an event, without the mark that asks for color."""
        keys = (relation(event).get("key", "") for event in self.reactions_to(event_id))
        return [key.replace("\ufe0f", "") for key in keys]

    def take(self, joined: dict[str, Any]) -> None:
        """Bring the room up to date with its part of a sync."""
        events = joined.get("timeline", {}).get("events", [])
        for event in (*joined.get("state", {}).get("events", []), *events):
            self.take_state(event)
        self.timeline.extend(events)
        for event in joined.get("ephemeral", {}).get("events", []):
            if event["type"] == "m.receipt":
                self.take_receipts(event["content"])

    def take_state(self, event: Event) -> None:
        """Remember an event if it belongs to the state."""
        if "state_key" in event:
            self.state[event["type"], event["state_key"]] = event

    def take_receipts(self, receipts: dict[str, Any]) -> None:
        """Remember who has read what, from the content of `m.receipt`."""
        for event_id, kinds in receipts.items():
            self.readers.setdefault(event_id, set()).update(kinds.get("m.read", {}))
