"""A real S3 server for tests: rclone's, which keeps buckets in a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import requests

from tests import services
from widget.devserver import embedded_redis


class S3Server:
    """An S3 server on loopback, with one bucket called chat."""

    def __init__(self, folder: Path):
        (folder / "chat").mkdir()
        self.port = services.free_port()
        rclone = Path(sys.executable).parent / "rclone"
        self.process = subprocess.Popen(
            [
                *(str(rclone), "serve", "s3", str(folder), "--addr", f"127.0.0.1:{self.port}"),
                *("--auth-key", "key,sec/ret", "--config", "", "--vfs-cache-mode", "off"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=embedded_redis.end_with_parent,
        )
        services.wait_for(self._answers, "the S3 server")

    def _answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/", timeout=5).status_code > 0
        except requests.RequestException:
            return False

    def url(self, secret: str = "sec%2Fret", bucket: str = "chat/some/folder") -> str:
        return f"s3://key:{secret}@127.0.0.1:{self.port}/{bucket}?region=eu-central-1&tls=off"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
