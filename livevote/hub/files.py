"""Files beside the store: whole on the disk, or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# Of what is not whole yet; a crash leaves it.
UNFINISHED = ".new"


def write_whole(path: Path, data: bytes) -> None:
    """When this returns, the file and its name are on the disk. Blocks: for a thread. Raises
    OSError."""
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=".", suffix=UNFINISHED, delete=False
    ) as part:
        part.write(data)
        part.flush()
        os.fsync(part.fileno())
    Path(part.name).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
