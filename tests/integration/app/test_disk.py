"""The room that is left on the disk of the database."""

from pathlib import Path

import pytest

from maildriver.app.disk import need_room
from maildriver.errors import NoRoomError


def test_room_is_what_is_left_beside_the_database(tmp_path: Path) -> None:
    need_room(tmp_path, 0)
    with pytest.raises(NoRoomError, match="MB left, too little to take in mail"):
        need_room(tmp_path, 10**15)
