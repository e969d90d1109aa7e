"""The child process that looks into what somebody has sent: `python -m widget.media.child TASK FILE FOLDER …`.

It prints what it found as JSON. It may use a second of computing and 200 MB of memory, and for an image what decoding
one takes; what needs more is not done.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import resource
import sys
from pathlib import Path

MEMORY = 200 * 1024 * 1024
COMPUTING = 1
"""Seconds of processor time, which the kernel counts in whole ones."""


TASKS = {"image": "widget.media.images", "archive": "widget.media.archives", "page": "widget.previews.page"}
"""The module that does each, by its `inspect(file, folder, …)`; a child imports no other."""

LIMITS = {"image": (1024 * 1024 * 1024, 5)}
"""Other bytes of memory and seconds: an image of 50 megapixels, decoded as WebP and AVIF are, takes most of that."""


def limits(memory: int = MEMORY, computing: int = COMPUTING) -> None:
    """From here on this process cannot do harm to others."""
    with contextlib.suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out, this process goes, not its parent
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (computing, computing))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(task: str, file: str, folder: str, *options: str) -> int:
    """Do one task; 1 when it cannot be done within the limits."""
    limits(*LIMITS.get(task, (MEMORY, COMPUTING)))
    try:
        module = importlib.import_module(TASKS[task])
        print(json.dumps(module.inspect(Path(file), Path(folder), *options)))
    except (Exception, MemoryError):  # decoders raise anything at all
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
