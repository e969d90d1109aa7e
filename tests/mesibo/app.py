"""The chat with a stand-in in the place of the SDK's process; everything else is as ever."""

from __future__ import annotations

import sys
from pathlib import Path

from widget import create_app
from widget.mesibo.transports import sdk_process

sdk_process.COMMAND = [sys.executable, "-I", "-S", str(Path(__file__).with_name("child.py"))]
app = create_app()
