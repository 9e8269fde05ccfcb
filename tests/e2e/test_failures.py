"""What the agent learns when the channel fails."""

import pytest

from conftest import Opens
from harness import Stack

pytestmark = pytest.mark.usefixtures("simulator_heals")

UNDELIVERABLE = 131026
#: A class that is tried again: the service is overloaded for a moment.
UNAVAILABLE = 131016


@pytest.mark.parametrize("fault", ["error", "fail_after_accept"])
async def test_a_refused_line_is_marked_explained_and_can_be_sent_again(
    opens: Opens, stack: Stack, fault: str
) -> None:
    talk = await opens("Gagal")
    ayu, room = talk.agent, talk.room
    await stack.simulator.fault(fault, code=UNDELIVERABLE, times=1)
    line = await ayu.says(room, "Apakah ini sampai?")
    await ayu.sees_mark(room, line, "⚠", within=30)
    await ayu.sees_reply(room, line, "⚠ Not sent")
    await stack.simulator.heal()
    await ayu.reacts(room, line, "🔁")
    await talk.customer.gets_text("Apakah ini sampai?")
    await ayu.sees_no_mark(room, line, "⚠")
    assert await talk.barrier() == ["Apakah ini sampai?"]


async def test_a_refusal_does_not_hold_up_the_next_line(opens: Opens, stack: Stack) -> None:
    talk = await opens("Lanjut")
    await stack.simulator.fault("error", code=UNDELIVERABLE, times=1)
    await talk.agent.says(talk.room, "gagal")
    await talk.agent.says(talk.room, "berhasil")
    assert await talk.barrier() == ["berhasil"]


async def test_a_line_that_waits_carries_an_hourglass(opens: Opens, stack: Stack) -> None:
    talk = await opens("Tunggu")
    ayu, room = talk.agent, talk.room
    await stack.simulator.fault("error", code=UNAVAILABLE, times=1000)
    line = await ayu.says(room, "Sedang dicoba.")
    await ayu.sees_mark(room, line, "⏳", within=40)
    await stack.simulator.heal()
    await talk.customer.gets_text("Sedang dicoba.", within=90)
    await ayu.sees_no_mark(room, line, "⏳")
    assert (await talk.barrier()).count("Sedang dicoba.") == 1


async def test_an_unknown_outcome_is_announced_and_never_repeated_by_itself(
    opens: Opens, stack: Stack
) -> None:
    talk = await opens("Entah")
    ayu, room = talk.agent, talk.room
    await stack.simulator.fault("drop_statuses")
    await stack.simulator.fault("timeout_after_accept", times=1, millis=60_000)
    line = await ayu.says(room, "Terkirim atau tidak?")
    text = "⚠ May not have been sent: WhatsApp did not answer. 🔁 sends it again."
    answer = await ayu.sees_reply(room, line, "May not have been sent", within=120)
    assert answer["content"]["body"] == text
    await ayu.sees_mark(room, line, "⚠")
    assert await talk.barrier() == ["Terkirim atau tidak?"]


async def test_a_status_settles_a_send_whose_answer_was_lost(
    opens: Opens, stack: Stack
) -> None:
    talk = await opens("Ternyata")
    ayu, room = talk.agent, talk.room
    await stack.simulator.fault("timeout_after_accept", times=1, millis=60_000)
    line = await ayu.says(room, "Jawaban hilang.")
    await talk.customer.gets_text("Jawaban hilang.")
    await ayu.sees_read(room, line, "@loket:localhost", within=120)
    assert "⚠" not in room.keys_on(line)
    assert await talk.barrier() == ["Jawaban hilang."]


async def test_a_webhook_delivered_many_times_is_one_line(opens: Opens, stack: Stack) -> None:
    talk = await opens("Ganda")
    await stack.simulator.fault("duplicate_webhooks")
    for text in ["cukup sekali", "dan ini juga"]:
        await talk.customer.is_heard(await talk.customer.says(text), times=2)
    await stack.simulator.heal()
    await talk.customer.says("selesai")
    await talk.agent.sees_text(talk.room, "selesai")
    said = talk.room.texts()
    assert said.count("cukup sekali") == 1
    assert said.count("dan ini juga") == 1
