"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from assessment.errors import Refusal


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write text to `path`, UTF-8, by way of a file beside it that takes its place when all of it is on disk.

    What was there stays as it was if anything fails. A path that is no ordinary file (a pipe, a terminal) is written to as it
    is. Raises Refusal when the folder is missing or cannot be written to.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(pieces)
        return
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("x", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as error:
        raise Refusal(f"{path} could not be written: {error.strerror}. What was there before is as it was.") from error
    finally:
        beside.unlink(missing_ok=True)
