"""The loop of all services: step while there is work, then wait."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from maildriver.errors import StoreError

log = logging.getLogger(__name__)

#: One unit of work; returns whether there may be more.
Step = Callable[[], Awaitable[bool]]

# A service that fails again and again waits longer each time, so that its log stays
# readable; the others go on. Nothing is lost by waiting: the work stays in its table.
_PAUSES = (1, 2, 5, 15, 60)


@dataclass(frozen=True, slots=True)
class Service:
    """A step, and the interval at which it runs even if nothing wakes it."""

    name: str
    step: Step
    every: float  # seconds


@dataclass(slots=True)
class Loop:
    """Runs services side by side. A service that has done work wakes the others."""

    services: list[Service]
    stop: asyncio.Event
    grace: float  # seconds for the running steps once `stop` is set
    _wakes: dict[str, asyncio.Event] = field(default_factory=dict)

    async def run(self) -> None:
        """Run until `stop` is set; then let every step end, or cut it off after `grace`."""
        self._wakes = {service.name: asyncio.Event() for service in self.services}
        timer = self._timer()
        tasks = [
            asyncio.create_task(self._repeat(service), name=service.name)
            for service in self.services
        ]
        try:
            await self.stop.wait()
        finally:
            timer.shutdown(wait=False)
            self.wake_all()
            _, late = await asyncio.wait(tasks, timeout=self.grace)
            for task in late:
                log.warning("%s: cut off after %.0f s", task.get_name(), self.grace)
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def wake_all(self) -> None:
        """Let every service look for work now."""
        for wake in self._wakes.values():
            wake.set()

    def _timer(self) -> AsyncIOScheduler:
        """Start the clock that wakes the services: a handful of jobs, never one per student."""
        timer = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for service in self.services:
            timer.add_job(self._wakes[service.name].set, "interval", seconds=service.every)
        timer.start()
        return timer

    async def _repeat(self, service: Service) -> None:
        failures = 0
        wake = self._wakes[service.name]
        while not self.stop.is_set():
            wake.clear()
            try:
                worked = await service.step()
                failures = 0
            except StoreError as error:
                worked, failures = False, failures + 1
                log.error("%s: %s", service.name, error)  # noqa: TRY400 - not a bug of ours
            except Exception:
                worked, failures = False, failures + 1
                log.exception("%s: a step failed (%d in a row)", service.name, failures)
            if worked:
                self.wake_all()
            elif failures:
                await self._pause(_PAUSES[min(failures, len(_PAUSES)) - 1])
            else:
                await wake.wait()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stop.wait()


async def run_until_idle(steps: Mapping[str, Step]) -> bool:
    """Repeat all steps in turn until none of them has work; return whether any had."""
    worked, idle = False, 0  # how many in a row had nothing to do
    for step in cycle(steps.values()):
        if await step():
            worked, idle = True, 0
        else:
            idle += 1
        if idle == len(steps):
            break
    return worked


@contextlib.contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """Provide an event that SIGTERM and SIGINT set; a second signal changes nothing."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            if stop.is_set():
                signal.signal(number, signal.SIG_IGN)
