"""The machine: which core does what, and what the kernel says that a process used."""

from __future__ import annotations

import os
import platform
import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = _CORES[0]
GENERATOR_CORE = _CORES[-1]


def pinned(core: int) -> Callable[[], None]:
    """For `preexec_fn`: the child and all its children run on this core alone."""
    return lambda: os.sched_setaffinity(0, {core})


def raise_file_limit() -> None:
    """Children inherit it: ten thousand sockets are ten thousand files."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@dataclass(frozen=True)
class Used:
    """CPU seconds of a process and of its children (the store) since their start."""

    own_s: float
    children_s: float

    def __sub__(self, other: Used) -> Used:
        return Used(self.own_s - other.own_s, self.children_s - other.children_s)

    @property
    def total_s(self) -> float:
        return self.own_s + self.children_s


def used(pid: int) -> Used:
    return Used(_cpu_s(pid), sum(_cpu_s(child) for child in descendants(pid)))


def core_s(core: int) -> tuple[float, float]:
    """(busy, idle or waiting for the disk) seconds of a core since the start of the machine."""
    rows = Path("/proc/stat").read_text().splitlines()
    fields = next(row.split()[1:] for row in rows if row.startswith(f"cpu{core} "))
    user, nice, system, idle, iowait, irq, softirq, steal = (int(field) for field in fields[:8])
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq + steal) * tick_s, (idle + iowait) * tick_s


def descendants(pid: int) -> list[int]:
    """Children, their children, and so on, by the parents in /proc."""
    parents = {int(p.name): _parent(int(p.name)) for p in Path("/proc").glob("[0-9]*")}
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found[1:]


def rss_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(row.split()[1]) for row in status.splitlines() if row.startswith("VmRSS"))


def is_worker(pid: int) -> bool:
    """A Python process; else it is the store, whose program lies in a folder named after Python."""
    program = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[0]
    return Path(program).name.startswith("python")


def _cpu_s(pid: int) -> float:
    """All threads. schedstat counts nanoseconds; stat, in its absence, hundredths of a second."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except FileNotFoundError:
        try:
            fields = _stat(pid)
        except OSError:
            return 0.0  # it ended
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _parent(pid: int) -> int:
    try:
        return int(_stat(pid)[1])
    except OSError:
        return 0


def _stat(pid: int) -> list[str]:
    """From the third field on: a program's name may hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()


def facts() -> dict[str, str]:
    """What a figure must stand beside. No host name, no paths."""
    cpu = "unknown"
    for row in Path("/proc/cpuinfo").read_text().splitlines():
        if row.startswith("model name"):
            cpu = row.partition(":")[2].strip()
            break
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "pinned": f"servers to core {SERVER_CORE}, generator to core {GENERATOR_CORE}",
        "kernel": platform.release(),
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }
