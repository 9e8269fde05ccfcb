"""The public listener refuses what it must, and the private one tells how it is."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from harness import Stack

MIB = 1024 * 1024


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield session


def signed(stack: Stack, body: bytes) -> dict[str, str]:
    """The headers with which Meta delivers a body."""
    mac = hmac.new(stack.account.app_secret.encode(), body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "X-Hub-Signature-256": f"sha256={mac.hexdigest()}",
    }


async def post(
    http: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]
) -> tuple[int, bytes]:
    """The status and the body of the answer."""
    async with http.post(url, data=body, headers=headers) as response:
        return response.status, await response.read()


async def test_a_wrong_signature_is_401(stack: Stack, http: aiohttp.ClientSession) -> None:
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    url = f"{stack.loket.webhooks}/wa"
    wrong = {"X-Hub-Signature-256": "sha256=" + "0" * 64}
    assert (await post(http, url, body, wrong))[0] == 401
    assert (await post(http, url, body, {}))[0] == 401
    assert (await post(http, url, body + b" ", signed(stack, body)))[0] == 401


async def test_an_unknown_account_is_404(stack: Stack, http: aiohttp.ClientSession) -> None:
    body = b"{}"
    url = f"{stack.loket.webhooks}/nobody"
    assert (await post(http, url, body, signed(stack, body)))[0] == 404


async def test_more_than_four_mib_is_413(stack: Stack, http: aiohttp.ClientSession) -> None:
    body = b" " * (4 * MIB + 1)
    url = f"{stack.loket.webhooks}/wa"
    assert (await post(http, url, body, signed(stack, body)))[0] == 413


async def test_metas_largest_body_is_taken(stack: Stack, http: aiohttp.ClientSession) -> None:
    body = b'{"object":"whatsapp_business_account","entry":[]}'.ljust(3 * MIB)
    url = f"{stack.loket.webhooks}/wa"
    assert await post(http, url, body, signed(stack, body)) == (200, b"")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_a_wrong_method_is_405(
    stack: Stack, http: aiohttp.ClientSession, method: str
) -> None:
    async with http.request(method, f"{stack.loket.webhooks}/wa") as response:
        assert response.status == 405


@pytest.mark.parametrize("body", [b"this is not JSON", b"", b"[1, 2", b"\xff\xfe", b"null"])
async def test_what_is_signed_is_stored_whatever_it_is(
    stack: Stack, http: aiohttp.ClientSession, body: bytes
) -> None:
    url = f"{stack.loket.webhooks}/wa"
    assert await post(http, url, body, signed(stack, body)) == (200, b"")


async def test_an_unknown_number_is_stored_too(
    stack: Stack, http: aiohttp.ClientSession
) -> None:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "12025550199", "phone_number_id": "999"},
        "messages": [],
    }
    change = {"field": "messages", "value": value}
    webhook = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [change]}],
    }
    body = json.dumps(webhook).encode()
    url = f"{stack.loket.webhooks}/wa"
    assert await post(http, url, body, signed(stack, body)) == (200, b"")


async def test_metas_verification_is_answered_with_its_challenge(
    stack: Stack, http: aiohttp.ClientSession
) -> None:
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": "1158201444",
        "hub.verify_token": stack.account.verify_token,
    }
    async with http.get(f"{stack.loket.webhooks}/wa", params=query) as response:
        assert (response.status, await response.text()) == (200, "1158201444")
    query["hub.verify_token"] = "guessed"
    async with http.get(f"{stack.loket.webhooks}/wa", params=query) as response:
        assert 400 <= response.status < 500


async def test_the_public_listener_has_nothing_else(
    stack: Stack, http: aiohttp.ClientSession
) -> None:
    for path in ("/", "/health/live", "/health/ready", "/metrics", "/_matrix/app/v1/ping"):
        async with http.get(f"http://{stack.loket.public}{path}") as response:
            assert response.status == 404, path


async def test_the_homeserver_must_show_its_token(
    stack: Stack, http: aiohttp.ClientSession
) -> None:
    url = f"http://{stack.loket.appservice}/_matrix/app/v1/transactions/guess"
    headers = {"Authorization": "Bearer guess"}
    async with http.put(url, json={"events": []}, headers=headers) as response:
        assert response.status == 403
    async with http.put(url, json={"events": []}) as response:
        assert response.status in (401, 403)


async def test_health_and_metrics_are_private_and_there(
    stack: Stack, http: aiohttp.ClientSession
) -> None:
    for path in ("/health/live", "/health/ready"):
        async with http.get(f"http://{stack.loket.appservice}{path}") as response:
            assert response.status == 200, path
    async with http.get(f"http://{stack.loket.appservice}/metrics") as response:
        assert response.status == 200
        assert "loket_inbound_total" in await response.text()
