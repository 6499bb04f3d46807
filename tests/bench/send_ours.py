"""Send all that waits in a site, and say how long that took: a process of the bench."""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

from maildriver.app.running import services_of
from maildriver.app.site import open_site, utc_now


async def main(folder: Path) -> None:
    with open_site(folder) as site:
        async with services_of(site, utc_now, stopping=asyncio.Event(), idle=0) as (services, _db):
            start = time.perf_counter()
            while await services.sender.step():
                pass
            seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    found = {"seconds": seconds, "cpu": cpu, "megabytes": used.ru_maxrss / 1000}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
