"""The chat with a fake in place of the SDK's process; everything else is real."""

from __future__ import annotations

import sys
from pathlib import Path

from widget import create_app
from widget.mesibo.transports import sdk_process

sdk_process.COMMAND = [sys.executable, "-I", "-S", str(Path(__file__).with_name("child.py"))]
app = create_app()
