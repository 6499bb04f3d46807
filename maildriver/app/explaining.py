"""What intake would do with messages in files."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from maildriver.domain.explain import Explanation, explain
from maildriver.services.jail import Jail, JailError


def explain_files(files: Sequence[Path]) -> list[Explanation]:
    """Return what each message is, in the order given. They are read in the jail, as intake does."""

    async def explain_all() -> list[Explanation]:
        jail = Jail()
        try:
            return [await _explain(jail, file) for file in files]
        finally:
            await jail.close()

    return asyncio.run(explain_all())


async def _explain(jail: Jail, file: Path) -> Explanation:
    try:
        return await jail.call(explain, str(file), file.read_bytes())
    except JailError as error:
        rule = f"it cannot be read: {error}"
        return Explanation(str(file), "empty", rule, "", "", (), (), 0.0)
