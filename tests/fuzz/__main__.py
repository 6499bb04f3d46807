"""`make fuzz`: a million small inputs and two hundred thousand whole messages, by a seed.

One line of JSON says what came of it. What broke is kept as a file, and named with its seed.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from fuzz.ingest import Failure, prepared
from fuzz.work import Result, try_inputs, try_messages

CHUNK_OF_INPUTS, CHUNK_OF_MESSAGES = 20_000, 1_000


def main() -> None:
    arguments = _arguments()
    report = fuzz(arguments.inputs, arguments.messages, arguments.seed, arguments.processes)
    sys.stdout.write(json.dumps(report) + "\n")
    sys.exit(bool(report["uncaught"] or report["over_2s"]))


def fuzz(inputs: int, messages: int, seed: int, processes: int) -> dict[str, float]:
    """Try so many of each, and return what came of it."""
    began = time.monotonic()
    found: list[Result] = []
    with (
        tempfile.TemporaryDirectory(prefix="maildriver-fuzz-", dir=_fast_folder()) as folder,
        ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool,
    ):
        template = Path(folder) / "template"
        prepared(template)
        work: list[Future[Result]] = []
        for chunk, number in _chunks(messages, CHUNK_OF_MESSAGES):
            at = Path(folder) / f"{chunk}"
            work.append(pool.submit(try_messages, template, at, f"{seed}/m{chunk}", number))
        for chunk, number in _chunks(inputs, CHUNK_OF_INPUTS):
            work.append(pool.submit(try_inputs, f"{seed}/i{chunk}", number))
        for done in as_completed(work):
            found.append(done.result())
            for failure in found[-1].failures:
                _keep(failure, found[-1].seed)
    states = sum((Counter(each.states) for each in found), Counter[str]())
    return {
        "inputs": sum(each.inputs for each in found),
        "messages": sum(each.messages for each in found),
        "uncaught": sum(len(each.failures) for each in found),
        "over_2s": sum(each.slow for each in found),
        "worst_ms": round(max(each.worst for each in found) * 1000),
        "rss_mb": round(max([_own_memory(), *(each.memory for each in found)])),
        "stored": sum(states.values()),
        "held": states["held"],
        "new": states["new"],
        "seconds": round(time.monotonic() - began, 1),
        "seed": seed,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("MAILDRIVER_SEED", "1")))
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def _chunks(total: int, size: int) -> list[tuple[int, int]]:
    """Return the number of each chunk, and how many are in it."""
    return [(n, min(size, total - n * size)) for n in range(-(-total // size))]


def _fast_folder() -> str | None:
    """Return a folder in memory, if there is one: not the disk is tried here."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _own_memory() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def _keep(failure: Failure, seed: str) -> None:
    """Keep what broke, where it can be looked at."""
    folder = Path("fuzz-failures")
    folder.mkdir(exist_ok=True)
    file = folder / f"{hashlib.sha256(failure.raw).hexdigest()[:16]}.eml"
    file.write_bytes(failure.raw)
    sys.stderr.write(f"{file} (seed {seed}): {failure.why}\n")


if __name__ == "__main__":
    main()
