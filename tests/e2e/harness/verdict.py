"""What a run has left: what was written on both sides against what arrived.

Reads rooms as a client does, and phones as Meta knows them; knows nothing of the
daemon's own code. `tests/endurance/judge.rs` is the same for the stub homeserver.
"""

from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import quote

from .agent import Agent
from .room import Event, Room, body, relation, replied_to
from .simulator import Simulator

#: How the daemon's own users are called, and the desk among them.
OURS, DESK = "@loket", "@loket:"


@dataclass(frozen=True)
class Inward:
    """A customer's line, acknowledged."""

    #: Nothing else has this text.
    text: str
    #: A line of a lower turn was acknowledged before one of a higher turn was
    #: delivered; within a turn, and without one, no order is promised.
    turn: int | None
    #: The webhook it came in: the lines of one are in order.
    webhook: int


@dataclass(frozen=True)
class Outward:
    """An agent's line."""

    #: Nothing else has this text.
    text: str
    event: str


@dataclass
class Story:
    """A customer, what they wrote, and what was written to them, oldest first."""

    name: str
    #: The phone, as the simulator calls it.
    key: str
    inward: list[Inward] = field(default_factory=list)
    outward: list[Outward] = field(default_factory=list)


async def verdict(
    agents: list[Agent], simulator: Simulator, stories: list[Story], secret: str
) -> list[str]:
    """Every breach of the promise, in words."""
    found: list[str] = []
    rooms: dict[str, Room] = {room.id: room for a in agents for room in a.rooms.values()}
    for story in stories:
        theirs = [room for room in rooms.values() if f" {story.name} · " in room.name]
        if len(theirs) != 1:
            found.append(f"lost: {story.name} has {len(theirs)} rooms")
            continue
        reader = next(agent for agent in agents if theirs[0].id in agent.rooms)
        events = await history(reader, theirs[0])
        found += doubled(story, events)
        found += inward(story, events)
        path = f"customers/{story.key}/received?all=true"
        received = (await simulator.control("GET", path))["messages"]
        found += outward(story, events, received, secret)
    return found


async def history(reader: Agent, room: Room) -> list[Event]:
    """Everything that happened in a room, oldest first."""
    events: list[Event] = []
    page = ""
    while True:
        path = f"/rooms/{quote(room.id)}/messages?dir=f&limit=1000{page}"
        status, answer = await reader.call("GET", path)
        assert status == 200, answer
        events += answer["chunk"]
        if "end" not in answer:
            return events
        page = f"&from={quote(answer['end'])}"


def is_line(event: Event) -> bool:
    """Whether an event is a line, not the edit of one."""
    return event["type"] == "m.room.message" and relation(event).get("rel_type") != "m.replace"


def doubled(story: Story, events: list[Event]) -> list[str]:
    """What the daemon wrote twice: by its own id, or the same words in the same place."""
    ours = [event for event in events if event["sender"].startswith(OURS)]
    ids = Counter(event["content"].get("org.loket.id") for event in ours)
    words = Counter(
        (event["sender"], body(event), replied_to(event)) for event in ours if is_line(event)
    )
    return [f"doubled: {name} in {story.name}" for name, n in ids.items() if name and n > 1] + [
        f"doubled: {said} in {story.name}" for said, n in words.items() if n > 1
    ]


def inward(story: Story, events: list[Event]) -> list[str]:
    """Every line of a customer stands in their room once, and in order."""
    found = []
    places: dict[str, list[int]] = {}
    for place, event in enumerate(events):
        sender = event["sender"]
        if is_line(event) and sender.startswith(OURS) and not sender.startswith(DESK):
            places.setdefault(body(event), []).append(place)
    last_of_turn: dict[int, int] = {}
    last_of_webhook: dict[int, int] = {}
    for line in story.inward:
        where = places.get(line.text, [])
        if len(where) != 1:
            found.append(f"{'doubled' if where else 'lost'}: «{line.text}»")
            continue
        if line.turn is None:
            continue
        before = [place for turn, place in last_of_turn.items() if turn < line.turn]
        before.append(last_of_webhook.get(line.webhook, -1))
        if max(before) > where[0]:
            found.append(f"out of order: «{line.text}»")
        last_of_webhook[line.webhook] = where[0]
        last_of_turn[line.turn] = max(where[0], last_of_turn.get(line.turn, -1))
    return found


def outward(
    story: Story, events: list[Event], received: list[dict[str, str]], secret: str
) -> list[str]:
    """Every line of an agent reached the customer once and in order, or was announced."""
    found = []
    attempts = Counter(message["biz_opaque_callback_data"] for message in received)
    found += [f"sent again: {attempt}" for attempt, n in attempts.items() if n > 1]
    texts = [message["text"] for message in received]
    latest = -1
    for line in story.outward:
        told = sum(is_warning(event, line.event) for event in events)
        where = [place for place, text in enumerate(texts) if text == line.text]
        if not where and told == 0:
            found.append(f"lost and not announced: «{line.text}»")
        if len(where) > 1:
            found.append(f"sent twice: «{line.text}»")
        if told > 1:
            found.append(f"announced {told} times: «{line.text}»")
        if where and where[0] < latest:
            found.append(f"overtaken: «{line.text}»")
        latest = max([latest, *where])
    written = {line.text for line in story.outward}
    found += [f"internal: «{text}»" for text in texts if secret in text]
    found += [f"from nowhere: «{text}»" for text in texts if text not in written]
    return found


def is_warning(event: Event, target: str) -> bool:
    """Whether the desk says that a line was not sent, or perhaps not."""
    return (
        is_line(event)
        and event["sender"].startswith(DESK)
        and replied_to(event) == target
        and "⚠" in body(event)
    )
