"""`make bench`: what maildriver sends in a second, beside what others do, in the same minutes.

All send into Postfix's smtp-sink(1), in turn, several rounds; a ratio is the median of the
rounds. Speeds differ from machine to machine and from minute to minute, ratios much less.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from bench.peers import OURS, PEERS, SMTP_SOURCE, Load, Peer
from bench.site import first_packet, planned
from bench.slow_sink import slow_sink
from rich.console import Console
from rich.table import Table
from support.servers.smtp_sink import smtp_sink

_FAR = 0.005  # seconds that a relay takes for each reply
_FAR_SIZE = 50


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent, to whom, and who sends it."""

    name: str
    load: Load
    server: Callable[[], AbstractContextManager[int]]
    peers: Sequence[Peer]


@dataclass(slots=True)
class Found:
    """What the rounds of one sender came to."""

    speeds: list[float] = field(default_factory=list)  # messages a second
    cpu: list[float] = field(default_factory=list)  # microseconds a message

    def ratio(self, theirs: "Found") -> float:
        """Return how many times as fast this one is."""
        pairs = zip(self.speeds, theirs.speeds, strict=True)
        return round(median(a / b for a, b in pairs), 2)


def main() -> None:
    arguments = _arguments()
    console = Console(stderr=True)
    left_out = {peer.name: why for peer in PEERS if (why := peer.missing())}
    for why in left_out.values():
        console.print(why)
    peers = [OURS, *(peer for peer in PEERS if peer.name not in left_out)]
    facts: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="maildriver-bench-") as folder:
        for kilobytes in arguments.sizes:
            load, plans = _load(Path(folder), kilobytes)
            console.print(f"{kilobytes} KB: planned {plans:.0f}/s")
            cases = [Case(f"{kilobytes} KB", load, smtp_sink, peers)]
            if kilobytes == _FAR_SIZE:
                name = f"{kilobytes} KB, each reply after {_FAR * 1000:.0f} ms"
                far = partial(slow_sink, _FAR)
                cases.append(Case(name, load, far, [OURS, SMTP_SOURCE]))
            for case in cases:
                found = _measured(case, arguments.rounds, console)
                facts[case.name] = _facts(found) | {"planned_per_second": round(plans)}
                console.print(_table(case.name, found))
    sys.stdout.write(json.dumps({"sends": facts, "left_out": left_out}) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5, 50, 500], help="in KB")
    return parser.parse_args()


def _load(folder: Path, kilobytes: int) -> tuple[Load, float]:
    """Return what is sent in each round, and how many packets a second were planned."""
    site, plans = planned(folder / f"{kilobytes}", kilobytes, OURS.numbers[kilobytes])
    message, attachment = folder / "message.eml", folder / "attachment"
    message.write_bytes(first_packet(site.folder))
    file = site.folder / "courses/night-sky/lessons/010-lesson-1/chart.pdf"
    attachment.write_bytes(file.read_bytes() if file.exists() else b"")
    load = Load(kilobytes, site, message, attachment, folder / "scratch")
    load.scratch.mkdir(exist_ok=True)
    return load, plans


def _measured(case: Case, rounds: int, console: Console) -> dict[str, Found]:
    """Return what was found about each sender, in the rounds that they took in turn."""
    found = {peer.name: Found() for peer in case.peers}
    for number in range(rounds):
        for peer in case.peers:
            count = peer.numbers[case.load.kilobytes]
            with case.server() as port:
                cost = peer.send(case.load, port, count)
            found[peer.name].speeds.append(count / cost.seconds)
            found[peer.name].cpu.append(cost.cpu / count * 1e6)
            speed = f"{count / cost.seconds:8.0f}/s"
            console.print(f"{case.name}  round {number + 1}  {peer.name:12} {speed}")
    return found


def _facts(found: dict[str, Found]) -> dict[str, object]:
    """Return what the JSON line says of a case."""
    ratios = {name: found[OURS.name].ratio(each) for name, each in found.items()}
    del ratios[OURS.name]
    return {
        "ratios": ratios,
        "per_second": {name: round(median(each.speeds)) for name, each in found.items()},
        "cpu_microseconds": {name: round(median(each.cpu)) for name, each in found.items()},
    }


def _table(title: str, found: dict[str, Found]) -> Table:
    table = Table(title=title)
    for head in ("", "messages/s", "lowest", "highest", "CPU µs/message", "maildriver is"):
        table.add_column(head, justify="left" if not head else "right")
    for name, each in found.items():
        speeds = (f"{f(each.speeds):.0f}" for f in (median, min, max))
        times = "" if name == OURS.name else f"{found[OURS.name].ratio(each):.2f} times"
        table.add_row(name, *speeds, f"{median(each.cpu):.0f}", times)
    return table


if __name__ == "__main__":
    main()
