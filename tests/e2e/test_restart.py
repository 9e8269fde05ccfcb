"""The daemon is killed: what was written meanwhile is taken in, and nothing twice."""

from conftest import Opens
from harness import Stack


async def test_lines_written_while_the_daemon_was_dead_arrive_once(
    opens: Opens, stack: Stack
) -> None:
    talk = await opens("Bangkit")
    await talk.agent.says(talk.room, "sebelum mati")
    await talk.customer.gets_text("sebelum mati")
    stack.loket.process.kill()
    await talk.agent.says(talk.room, "selagi mati 1")
    await talk.agent.says(talk.room, "selagi mati 2")
    await talk.customer.says("halo, masih di sana?")
    await stack.loket.start()
    await talk.customer.gets_text("selagi mati 2", within=60)
    await talk.agent.sees_text(talk.room, "halo, masih di sana?", within=60)
    assert await talk.barrier() == ["sebelum mati", "selagi mati 1", "selagi mati 2"]
    assert talk.room.texts().count("halo, masih di sana?") == 1


async def test_an_orderly_stop_ends_with_success_and_loses_nothing(
    opens: Opens, stack: Stack
) -> None:
    talk = await opens("Tertib")
    await talk.agent.says(talk.room, "tepat sebelum berhenti")
    assert stack.loket.process.stop() == 0
    await stack.loket.start()
    assert await talk.barrier() == ["tepat sebelum berhenti"]
