"""The pages' pure parts have their tests beside them, run by Node's own runner."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def test_the_pages_own_tests_pass() -> None:
    node = shutil.which("node")
    assert node, "node is missing: run scripts/setup test"
    files = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120)
    ran = re.search(r"^# tests (\d+)$", done.stdout, re.MULTILINE)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert ran, done.stdout[-2000:]
    assert int(ran[1]) >= len(files)
