"""What a real homeserver does to an application service, and that nothing comes of it.

Ten things were found by measuring Synapse; each has a test here or where it says:

1. events queued for us are lost when it restarts: `test_every_line_…`
2. transaction ids restart: `test_lines_are_taken_in_although_…`; that the count going
   back is a sign of a restart is in `src/matrix/transaction/tests.rs`
3. redelivery is late, doubled, out of order: `test_transactions_delivered_again_…`; with
   every order a lane can see in `tests/it/app/recovery.rs`
4. a service that was down hears nothing until something happens: `test_what_was_written_…`
5. backoff: `test_a_backoff_of_the_homeserver_…`
6. poison transactions: `test_a_transaction_of_six_megabytes_…`,
   `test_what_cannot_be_understood_…`
7. transaction ids of sends are shared by all our users: `test_no_two_users_…`
8. a repeated send is recognized after a crash only with a device: `test_a_customers_line_…`
9. a failed createRoom leaves its alias taken: `test_a_room_is_made_although_…`; other
   cases in `tests/it/app/rooms.rs`. The default room version is that of every test.
10. ghosts are limited by default: `test_a_limit_of_the_homeserver_…`
"""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
import yaml

from conftest import UNDO_WINDOW, USERS, running
from harness import Agent, Conversation, Customer, Stack, eventually
from harness.proxy import first_line

LINES = 40
TRANSACTIONS = b"/_matrix/app/v1/transactions/"


@pytest.fixture(scope="module")
async def traps(binary: Path, scratch: Path) -> AsyncIterator[Stack]:
    """A desk whose homeserver may be killed, and whose connections may be cut."""
    team = {"language": "en", "undo_window": UNDO_WINDOW}
    desk = Stack(binary, scratch / "traps", USERS, team=team, behind_proxies=True)
    async with running(desk):
        yield desk


@pytest.fixture(autouse=True)
async def heals(traps: Stack) -> AsyncIterator[None]:
    """Ends what a test has broken, however it ends."""
    yield
    for proxy in (traps.to_loket, traps.to_synapse):
        proxy.holds, proxy.loses = nobody, nobody
        proxy.refuses, proxy.before = False, None
    if not traps.synapse.process.running:
        await traps.synapse.start()
    if not traps.loket.process.running:
        await traps.loket.start()


def nobody(_: bytes) -> bool:
    """For faults that hit no request."""
    return False


def delivers_events(request: bytes) -> bool:
    """For faults that hit what the homeserver delivers."""
    return TRANSACTIONS in first_line(request)


async def is_held_up(talk: Conversation, traps: Stack, text: str) -> None:
    """Write a line; when this returns, the homeserver waits for an answer of ours, so
    that what is written next is queued."""
    traps.to_loket.holds = delivers_events
    await talk.agent.says(talk.room, text)

    async def held() -> bool:
        return traps.to_loket.held > 0

    await eventually(held, what="the homeserver waits for an answer")


async def opens(traps: Stack, name: str) -> Conversation:
    """A conversation by a new customer's line, seen by ayu."""
    return await Conversation.opens(traps, await traps.agent("ayu"), name)


async def gets_exactly(customer: Customer, texts: list[str], *, within: float = 60.0) -> None:
    """Wait for the last of the texts; nothing else has come, in no other order."""
    await customer.gets_text(texts[-1], within=within)
    assert await customer.texts() == texts


def stop(traps: Stack, how: signal.Signals) -> None:
    """Stop the homeserver."""
    if how is signal.SIGKILL:
        traps.synapse.process.kill()
    else:
        traps.synapse.process.stop()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
async def test_every_line_accepted_before_a_restart_is_sent_once_and_in_order(
    traps: Stack, how: signal.Signals
) -> None:
    talk = await opens(traps, "Hilang")
    lines = [f"baris {number}" for number in range(1, LINES + 2)]
    await is_held_up(talk, traps, lines[0])
    for line in lines[1:LINES]:
        await talk.agent.says(talk.room, line)
    stop(traps, how)
    traps.to_loket.holds = nobody
    await traps.synapse.start()
    await talk.agent.says(talk.room, lines[LINES])
    await gets_exactly(talk.customer, lines)


async def test_lines_are_taken_in_although_transactions_are_counted_anew(
    traps: Stack,
) -> None:
    talk = await opens(traps, "Hitung")
    await talk.agent.says(talk.room, "sebelum")
    await talk.customer.gets_text("sebelum")
    seen = len(traps.to_loket.asked(TRANSACTIONS))
    stop(traps, signal.SIGTERM)
    await traps.synapse.start()
    await talk.agent.says(talk.room, "sesudah")
    await gets_exactly(talk.customer, ["sebelum", "sesudah"])
    # The line may have been asked for before it was delivered.
    await traps.to_loket.is_asked(TRANSACTIONS, more_than=seen)
    asked = traps.to_loket.asked(TRANSACTIONS)
    found = [re.search(rb"/transactions/(\d+)", first_line(request)) for request in asked]
    ids = [int(match[1]) for match in found if match]
    assert min(ids[seen:]) <= max(ids[:seen]), "the homeserver counted on: no trap"


async def test_transactions_delivered_again_in_any_order_change_nothing(
    traps: Stack,
) -> None:
    talk = await opens(traps, "Ulang")
    before = len(traps.to_loket.requests)
    lines = ["satu", "dua", "tiga"]
    for line in lines:
        await talk.agent.says(talk.room, line)
        await talk.customer.gets_text(line)
    bodies = [
        request.split(b"\r\n\r\n", 1)[1]
        for request in traps.to_loket.requests[before:]
        if TRANSACTIONS in first_line(request)
    ]
    assert sum(b'"satu"' in body for body in bodies) == 1
    for number, body in enumerate([*reversed(bodies), *bodies]):
        assert await delivers(traps, f"again-{number}", body) == 200
    await talk.agent.says(talk.room, "terakhir")
    await gets_exactly(talk.customer, [*lines, "terakhir"])


async def delivers(traps: Stack, transaction: str, body: bytes) -> int:
    """Deliver a transaction as the homeserver would; the status."""
    token = yaml.safe_load(traps.loket.registration.read_text())["hs_token"]
    url = f"http://{traps.loket.appservice}{TRANSACTIONS.decode()}{transaction}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as http:
        async with http.put(url, data=body, headers=headers) as response:
            return response.status


async def test_what_was_written_while_both_were_down_comes_without_a_new_event(
    traps: Stack,
) -> None:
    talk = await opens(traps, "Sunyi")
    traps.loket.process.kill()
    await talk.agent.says(talk.room, "selagi mati")
    stop(traps, signal.SIGKILL)
    await traps.synapse.start()
    await traps.loket.start()
    await gets_exactly(talk.customer, ["selagi mati"], within=15)


async def test_a_backoff_of_the_homeserver_ends_with_our_start(traps: Stack) -> None:
    talk = await opens(traps, "Mundur")
    traps.loket.process.kill()
    tries, before = traps.to_loket.connections, len(traps.to_loket.asked(TRANSACTIONS))
    await talk.agent.says(talk.room, "satu")

    async def failed() -> bool:
        return traps.to_loket.connections >= tries + 4

    # After four failures the next try is sixteen seconds away.
    await eventually(failed, what="four failed tries", within=40)
    await traps.loket.start()
    await traps.to_loket.is_asked(TRANSACTIONS, more_than=before, within=5)
    await gets_exactly(talk.customer, ["satu"], within=15)


async def test_a_transaction_of_six_megabytes_is_taken_in(traps: Stack) -> None:
    talk = await opens(traps, "Besar")
    await is_held_up(talk, traps, ";; mulai")
    filler = "x" * 62_000
    # Ten at a time: the homeserver waits no longer than a minute for an answer.
    for tens in range(0, 110, 10):
        notes = (f";; {tens + number} {filler}" for number in range(10))
        await asyncio.gather(*(talk.agent.says(talk.room, note) for note in notes))
    traps.to_loket.holds = nobody
    await talk.agent.says(talk.room, "sesudah semua")
    await gets_exactly(talk.customer, ["sesudah semua"])
    assert max(traps.to_loket.lengths) > 6_000_000


@pytest.mark.parametrize(
    "body",
    [
        b'{"events": [{"type": 1}, 5, null, {"content": []}]}',
        b'{"events": {"not": "a list"}}',
        b"not JSON",
        b'{"events": [' + b"[" * 5000 + b"]" * 5000 + b"]}",
    ],
    ids=["no events", "no list", "no JSON", "deep"],
)
async def test_what_cannot_be_understood_is_kept_and_acknowledged(
    traps: Stack, body: bytes
) -> None:
    assert await delivers(traps, "odd", body) == 200


async def test_no_two_users_of_ours_write_with_the_same_transaction_id(
    traps: Stack,
) -> None:
    talk = await opens(traps, "Dua Penulis")
    await talk.customer.says("dan satu lagi")
    await talk.agent.sees_text(talk.room, "dan satu lagi")
    command = await talk.agent.says(talk.room, "!takeover")
    await talk.agent.sees_mark(talk.room, command, "✅")
    writers: dict[bytes, set[bytes]] = {}
    for request in traps.to_synapse.asked(b"/send/"):
        found = re.search(rb"/send/[^/]+/([^? ]+)\?.*user_id=([^& ]+)", first_line(request))
        assert found, first_line(request)
        writers.setdefault(found[1], set()).add(found[2])
    users = {user for users in writers.values() for user in users}
    assert len(users) > 1
    assert {len(users) for users in writers.values()} == {1}


async def test_a_customers_line_repeated_after_a_crash_is_one_line(traps: Stack) -> None:
    talk = await opens(traps, "Gema")
    sends = re.compile(rb"^PUT .*/send/m\.room\.message/")
    traps.to_synapse.loses = lambda request: sends.match(request) is not None
    lost = traps.to_synapse.lost
    await talk.customer.says("sekali saja")
    await traps.to_synapse.is_asked(b"/send/m.room.message/")

    async def answer_lost() -> bool:
        return traps.to_synapse.lost > lost

    await eventually(answer_lost, what="an answer was lost")
    stop(traps, signal.SIGKILL)
    traps.to_synapse.loses = nobody
    await traps.synapse.start()
    await talk.customer.says("lalu ini")
    said = await history(talk, until="lalu ini")
    assert said.count("sekali saja") == 1


async def history(talk: Conversation, *, until: str) -> list[str]:
    """The texts of a room as the homeserver has them, once `until` is among them."""
    path = f"/rooms/{quote(talk.room.id)}/messages?dir=b&limit=200"

    async def probe() -> list[str] | None:
        status, answer = await talk.agent.call("GET", path)
        assert status == 200, answer
        texts = [event["content"].get("body", "") for event in answer["chunk"]]
        return texts if until in texts else None

    return await eventually(probe, what=f"«{until}» is in the room", within=60)


async def test_a_room_is_made_although_its_alias_is_taken(traps: Stack) -> None:
    taken: list[str] = []
    space = await (await traps.agent("ayu")).finds(
        lambda room: room.is_space and room.name == "Loket", what="the space Loket"
    )

    async def takes(request: bytes) -> None:
        alias = re.search(rb'"room_alias_name":"([^"]+)"', request)
        if b"/createRoom" not in first_line(request) or not alias or taken:
            return
        taken.append(alias[1].decode())
        await as_service(traps, taken[0], space.id)

    traps.to_synapse.before = takes
    talk = await opens(traps, "Alias")
    assert len(taken) == 1 and taken[0].endswith("_1")
    assert talk.room.content("m.room.canonical_alias")["alias"] == (
        f"#{taken[0].removesuffix('1')}2:localhost"
    )
    await talk.agent.says(talk.room, "kamar kedua")
    await talk.customer.gets_text("kamar kedua")


async def as_service(traps: Stack, alias: str, room_id: str) -> None:
    """Let an alias of ours point to another room, as after a failed createRoom."""
    token = yaml.safe_load(traps.loket.registration.read_text())["as_token"]
    path = f"/_matrix/client/v3/directory/room/{quote(f'#{alias}:localhost')}"
    url = f"{traps.synapse.url}{path}?user_id=@loket:localhost"
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http:
        async with http.put(url, json={"room_id": room_id}, headers=headers) as response:
            assert response.status == 200, await response.text()


async def test_a_limit_of_the_homeserver_is_kept_to_and_costs_no_line(
    binary: Path, scratch: Path
) -> None:
    limits = {"rc_message": {"per_second": 4, "burst_count": 5}}
    desk = Limited(binary, scratch / "limited", USERS, homeserver=limits, behind_proxies=True)
    async with running(desk):
        assert desk.limited is False, "our own registration asks for no limits"
        talk = await opens(desk, "Banyak")
        lines = [f"kata {number}" for number in range(15)]
        for line in lines:
            await talk.customer.says(line)
        # The simulator, as Meta, promises no order between two webhooks.
        for line in lines:
            said = await history(talk, until=line)
        assert sorted(text for text in said if text in lines) == sorted(lines)


class Limited(Stack):
    """A desk whose ghosts are limited, whatever the daemon's registration says."""

    #: What the registration said.
    limited: bool | None = None

    async def start(self, say=lambda _: None) -> None:
        """Change the registration before the homeserver reads it."""
        start = self.synapse.start

        async def after_change() -> None:
            registration = yaml.safe_load(self.loket.registration.read_text())
            self.limited = registration["rate_limited"]
            registration["rate_limited"] = True
            self.loket.registration.write_text(yaml.safe_dump(registration))
            await start()

        self.synapse.start = after_change  # type: ignore[method-assign]
        await super().start(say)
