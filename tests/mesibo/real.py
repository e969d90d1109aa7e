"""The chat with the real SDK in its process, at another date where the environment of the tests asks for one."""

from __future__ import annotations

import os

from widget import create_app
from widget.mesibo.transports import sdk, sdk_process

if date := os.environ.get("TEST_DATE"):
    sdk_process.COMMAND = ["faketime", date, *sdk_process.COMMAND]
if os.environ.get("TEST_CRASH"):  # a name without a dot and a token that is wrong: a segmentation fault
    sdk.APP = "chat"
app = create_app()
