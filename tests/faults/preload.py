"""Small C libraries of the tests that stand between a program and the kernel (LD_PRELOAD)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def compiled(source: str, folder: Path) -> Path:
    """A source file of this folder as a library in another."""
    compiler = shutil.which("cc")
    assert compiler, "a C compiler is missing: run scripts/setup test"
    library = folder / Path(source).with_suffix(".so").name
    path = Path(__file__).with_name(source)
    options = ("-O2", "-Wall", "-Werror", "-shared", "-fPIC")
    subprocess.run([compiler, *options, "-o", str(library), str(path)], check=True)
    return library
