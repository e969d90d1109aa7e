"""The child process that looks into what somebody has sent: `python -m widget.media.child TASK FILE WORKSHOP`.

It prints what it found as JSON. It may use a second of computing and 200 MB of memory; what needs more is refused.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEMORY = 200 * 1024 * 1024
COMPUTING = 1
"""Seconds of processor time, which the kernel counts in whole ones."""


def limits() -> None:
    """From here on this process cannot do harm to others."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (COMPUTING, COMPUTING))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(task: str, file: str, workshop: str) -> int:
    """Do one task; 1 when it cannot be done within the limits."""
    limits()
    try:
        from widget.media import archives, images

        tasks: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
            "picture": images.inspect,
            "archive": archives.inspect,
        }
        print(json.dumps(tasks[task](Path(file), Path(workshop))))
    except (Exception, MemoryError):  # decoders raise anything at all
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
