"""Send all that waits in a site, and say how long that took: a process of the bench."""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

from maildriver.app.services import open_services
from maildriver.app.site import open_site, utc_now


async def main(folder: Path) -> None:
    with open_site(folder) as site:
        async with open_services(site, utc_now, stopping=asyncio.Event(), idle=0) as (
            services,
            _db,
        ):
            start, before = time.perf_counter(), time.process_time()
            while await services.sender.step():
                pass
            seconds, cpu = time.perf_counter() - start, time.process_time() - before
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {"seconds": seconds, "cpu": cpu, "megabytes": most / 1000}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
