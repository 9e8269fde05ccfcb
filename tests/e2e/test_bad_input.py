"""The nastiest things that customers send, through a real homeserver to a real client."""

import hashlib
import hmac
import json
from typing import Any

import aiohttp
import pytest

from conftest import Opens
from harness import Agent, Stack
from harness.room import body, mentioned

INJECTIONS = [
    "@room halo",
    "@ayu:localhost halo",
    '<script>alert(1)</script> <img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">klik</a>',
    "https://matrix.to/#/@ayu:localhost",
    "!takeover force",
    "⚠ Not sent: x",
    "\u202etxt.exe\u202c \u2066x\u2069",
    "e" + "\u0301" * 500,
]


async def test_injections_are_shown_as_text_and_ring_nobody(opens: Opens) -> None:
    talk = await opens("Penyusup")
    for text in INJECTIONS:
        await talk.customer.says(text)
        event = await talk.agent.sees_text(talk.room, text)
        assert event["sender"] == talk.ghost
        assert "formatted_body" not in event["content"]
        assert event["content"]["m.mentions"] == {}
        assert mentioned(event) == []
    # None of them was a command: the conversation still waits.
    assert talk.room.content("org.loket.conversation")["owner"] == "queue"


async def test_formatted_injections_are_escaped(opens: Opens) -> None:
    talk = await opens("Pemformat")
    text = '*<img src=x onerror="alert(1)">* @room `</code><script>`'
    await talk.customer.says(text)
    event = await talk.agent.sees(
        talk.room, lambda event: "@room" in body(event), what="the formatted line"
    )
    html = event["content"]["formatted_body"]
    assert "<img" not in html and "<script" not in html
    assert html.startswith("<strong>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;</strong> @room")
    assert event["content"]["m.mentions"] == {}


@pytest.mark.parametrize("name", ["👩‍🚀 Ayu 🇮🇩", "محمد العربي", "<b>Budi</b> @room"])
async def test_odd_names_are_names_of_rooms(opens: Opens, name: str) -> None:
    talk = await opens(name)
    await talk.agent.sees_name(talk.room, f"🙋 {name} · WhatsApp")
    assert (await talk.agent.profile(talk.ghost))["displayname"] == name


async def test_a_line_between_malformed_neighbors_is_shown(
    stack: Stack, ayu: Agent, opens: Opens
) -> None:
    talk = await opens("Tetangga")
    deep = "[" * 50_000 + "]" * 50_000
    good: dict[str, Any] = {
        "from": f"1202555{int(talk.customer.key.removeprefix('c')):04d}",
        "id": "wamid.bad-input-neighbor",
        "timestamp": "1795000000",
        "type": "text",
        "text": {"body": "di antara"},
    }
    value = (
        f'{{"metadata":{{"phone_number_id":"{stack.account.phone_number_id}"}},'
        f'"messages":[7,{deep},1e999,{json.dumps(good)},{{"type":"hologram"}}],"statuses":{{}}}}'
    )
    webhook = (
        '{"object":"whatsapp_business_account","entry":[null,{"id":"1","changes":'
        f'[{{"field":"messages","value":{value}}}]}}]}}'
    ).encode()
    secret = stack.account.app_secret.encode()
    signature = "sha256=" + hmac.new(secret, webhook, hashlib.sha256).hexdigest()
    async with aiohttp.ClientSession() as http:
        url = f"{stack.loket.webhooks}/wa"
        async with http.post(
            url, data=webhook, headers={"X-Hub-Signature-256": signature}
        ) as response:
            assert (response.status, await response.text()) == (200, "")
    await ayu.sees_text(talk.room, "di antara")
