"""The undo window: a line can be taken back or replaced before it leaves."""

from conftest import Opens


async def test_a_redacted_line_is_not_sent(opens: Opens) -> None:
    talk = await opens("Hapus")
    line = await talk.agent.says(talk.room, "ups, salah kamar")
    await talk.agent.redacts(talk.room, line)
    assert await talk.barrier() == []


async def test_an_edited_line_goes_out_as_edited(opens: Opens) -> None:
    talk = await opens("Sunting")
    line = await talk.agent.says(talk.room, "harganya 10 ribu")
    await talk.agent.edits(talk.room, line, "harganya 100 ribu")
    assert await talk.barrier() == ["harganya 100 ribu"]


async def test_undo_takes_the_last_line_back(opens: Opens) -> None:
    talk = await opens("Kembali")
    await talk.agent.says(talk.room, "ini jangan terkirim")
    command = await talk.agent.says(talk.room, "!undo")
    await talk.agent.sees_mark(talk.room, command, "✅")
    assert await talk.barrier() == []


async def test_a_later_line_does_not_overtake_one_in_its_undo_window(opens: Opens) -> None:
    talk = await opens("Giliran")
    first = await talk.agent.says(talk.room, "satu")
    await talk.agent.says(talk.room, "dua")
    await talk.agent.edits(talk.room, first, "satu, diperbaiki")
    assert await talk.barrier() == ["satu, diperbaiki", "dua"]


async def test_an_edit_after_sending_is_not_sent_and_the_agent_is_told(opens: Opens) -> None:
    talk = await opens("Terlambat")
    line = await talk.agent.says(talk.room, "sudah terkirim")
    await talk.customer.gets_text("sudah terkirim")
    edit = await talk.agent.edits(talk.room, line, "diubah kemudian")
    await talk.agent.waits(
        lambda: talk.room.replies_to(line) or talk.room.replies_to(edit),
        what="the agent is told that WhatsApp cannot edit",
    )
    assert await talk.barrier() == ["sudah terkirim"]
