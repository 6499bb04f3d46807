"""What one process of the fuzzer does at a time."""

import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from fuzz.ingest import LIMIT, Failure, alarm, ingest
from fuzz.inputs import one


@dataclass
class Result:
    """What came of a chunk."""

    seed: str
    inputs: int = 0
    messages: int = 0
    worst: float = 0.0  # seconds
    slow: int = 0
    memory: float = 0.0  # megabytes, of the whole process at its largest
    states: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


def try_inputs(seed: str, number: int) -> Result:
    """Try so many small inputs."""
    result = Result(seed, inputs=number)
    chance = random.Random(seed)
    clock = time.thread_time
    for each in range(number):
        began = clock()
        try:
            with alarm():
                one(chance)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            result.failures.append(Failure(f"input {each}: {error!r}", repr(error).encode()))
        taken = clock() - began
        result.worst = max(result.worst, taken)
        result.slow += taken > LIMIT
    result.memory = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    return result


def try_messages(template: Path, folder: Path, seed: str, number: int) -> Result:
    """Take so many mutated messages in."""
    found = ingest(template, folder, seed, number)
    memory = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    return Result(
        seed,
        messages=number,
        worst=found.worst,
        slow=found.slow,
        memory=memory,
        states=found.states,
        failures=found.failures,
    )
