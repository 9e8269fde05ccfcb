"""Three daemons on one database: what comes goes to any of them, one is killed, one is
paused for longer than a lease. Nothing is lost, doubled or overtaken."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from conftest import USERS, running
from harness import Agent, Conversation, Database, Replicas, Stack, eventually

#: Conversations at the same time.
TALKS = 5

#: A lease's 30 seconds, the server's look for idle transactions, a poll; and some more.
PAUSE_SECONDS = 36

#: What the agent reads about a line that may have gone.
MAYBE = "May not have been sent"


@pytest.fixture
async def desk(binary: Path, scratch: Path) -> AsyncIterator[tuple[Stack, Replicas, Database]]:
    """A desk of three daemons."""
    database = Database()
    replicas = Replicas(binary, scratch / "replicas", database.url, 3)
    team = {"language": "en", "undo_window": "0s"}
    try:
        stack = Stack(binary, scratch / "replicas", USERS, team=team, loket=replicas)
        async with running(stack):
            yield stack, replicas, database
    finally:
        await replicas.close()
        database.drop()


Written = dict[str, list[str]]


async def writes(talks: list[Conversation], said: Written, sent: Written, part: str) -> None:
    """Everybody writes three lines, customers and the agent at the same time."""

    async def inward(talk: Conversation) -> None:
        for n in range(3):
            text = f"{part} masuk {n}"
            # As long as a daemon that is paused may keep others waiting, and Meta's retry.
            await talk.customer.is_heard(await talk.customer.says(text), within=60)
            said[talk.customer.key].append(text)

    async def outward(talk: Conversation) -> None:
        for n in range(3):
            text = f"{part} keluar {n}"
            await talk.agent.says(talk.room, text)
            sent[talk.customer.key].append(text)

    await asyncio.gather(*(inward(talk) for talk in talks), *(outward(talk) for talk in talks))


async def settled(talks: list[Conversation], said: Written, sent: Written) -> None:
    """Wait until every line is where it belongs, or announced."""

    async def all_there() -> bool:
        for talk in talks:
            there = talk.room.texts()
            if any(text not in there for text in said[talk.customer.key]):
                return False
            got = await talk.customer.texts()
            missing = [text for text in sent[talk.customer.key] if text not in got]
            announced = sum(MAYBE in text for text in there)
            if len(missing) > announced:
                return False
        return True

    await eventually(all_there, what="every line arrived or was announced", within=120)


@pytest.mark.timeout(600)
async def test_a_killed_and_a_paused_daemon_lose_double_and_overtake_nothing(
    desk: tuple[Stack, Replicas, Database],
) -> None:
    stack, replicas, database = desk
    ayu: Agent = await stack.agent("ayu")
    talks = [
        await Conversation.opens(stack, ayu, f"Replika {n}", f"Halo dari {n}")
        for n in range(TALKS)
    ]
    said: Written = {talk.customer.key: [f"Halo dari {n}"] for n, talk in enumerate(talks)}
    sent: Written = {talk.customer.key: [] for talk in talks}
    first, second, _third = replicas.members

    await writes(talks, said, sent, "bersama")
    async with asyncio.TaskGroup() as both:
        both.create_task(writes(talks, said, sent, "mati"))
        both.create_task(amid(first.process.kill))
    await writes(talks, said, sent, "berdua")
    async with asyncio.TaskGroup() as both:
        both.create_task(writes(talks, said, sent, "jeda"))
        both.create_task(amid(lambda: second.process.tell(signal.SIGSTOP)))
    await asyncio.sleep(PAUSE_SECONDS)
    await writes(talks, said, sent, "sendiri")
    second.process.tell(signal.SIGCONT)
    await first.start()
    await writes(talks, said, sent, "lagi")
    await settled(talks, said, sent)

    # In a last line each, so that whatever was still on its way has arrived.
    for talk in talks:
        await talk.barrier()
    for talk in talks:
        key = talk.customer.key
        shown = [text for text in talk.room.texts() if text in said[key]]
        assert shown == said[key], "0 lost, 0 doubled, in order in the room"
        got = [text for text in await talk.customer.texts() if text in sent[key]]
        assert len(got) == len(set(got)), "0 outward repeats"
        assert got == [text for text in sent[key] if text in got], "in order"
    dead = database.ask(
        "SELECT (SELECT COUNT(*) FROM inbox WHERE state = 2)"
        " + (SELECT COUNT(*) FROM outbox WHERE state = 2)"
    )
    assert dead == "0"
    # The doors have spread what came: no daemon was only a spectator.
    for door in (replicas.inner, replicas.outer):
        assert min(door.answered.values()) > 0, door.answered


async def amid(deed: Callable[[], object]) -> None:
    """Does something to a daemon in the middle of what others are writing."""
    await asyncio.sleep(0.15)
    deed()
