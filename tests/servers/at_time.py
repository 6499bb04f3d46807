"""The services of a site in a process of their own, in time that is told on standard input.

Each line holds two moments: live from the one until the other. The answer is a line, too. So
a test can kill it in the middle, as a power cut would, and go on with a new one.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

from clock import Clock

from maildriver.app.role import held_alone
from maildriver.app.running import _begin, services_of
from maildriver.app.site import Site, open_site
from maildriver.demo.world import earliest
from maildriver.services.loop import run_until_idle

QUARTER = timedelta(minutes=15)


async def live(site: Site) -> None:
    clock = Clock()
    stopping = asyncio.Event()
    async with services_of(site, clock, stopping=stopping, idle=0) as (services, db):
        begun = False
        while line := await asyncio.to_thread(sys.stdin.readline):
            clock.moment, end = map(datetime.fromisoformat, line.split())
            if not begun:
                await _begin(db, services, site, clock())
                begun = True
            while True:
                await run_until_idle(services.steps())
                next_moment = await db.read(earliest)
                if next_moment is None or max(next_moment, clock() + QUARTER) >= end:
                    break
                # What is due and still there waits for something else that is due later.
                clock.moment = max(next_moment, clock() + QUARTER)
            clock.moment = end
            await run_until_idle(services.steps())
            sys.stdout.write("done\n")
            sys.stdout.flush()


def main() -> None:
    with open_site(Path(sys.argv[1])) as site, held_alone(site.database, site.var):
        asyncio.run(live(site))


if __name__ == "__main__":
    main()
