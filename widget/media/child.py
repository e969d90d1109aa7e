"""The child process that looks into what somebody has sent: `python -m widget.media.child TASK FILE WORKSHOP …`.

It prints what it found as JSON. It may use a second of computing and 200 MB of memory; what needs more is refused.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
from pathlib import Path

MEMORY = 200 * 1024 * 1024
COMPUTING = 1
"""Seconds of processor time, which the kernel counts in whole ones."""


TASKS = {"picture": "widget.media.images", "archive": "widget.media.archives", "page": "widget.previews.page"}
"""The module that does each, by its `inspect(file, workshop, …)`; a child imports no other."""


def limits() -> None:
    """From here on this process cannot do harm to others."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (COMPUTING, COMPUTING))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(task: str, file: str, workshop: str, *options: str) -> int:
    """Do one task; 1 when it cannot be done within the limits."""
    limits()
    try:
        module = importlib.import_module(TASKS[task])
        print(json.dumps(module.inspect(Path(file), Path(workshop), *options)))
    except (Exception, MemoryError):  # decoders raise anything at all
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
