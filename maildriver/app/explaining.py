"""What intake would do with messages in files."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from maildriver.domain.explain import Explanation, explain
from maildriver.services.jail import Jail, JailError


def explain_files(files: Sequence[Path]) -> list[Explanation]:
    """Return what each message is, in the order given, read in the jail as intake does."""
    read = [(file, file.read_bytes()) for file in files]

    async def explain_all() -> list[Explanation]:
        jail = Jail()
        try:
            return [await _explain(jail, str(file), raw) for file, raw in read]
        finally:
            await jail.close()

    return asyncio.run(explain_all())


async def _explain(jail: Jail, file: str, raw: bytes) -> Explanation:
    try:
        return await jail.call(explain, file, raw)
    except JailError as error:
        rule = f"it cannot be read: {error}"
        return Explanation(file, "empty", rule, "", "", (), (), 0.0)
