"""Lines both ways: text, receipts, replies, formatting."""

import pytest

from conftest import Opens
from harness import Stack, eventually
from harness.room import replied_to

DESK = "@loket:localhost"


async def test_an_agents_line_reaches_the_customer_exactly_once(opens: Opens) -> None:
    talk = await opens("Sekali")
    await talk.agent.says(talk.room, "Selamat pagi, ada yang bisa dibantu?")
    assert await talk.barrier() == ["Selamat pagi, ada yang bisa dibantu?"]


async def test_lines_arrive_in_the_order_they_were_written(opens: Opens) -> None:
    talk = await opens("Urut")
    lines = [f"baris {number}" for number in range(1, 7)]
    for line in lines:
        await talk.agent.says(talk.room, line)
    assert await talk.barrier() == lines


async def test_customers_lines_arrive_in_the_order_they_were_written(
    opens: Opens, stack: Stack
) -> None:
    talk = await opens("Antre", "pesan 0")

    async def is_taken(text: str) -> bool:
        deliveries = await stack.simulator.deliveries()
        return any(text in str(one["body"]) and one["status"] == 200 for one in deliveries)

    for number in range(1, 6):
        text = f"pesan {number}"
        await talk.customer.says(text)
        # Webhooks on their way at the same time may overtake each other.
        await eventually(lambda text=text: is_taken(text), what=f"«{text}» is taken")
    await talk.agent.sees_text(talk.room, "pesan 5")
    said = [text for text in talk.room.texts() if text.startswith("pesan ")]
    assert said == [f"pesan {number}" for number in range(6)]


async def test_the_desks_receipt_means_accepted_and_the_ghosts_means_read(
    opens: Opens,
) -> None:
    talk = await opens("Centang")
    ayu, room = talk.agent, talk.room
    line = await ayu.says(room, "Pesanan sudah siap.")
    await talk.customer.gets_text("Pesanan sudah siap.")
    await ayu.sees_read(room, line, DESK)
    assert talk.ghost not in room.readers.get(line, set())
    await talk.customer.reads()
    await ayu.sees_read(room, line, talk.ghost)


async def test_the_owners_receipt_reaches_the_customers_phone(opens: Opens) -> None:
    talk = await opens("Biru")
    ayu, room = talk.agent, talk.room
    await ayu.says(room, "Saya bantu ya.")
    await talk.customer.gets_text("Saya bantu ya.")
    thanks = await talk.customer.says("Terima kasih!")
    line = await ayu.sees_text(room, "Terima kasih!")
    await ayu.reads(room, line["event_id"])
    await talk.customer.knows_as_read(thanks)


async def test_an_agents_reply_quotes_the_customers_line(opens: Opens) -> None:
    talk = await opens("Kutip", "Berapa harganya?")
    await talk.agent.replies(talk.room, talk.first_event, "Seratus ribu.")
    message = await talk.customer.gets_text("Seratus ribu.")
    assert message["context"]["id"] == talk.first_id


async def test_a_customers_reply_points_at_the_agents_line(opens: Opens) -> None:
    talk = await opens("Balas")
    line = await talk.agent.says(talk.room, "Warna apa?")
    message = await talk.customer.gets_text("Warna apa?")
    await talk.customer.says("Biru saja.", reply_to=message["id"])
    answer = await talk.agent.sees_text(talk.room, "Biru saja.")
    assert replied_to(answer) == line


async def test_a_quote_in_a_reply_is_not_sent_along(opens: Opens) -> None:
    talk = await opens("Bersih", "Ini pertanyaan saya.")
    quoted = f"> <{talk.ghost}> Ini pertanyaan saya.\n\nIni jawabannya."
    await talk.agent.replies(talk.room, talk.first_event, quoted)
    assert await talk.barrier() == ["Ini jawabannya."]


@pytest.mark.parametrize(
    ("html", "whatsapp"),
    [
        ("<strong>tebal</strong>", "*tebal*"),
        ("<em>miring</em>", "_miring_"),
        ("<del>coret</del>", "~coret~"),
        ("<code>kode</code>", "`kode`"),
        ("<strong>satu</strong> dan <em>dua</em>", "*satu* dan _dua_"),
        ("<ul><li>kopi</li><li>teh</li></ul>", "- kopi\n- teh"),
    ],
)
async def test_formatting_goes_out_as_whatsapp_writes_it(
    opens: Opens, html: str, whatsapp: str
) -> None:
    talk = await opens("Gaya")
    extra = {"format": "org.matrix.custom.html", "formatted_body": html}
    await talk.agent.says(talk.room, "(tanpa gaya)", **extra)
    assert await talk.barrier() == [whatsapp]


async def test_formatting_comes_in_as_matrix_writes_it(opens: Opens) -> None:
    talk = await opens("Tebal", "Ada yang bisa bantu?")
    await talk.customer.says("*tebal* _miring_ ~coret~ ```kode```")
    # The plain body is for previews and old clients: the text without marks.
    seen = await talk.agent.sees_text(talk.room, "tebal miring coret kode")

    def formatted() -> str:
        return next(
            event["content"].get("formatted_body", "")
            for event in talk.room.timeline
            if event["event_id"] == seen["event_id"]
        )

    assert "<strong>tebal</strong>" in formatted()
    assert "<em>miring</em>" in formatted()
    assert "<del>coret</del>" in formatted()
    assert "<code>kode</code>" in formatted()


async def test_text_that_looks_like_html_stays_text(opens: Opens) -> None:
    talk = await opens("Aman", "<b>bukan</b> & <script>alert(1)</script>")
    event = next(e for e in talk.room.timeline if e["event_id"] == talk.first_event)
    assert "<script" not in event["content"].get("formatted_body", "")


async def test_a_mention_leaves_as_a_plain_name(opens: Opens) -> None:
    talk = await opens("Sapa")
    html = f'Halo <a href="https://matrix.to/#/{talk.ghost}">Sapa</a>, apa kabar?'
    extra = {"format": "org.matrix.custom.html", "formatted_body": html}
    await talk.agent.says(talk.room, "Halo Sapa, apa kabar?", **extra)
    assert await talk.barrier() == ["Halo Sapa, apa kabar?"]


async def test_a_long_line_is_split_and_nothing_is_lost(opens: Opens) -> None:
    talk = await opens("Panjang")
    words = " ".join(f"kata{number}" for number in range(1, 901))
    assert len(words) > 4096
    await talk.agent.says(talk.room, words)
    parts = await talk.barrier()
    assert len(parts) == 2
    assert all(len(part) <= 4096 for part in parts)
    assert " ".join(parts).split() == words.split()
