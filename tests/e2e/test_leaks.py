"""Nothing internal reaches a customer: notes, commands, colleagues' lines."""

import pytest

from conftest import Opens
from harness import Agent

NOTHING_SENT = "Nothing was sent to the customer."


@pytest.mark.parametrize(
    "note",
    [
        ";; dia pelanggan lama",
        "note: dia pelanggan lama",
        "private: dia pelanggan lama",
        "catatan: dia pelanggan lama",
        "Note : dia pelanggan lama",
    ],
)
async def test_a_note_stays_in_the_room(opens: Opens, note: str) -> None:
    talk = await opens("Catat")
    line = await talk.agent.says(talk.room, note)
    await talk.agent.sees_mark(talk.room, line, "📝")
    assert await talk.barrier() == []


async def test_a_reply_to_a_note_is_a_note(opens: Opens) -> None:
    talk = await opens("Utas")
    note = await talk.agent.says(talk.room, ";; jangan beri diskon")
    await talk.agent.sees_mark(talk.room, note, "📝")
    answer = await talk.agent.replies(talk.room, note, "setuju")
    await talk.agent.sees_mark(talk.room, answer, "📝")
    assert await talk.barrier() == []


async def test_an_edit_of_a_note_is_never_sent(opens: Opens) -> None:
    talk = await opens("Ubah")
    note = await talk.agent.says(talk.room, ";; rahasia")
    await talk.agent.sees_mark(talk.room, note, "📝")
    await talk.agent.edits(talk.room, note, "bukan rahasia lagi")
    assert await talk.barrier() == []


async def test_a_line_with_a_colleagues_pill_is_a_note(opens: Opens, budi: Agent) -> None:
    talk = await opens("Rekan")
    html = f'<a href="https://matrix.to/#/{budi.id}">Budi</a> tolong cek stok'
    extra = {
        "format": "org.matrix.custom.html",
        "formatted_body": html,
        "m.mentions": {"user_ids": [budi.id]},
    }
    line = await talk.agent.says(talk.room, "Budi tolong cek stok", **extra)
    await talk.agent.sees_mark(talk.room, line, "📝")
    assert await talk.barrier() == []


async def test_a_notice_is_never_sent(opens: Opens) -> None:
    talk = await opens("Robot")
    await talk.agent.says(talk.room, "pesan otomatis", msgtype="m.notice")
    assert await talk.barrier() == []


async def test_help_lists_the_commands_of_the_room(opens: Opens) -> None:
    talk = await opens("Bantu")
    question = await talk.agent.says(talk.room, "!help")
    answer = await talk.agent.sees_reply(talk.room, question, "!takeover")
    for command in ("!solve", "!note", "!send", "!mode", "!undo", "!resend", "!help"):
        assert command in answer["content"]["body"], command
    # !queue is for the lobby and direct chats.
    assert "!queue" not in answer["content"]["body"]
    assert await talk.barrier() == []


async def test_the_lobby_lists_who_waits(opens: Opens) -> None:
    talk = await opens("Antri")
    ayu = talk.agent
    lobby = await ayu.finds(lambda room: room.name.startswith("Lobby"), what="the lobby")
    question = await ayu.says(lobby, "!queue")
    answer = await ayu.sees_reply(lobby, question, "Antri")
    assert talk.room.id in answer["content"]["body"]
    question = await ayu.says(lobby, "!help")
    assert "!takeover" not in (await ayu.sees_reply(lobby, question, "!queue"))["content"]["body"]


@pytest.mark.parametrize(
    ("typo", "meant"),
    [("!takover", "!takeover"), ("! takover", "!takeover"), ("！takover", "!takeover")],
)
async def test_an_unknown_command_is_an_error_and_never_sent(
    opens: Opens, typo: str, meant: str
) -> None:
    talk = await opens("Salah")
    line = await talk.agent.says(talk.room, typo)
    answer = await talk.agent.sees_reply(talk.room, line, meant)
    assert answer["content"]["body"].endswith(NOTHING_SENT)
    assert await talk.barrier() == []


@pytest.mark.parametrize("line", ["/unknown", "//unknown", "/shrug apa"])
async def test_an_unknown_slash_word_is_an_error_and_never_sent(
    opens: Opens, line: str
) -> None:
    talk = await opens("Miring")
    sent = await talk.agent.says(talk.room, line)
    answer = await talk.agent.sees_reply(talk.room, sent, "")
    assert answer["content"]["body"].endswith(NOTHING_SENT)
    assert await talk.barrier() == []


async def test_two_exclamation_marks_send_one(opens: Opens) -> None:
    talk = await opens("Seru")
    await talk.agent.says(talk.room, "!!takover itu apa?")
    assert await talk.barrier() == ["!takover itu apa?"]


async def test_send_sends_a_line_that_looks_like_a_command(opens: Opens) -> None:
    talk = await opens("Harfiah")
    await talk.agent.says(talk.room, "!send /start lalu tekan ok")
    assert await talk.barrier() == ["/start lalu tekan ok"]


async def test_a_command_on_a_later_line_holds_the_whole_message(opens: Opens) -> None:
    talk = await opens("Lipat")
    line = await talk.agent.says(talk.room, "Sebentar ya\n!solve")
    await talk.agent.sees_mark(talk.room, line, "⏸")
    assert await talk.barrier() == []
    await talk.agent.reacts(talk.room, line, "✅")
    await talk.customer.gets_text("Sebentar ya\n!solve")


async def test_note_mode_keeps_lines_until_it_ends(opens: Opens) -> None:
    talk = await opens("Mode")
    command = await talk.agent.says(talk.room, "!mode note")
    await talk.agent.sees_mark(talk.room, command, "✅")
    line = await talk.agent.says(talk.room, "hanya untuk kita")
    await talk.agent.sees_mark(talk.room, line, "📝")
    command = await talk.agent.says(talk.room, "!mode reply")
    await talk.agent.sees_mark(talk.room, command, "✅")
    assert await talk.barrier() == []


async def test_a_colleagues_line_is_held_and_only_its_writer_sends_it(
    opens: Opens, ayu: Agent, budi: Agent
) -> None:
    talk = await opens("Berdua")
    await ayu.says(talk.room, "Saya bantu.")
    await talk.customer.gets_text("Saya bantu.")
    his = await talk.seen_by(budi)
    line = await budi.says(his, "Boleh saya tambahkan?")
    await budi.sees_mark(his, line, "⏸")
    await ayu.reacts(talk.room, line, "✅")
    assert await talk.barrier() == ["Saya bantu."]
    await budi.reacts(his, line, "✅")
    await talk.customer.gets_text("Boleh saya tambahkan?")
    await budi.sees_no_mark(his, line, "⏸")
    assert (await talk.barrier()).count("Boleh saya tambahkan?") == 1


async def test_a_held_line_that_is_dropped_is_never_sent(
    opens: Opens, ayu: Agent, budi: Agent
) -> None:
    talk = await opens("Batal")
    await ayu.says(talk.room, "Saya bantu.")
    await talk.customer.gets_text("Saya bantu.")
    his = await talk.seen_by(budi)
    line = await budi.says(his, "Tidak jadi.")
    await budi.sees_mark(his, line, "⏸")
    await budi.reacts(his, line, "❌")
    await budi.sees_no_mark(his, line, "⏸")
    assert await talk.barrier() == ["Saya bantu."]


async def test_takeover_names_the_owner_and_needs_force(
    opens: Opens, ayu: Agent, budi: Agent
) -> None:
    talk = await opens("Rebut")
    await ayu.says(talk.room, "Saya bantu.")
    await talk.customer.gets_text("Saya bantu.")
    his = await talk.seen_by(budi)
    polite = await budi.says(his, "!takeover")
    answer = await budi.sees_reply(his, polite, "!takeover force")
    assert "Ayu has it" in answer["content"]["body"]
    firm = await budi.says(his, "!takeover force")
    await budi.sees_mark(his, firm, "✅")
    await budi.says(his, "Sekarang dengan saya.")
    await talk.customer.gets_text("Sekarang dengan saya.")


async def test_a_stranger_in_the_room_is_neither_sent_nor_obeyed(
    opens: Opens, ayu: Agent, mallory: Agent
) -> None:
    talk = await opens("Asing")
    status, _ = await ayu.call("POST", f"/rooms/{talk.room.id}/invite", {"user_id": mallory.id})
    if status != 200:
        # The room's power levels keep agents from inviting strangers: as good.
        assert status == 403
        return
    room = await mallory.finds(lambda room: room.id == talk.room.id, what="the room")
    await mallory.says(room, "saya bukan siapa-siapa")
    await mallory.says(room, "!solve")
    assert await talk.barrier() == []
    assert room.content("org.loket.conversation")["status"] == "open"
