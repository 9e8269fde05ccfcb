"""A homeserver that encrypts every room by default: alarmed, and nothing is lost silently."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conftest import UNDO_WINDOW, USERS, running
from harness import Conversation, Stack

SETTING = "encryption_enabled_by_default_for_room_type"


@pytest.fixture(scope="module")
async def encrypting(binary: Path, scratch: Path) -> AsyncIterator[Stack]:
    """A desk on a homeserver that encrypts every new room."""
    team = {"language": "en", "undo_window": UNDO_WINDOW}
    homeserver = {SETTING: "all"}
    desk = Stack(binary, scratch / "encrypting", USERS, team=team, homeserver=homeserver)
    async with running(desk):
        yield desk


async def test_a_portal_that_comes_up_encrypted_is_an_alarm_that_names_the_setting(
    encrypting: Stack,
) -> None:
    ayu, budi = await encrypting.agent("ayu"), await encrypting.agent("budi")
    talk = await Conversation.opens(encrypting, ayu, "Sandi")
    assert talk.room.content("m.room.encryption")
    alerts = await budi.finds(lambda room: room.name == "Loket alerts", what="Loket alerts")
    await budi.sees(
        alerts,
        lambda event: SETTING in str(event["content"].get("body")),
        what="the alarm",
        within=30,
    )


async def test_an_encrypted_line_is_answered_with_what_to_do(encrypting: Stack) -> None:
    ayu = await encrypting.agent("ayu")
    talk = await Conversation.opens(encrypting, ayu, "Gembok")
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "ciphertext": "AwgAEnACgAkLmt6q",
        "device_id": "DEVICE",
        "sender_key": "a2V5",
        "session_id": "c2Vzc2lvbg",
    }
    line = await ayu.sends(talk.room, content, kind="m.room.encrypted")
    answer = await ayu.sees_reply(talk.room, line, "encrypted")
    assert answer["content"]["body"] == (
        "⚠ Not sent: this room is encrypted and Loket cannot read it. "
        "Ask your operator to run: loket doctor"
    )
    assert await talk.customer.received() == []
