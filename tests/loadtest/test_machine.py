"""What the kernel says of processes is charged to the right ones."""

import os
import tempfile
from pathlib import Path

from livevote.store.embedded import EmbeddedServer
from loadtest.machine import descendants, is_worker


def test_a_store_is_no_worker_although_its_folder_is_named_after_python() -> None:
    before = set(descendants(os.getpid()))
    with tempfile.TemporaryDirectory(prefix="lv") as folder:
        server = EmbeddedServer(Path(folder))
        server.start()
        [store] = set(descendants(os.getpid())) - before
        programs = {store: is_worker(store), os.getpid(): is_worker(os.getpid())}
        server.stop()
    assert programs == {store: False, os.getpid(): True}
