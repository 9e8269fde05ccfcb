"""Who is rung: the lobby for a new case, the owner for their customer's line."""

from conftest import Opens
from harness import Agent, Room
from harness.room import Event, body, mentioned


def lobby_line(room: Room, name: str) -> Event | None:
    """The line in a room, other than a conversation's, that names a customer."""
    if room.content("org.loket.conversation") or room.is_space:
        return None
    return next((event for event in room.timeline if name in body(event)), None)


async def test_a_customer_in_the_queue_rings_in_the_lobby(opens: Opens, ayu: Agent) -> None:
    talk = await opens("Lonceng")
    lobby = await ayu.finds(
        lambda room: lobby_line(room, "Lonceng"), what="a line about Lonceng in the lobby"
    )
    line = lobby_line(lobby, "Lonceng")
    assert line is not None
    assert line["content"]["msgtype"] == "m.text"
    assert ayu.id in mentioned(line)
    whole = body(line) + line["content"].get("formatted_body", "")
    assert talk.room.id in whole


async def test_a_second_line_of_the_same_case_does_not_ring_again(
    opens: Opens, ayu: Agent
) -> None:
    talk = await opens("Sabar")
    lobby = await ayu.finds(lambda room: lobby_line(room, "Sabar"), what="a lobby line")
    await talk.customer.says("Halo?")
    await talk.customer.says("Masih menunggu.")
    await ayu.sees_text(talk.room, "Masih menunggu.")
    rings = [event for event in lobby.timeline if "Sabar" in body(event) and mentioned(event)]
    assert len(rings) == 1


async def test_a_customers_line_rings_its_owner_only(
    opens: Opens, ayu: Agent, budi: Agent
) -> None:
    talk = await opens("Pemilik")
    await ayu.says(talk.room, "Saya yang bantu.")
    await talk.customer.gets_text("Saya yang bantu.")
    await talk.customer.says("Terima kasih, kak.")
    line = await ayu.sees_text(talk.room, "Terima kasih, kak.")
    assert mentioned(line) == [ayu.id]


async def test_nothing_else_rings(opens: Opens, ayu: Agent) -> None:
    talk = await opens("Hening")
    note = await ayu.says(talk.room, ";; diam saja")
    await ayu.sees_mark(talk.room, note, "📝")
    question = await ayu.says(talk.room, "!help")
    answer = await ayu.sees_reply(talk.room, question, "!takeover")
    assert answer["content"]["msgtype"] == "m.notice"
    for event in talk.room.timeline:
        if event["type"] == "m.room.message" and event["sender"].startswith("@loket"):
            assert "m.mentions" in event["content"], body(event)
            assert mentioned(event) == [], body(event)


async def test_the_word_room_of_a_customer_rings_nobody(opens: Opens, ayu: Agent) -> None:
    talk = await opens("Semua", "@room halo semuanya")
    line = next(e for e in talk.room.timeline if e["event_id"] == talk.first_event)
    assert not line["content"]["m.mentions"].get("room")
