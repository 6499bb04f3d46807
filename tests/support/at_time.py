"""The services of a site in a process of their own, in time that is told on standard input.

Each line holds two moments: live from the one until the other. The answer is a line, too. So
a test can kill it in the middle, as a power cut would, and go on with a new one.

With --each-anew every line is lived by a new process, a fork of one that has loaded everything.
A third word names the point at which that dies by itself (see maildriver.failpoints).
"""

import asyncio
import gc
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from support.clock import Clock

from maildriver import failpoints
from maildriver.app.loop import run_until_idle
from maildriver.app.roles import single_process
from maildriver.app.run import _begin
from maildriver.app.services import open_services
from maildriver.app.site import Site, open_site
from maildriver.demo.world import next_due

QUARTER = timedelta(minutes=15)


async def live(site: Site) -> None:
    """Live as long as lines come."""
    clock = Clock()
    stopping = asyncio.Event()
    async with open_services(site, clock, stopping=stopping, idle=0) as (services, db):
        begun, steps = False, services.steps()
        if not site.database.is_sqlite:  # where others may have died meanwhile
            steps["recovery"] = services.recovery.step
        while line := await asyncio.to_thread(sys.stdin.readline):
            clock.moment, end = map(datetime.fromisoformat, line.split()[:2])
            if not begun:
                await _begin(db, services, site, clock())
                begun = True
            while True:
                await run_until_idle(steps)
                next_moment = await db.read(next_due)
                if next_moment is None or max(next_moment, clock() + QUARTER) >= end:
                    break
                # What is due and still there waits for something else that is due later.
                clock.moment = max(next_moment, clock() + QUARTER)
            clock.moment = end
            await run_until_idle(steps)
            _say("done")


def each_anew(folder: Path) -> None:
    """Let each line be lived by a child, and say how that ended."""
    _live_in(folder, until="")  # loads what is loaded late
    gc.freeze()
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            failpoints.arm("".join(line.split()[2:]))
            _live_in(folder, until=line)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            _say(f"ended with {status}")


def _live_in(folder: Path, until: str) -> None:
    """Live one line, or none."""
    reading, writing = os.pipe()
    os.write(writing, until.encode())
    os.close(writing)
    sys.stdin = os.fdopen(reading)
    try:
        with open_site(folder) as site, single_process(site.database, site.var):
            asyncio.run(live(site))
    finally:
        sys.stdin.close()
        sys.stdin = sys.__stdin__


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def main() -> None:
    folder = Path(sys.argv[1])
    if "--each-anew" in sys.argv:
        each_anew(folder)
        return
    with open_site(folder) as site, single_process(site.database, site.var):
        asyncio.run(live(site))


if __name__ == "__main__":
    main()
