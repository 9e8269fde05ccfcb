"""A real Synapse for benchmarks: `synapse.py FOLDER PORT REGISTRATION`.

It prints `up` when clients are answered, and obeys `stop`, `start` and the end of
its input.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "e2e"))

from harness.synapse import Synapse  # noqa: E402


async def main() -> None:
    """Start Synapse and obey."""
    folder, port, registration = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    synapse = Synapse(folder, registrations=[registration], port=port)
    try:
        await synapse.start()
        await synapse.register("ayu", "only-on-loopback", "Ayu")
        print("up", flush=True)
        while order := await asyncio.to_thread(sys.stdin.readline):
            if order.strip() == "stop":
                synapse.stop()
                print("down", flush=True)
            else:
                await synapse.start()
                print("up", flush=True)
    finally:
        synapse.stop()


asyncio.run(main())
