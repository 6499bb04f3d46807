"""`make bench`: what maildriver sends in a second, beside what others do, in the same minutes.

All send into Postfix's smtp-sink(1), in turn, several rounds; a ratio is the median of the
rounds. Speeds differ from machine to machine and from minute to minute, ratios much less.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.peers import OURS, PEERS, Load, Peer, mailman_is_missing
from bench.site import first_packet, planned
from rich.console import Console
from rich.table import Table
from servers.smtp_sink import smtp_sink

Speeds = dict[str, list[float]]


def main() -> None:
    arguments = _arguments()
    console = Console(stderr=True)
    left_out = {}
    if missing := mailman_is_missing():
        left_out["mailman"] = missing
        console.print(missing)
    peers = [OURS, *(peer for peer in PEERS if peer.name not in left_out)]
    facts: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="maildriver-bench-") as folder:
        for kilobytes in arguments.sizes:
            speeds, plans = _measured(Path(folder), kilobytes, peers, arguments.rounds, console)
            facts[str(kilobytes)] = _ratios(speeds) | {"planned_per_second": round(plans)}
            console.print(_table(kilobytes, speeds, plans))
    sys.stdout.write(json.dumps({"ratios": facts, "left_out": left_out}) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5, 50, 500], help="in KB")
    return parser.parse_args()


def _measured(
    folder: Path, kilobytes: int, peers: list[Peer], rounds: int, console: Console
) -> tuple[Speeds, float]:
    """Return the speeds of all rounds, and how many packets a second were planned."""
    site, plans = planned(folder / f"{kilobytes}", kilobytes, OURS.numbers[kilobytes])
    message, attachment = folder / "message.eml", folder / "attachment"
    message.write_bytes(first_packet(site.folder))
    file = site.folder / "courses/night-sky/lessons/010-lesson-1/chart.pdf"
    attachment.write_bytes(file.read_bytes() if file.exists() else b"")
    load = Load(kilobytes, site, message, attachment, folder / "scratch")
    load.scratch.mkdir(exist_ok=True)
    speeds: Speeds = {peer.name: [] for peer in peers}
    for number in range(rounds):
        for peer in peers:
            with smtp_sink() as port:
                speed = peer.send(load, port, peer.numbers[kilobytes])
            speeds[peer.name].append(speed)
            console.print(f"{kilobytes:>4} KB  round {number + 1}  {peer.name:12} {speed:8.0f}/s")
    return speeds, plans


def _ratios(speeds: Speeds) -> dict[str, float]:
    ours = speeds[OURS.name]
    return {
        name: round(median(a / b for a, b in zip(ours, theirs, strict=True)), 2)
        for name, theirs in speeds.items()
        if name != OURS.name
    }


def _table(kilobytes: int, speeds: Speeds, plans: float) -> Table:
    table = Table(title=f"{kilobytes} KB (planned {plans:.0f}/s)")
    for title in ("", "messages/s", "lowest", "highest", "maildriver is"):
        table.add_column(title, justify="left" if not title else "right")
    ratios = _ratios(speeds)
    for name, each in speeds.items():
        times = f"{ratios[name]:.2f} times" if name in ratios else ""
        table.add_row(name, *(f"{f(each):.0f}" for f in (median, min, max)), times)
    return table


if __name__ == "__main__":
    main()
