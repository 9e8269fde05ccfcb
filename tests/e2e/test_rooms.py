"""Portals and spaces: what a conversation's room is, and who may enter it."""

import re

from conftest import Opens
from harness import Agent, Conversation, Room

DESK = "@loket:localhost"


async def test_a_customers_first_line_opens_a_room_with_their_ghost(opens: Opens) -> None:
    talk = await opens("Dewi Lestari", "Halo, apakah buka hari ini?")
    assert re.fullmatch(r"@loket_wa_[a-z0-9_=.-]+:localhost", talk.ghost)
    assert (await talk.agent.profile(talk.ghost))["displayname"] == "Dewi Lestari"
    line = await talk.agent.sees_text(talk.room, "Halo, apakah buka hari ini?")
    assert line["content"]["msgtype"] == "m.text"


async def test_a_customer_has_a_photo_which_is_the_rooms_too(opens: Opens) -> None:
    talk = await opens("Berfoto")
    photo = (await talk.agent.profile(talk.ghost))["avatar_url"]
    assert photo.startswith("mxc://localhost/")
    assert talk.room.content("m.room.avatar")["url"] == photo
    assert (await talk.agent.download(photo)).startswith(b"\x89PNG")


async def test_the_ghosts_user_id_does_not_tell_the_phone_number(opens: Opens) -> None:
    talk = await opens("Nomor Rahasia")
    assert "1202555" not in talk.ghost


async def test_the_name_tells_who_has_it_and_on_which_channel(opens: Opens) -> None:
    talk = await opens("Rina")
    await talk.agent.sees_name(talk.room, "🙋 Rina · WhatsApp")
    await talk.agent.says(talk.room, "Halo Rina")
    await talk.agent.sees_name(talk.room, "👤 Rina · WhatsApp", within=30)


async def test_solving_shows_in_the_name_and_the_next_line_opens_a_new_case(
    opens: Opens,
) -> None:
    talk = await opens("Tono")
    ayu, room = talk.agent, talk.room
    await ayu.sees_name(room, "🙋 Tono · WhatsApp")
    first = room.content("org.loket.conversation")["case"]
    await ayu.says(room, "Sudah kami kirim.")
    await talk.customer.gets_text("Sudah kami kirim.")
    command = await ayu.says(room, "!solve")
    await ayu.sees_mark(room, command, "✅")
    await ayu.sees_name(room, "✅ Tono · WhatsApp", within=30)
    # Name, topic and state event are three writes.
    await ayu.waits(
        lambda: room.content("org.loket.conversation")["status"] == "solved",
        what="the state event of the solved case",
    )

    await talk.customer.says("Saya mau pesan satu lagi.")
    await ayu.sees_text(room, "Saya mau pesan satu lagi.")
    await ayu.sees_name(room, "🙋 Tono · WhatsApp", within=30)
    await ayu.waits(
        lambda: room.content("org.loket.conversation")["case"] > first,
        what="the state event of the new case",
    )
    again = room.content("org.loket.conversation")
    assert (again["status"], again["owner"]) == ("open", "queue")


async def test_the_state_event_tells_dashboards_about_the_conversation(opens: Opens) -> None:
    talk = await opens("Sinta")
    ayu, room = talk.agent, talk.room
    state = room.content("org.loket.conversation")
    assert isinstance(state["case"], int)
    assert {
        key: state[key] for key in ("status", "owner", "labels", "priority", "account")
    } == {
        "status": "open",
        "owner": "queue",
        "labels": [],
        "priority": "none",
        "account": "wa",
    }
    await ayu.says(room, "Halo Sinta")
    await ayu.waits(
        lambda: room.content("org.loket.conversation")["owner"] == ayu.id,
        what="ayu owns the conversation",
    )


async def test_the_room_says_that_it_is_bridged(opens: Opens) -> None:
    room = (await opens("Jembatan")).room
    for kind in ("m.bridge", "uk.half-shot.bridge"):
        bridges = [event["content"] for key, event in room.state.items() if key[0] == kind]
        assert [bridge["protocol"]["id"] for bridge in bridges] == ["whatsapp"], kind
        assert bridges[0]["bridgebot"] == DESK
    assert DESK in room.content("io.element.functional_members")["service_members"]


async def test_power_levels_keep_the_desks_own_state_out_of_reach(opens: Opens) -> None:
    levels = (await opens("Kuasa")).room.content("m.room.power_levels")
    assert levels["users"]["@budi:localhost"] == 50
    assert levels["users"]["@ayu:localhost"] == 25
    assert levels.get("users_default", 0) == 0
    for kind in ("m.room.name", "m.room.topic", "m.room.pinned_events"):
        assert levels["events"][kind] == 25, kind
    for kind in (
        "m.room.encryption",
        "m.room.tombstone",
        "m.room.join_rules",
        "m.room.history_visibility",
        "m.room.server_acl",
        "m.room.power_levels",
        "m.call.invite",
        "org.matrix.msc3401.call.member",
        "org.loket.conversation",
    ):
        assert levels["events"][kind] == 100, kind


async def test_an_agent_cannot_switch_encryption_on(opens: Opens) -> None:
    talk = await opens("Terbuka")
    path = f"/rooms/{talk.room.id}/state/m.room.encryption"
    status, _ = await talk.agent.call("PUT", path, {"algorithm": "m.megolm.v1.aes-sha2"})
    assert status == 403


async def account_space(agent: Agent, talk: Conversation, loket_space: Room) -> str:
    """The space that lets people into the conversation's room."""
    rules = talk.room.content("m.room.join_rules")
    assert rules["join_rule"] == "restricted"
    [space] = [allow["room_id"] for allow in rules["allow"]]

    async def children(of: str) -> set[str]:
        rooms = {room["room_id"]: room for room in await agent.hierarchy(loket_space.id)}
        return {child["state_key"] for child in rooms.get(of, {}).get("children_state", [])}

    assert space in await children(loket_space.id)
    await agent.finds(lambda room: room.id == space, what="the account's space")
    await agent.waits(
        lambda: agent.rooms[space].content("m.space.child", talk.room.id),
        what="the room in the account's space",
    )
    assert talk.room.id in await children(space)
    return space


async def test_the_room_is_in_its_accounts_space_and_that_in_loket(
    opens: Opens, ayu: Agent, loket_space: Room
) -> None:
    talk = await opens("Ruang")
    space = await account_space(ayu, talk, loket_space)
    assert ayu.rooms[space].is_space


async def test_a_member_of_the_space_joins_without_an_invitation(
    opens: Opens, ayu: Agent, citra: Agent, loket_space: Room
) -> None:
    talk = await opens("Pintu", "Halo, pintunya terbuka?")
    space = await account_space(ayu, talk, loket_space)
    await citra.finds(lambda room: room.id == space, what="the account's space")
    # She declines, so that no invitation is left to open the door.
    await ayu.waits(
        lambda: membership(talk.room, citra.id) == "invite", what="citra is invited"
    )
    await citra.leaves(talk.room.id)
    await ayu.waits(lambda: membership(talk.room, citra.id) == "leave", what="she declines")
    assert await citra.joins(talk.room.id) == 200
    room = await citra.finds(lambda room: room.id == talk.room.id, what="the room")
    await citra.sees_text(room, "Halo, pintunya terbuka?")


async def test_a_stranger_is_refused(opens: Opens, mallory: Agent) -> None:
    talk = await opens("Privat")
    assert await mallory.joins(talk.room.id) == 403


async def test_everything_the_desk_writes_is_recognisable(opens: Opens) -> None:
    talk = await opens("Tanda")
    ayu, room = talk.agent, talk.room
    note = await ayu.says(room, ";; ini catatan")
    await ayu.sees_mark(room, note, "📝")
    answer = await ayu.says(room, "!help")
    await ayu.sees_reply(room, answer, "!takeover")
    ours = [
        event
        for event in room.timeline
        if event["sender"].startswith("@loket")
        and event["type"] in ("m.room.message", "m.reaction")
    ]
    assert len(ours) >= 3
    ids = [event["content"].get("org.loket.id") for event in ours]
    assert all(ids), [event["type"] for event, id_ in zip(ours, ids, strict=True) if not id_]
    assert len(set(ids)) == len(ids)


def membership(room: Room, user: str) -> str | None:
    """How a user stands to a room."""
    return room.content("m.room.member", user).get("membership")
