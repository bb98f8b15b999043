"""What a process holds and held at most, and frames that come into memory without leaving waste behind."""

from __future__ import annotations

import ctypes
import gc
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

STATUS = Path("/proc/self/status")


def load(path: str) -> pa.Table:
    """An Arrow file of one batch, copied into memory; columns begin at multiples of 64 bytes, as Arrow recommends."""
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(ensure_alignment=pa.ipc.Alignment.At64Byte)
    with pa.OSFile(path) as file:
        return pa.ipc.open_file(file, options=options).read_all()


def settle() -> int:
    """Gives back what can be given back, forgets the peak so far, and says what the process holds now, in kB."""
    gc.collect()
    for _ in range(4):  # allocators give pages back late
        if STATUS.exists():
            ctypes.CDLL(None).malloc_trim(0)
        time.sleep(0.25)
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return _of_status("VmRSS")
    return peak_kb()


def peak_kb() -> int:
    """The most that this process held since it began or was settled, in kB."""
    return _of_status("VmHWM") if STATUS.exists() else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _of_status(key: str) -> int:
    for line in STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    raise KeyError(key)
