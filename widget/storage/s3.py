"""Files in a bucket: Amazon's S3, and what speaks its protocol (MinIO, Ceph, SeaweedFS, R2, rclone…)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import unescape

import requests
from requests_aws4auth import AWS4Auth

from widget.storage.errors import Missing, Unreachable
from widget.threads import run_in_thread

PIECE = 256 * 1024
TIMEOUT = (5, 30)
"""Seconds to connect, and between two pieces of an answer."""


class Bucket:
    """A bucket at `s3://ACCESS_KEY:SECRET_KEY@HOST[:PORT]/BUCKET[/FOLDER]?region=REGION&tls=off`."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        scheme = "http" if options.get("tls") == ["off"] else "https"
        port = f":{parts.port}" if parts.port else ""
        bucket, _, folder = parts.path.strip("/").partition("/")
        self._bucket = f"{scheme}://{parts.hostname}{port}/{bucket}"
        self._folder = f"{folder}/" if folder else ""
        region = options.get("region", ["us-east-1"])[0]
        self._auth = AWS4Auth(unquote(parts.username or ""), unquote(parts.password or ""), region, "s3")
        self._session = requests.Session()
        self._session.trust_env = False

    def _ask(self, method: str, address: str, good: tuple[int, ...], **options: Any) -> requests.Response:
        try:
            answer = self._session.request(method, address, auth=self._auth, timeout=TIMEOUT, **options)
        except requests.RequestException as error:
            raise Unreachable(str(error)) from error
        if answer.status_code == 404 and 404 not in good:
            raise Missing(address)
        if answer.status_code not in good:
            raise Unreachable(f"{method} answered {answer.status_code}: {answer.text[:200]}")
        return answer

    def _object(self, key: str) -> str:
        return f"{self._bucket}/{quote(self._folder + key)}"

    def put(self, key: str, source: Path) -> None:
        """See Storage. The signature covers the content, which is hashed in a thread."""
        run_in_thread(self._put, self._object(key), source)

    def _put(self, address: str, source: Path) -> None:
        # A session of its own: this runs in another thread, whose sockets belong to another event loop.
        with requests.Session() as session, source.open("rb") as file:
            session.trust_env = False
            try:
                answer = session.put(address, data=file.read(), auth=self._auth, timeout=TIMEOUT)
            except requests.RequestException as error:
                raise Unreachable(str(error)) from error
        if not answer.ok:
            raise Unreachable(f"PUT answered {answer.status_code}: {answer.text[:200]}")

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See Storage."""
        if length == 0:
            return iter(())
        last = "" if length is None else start + length - 1
        headers = {"Range": f"bytes={start}-{last}"} if start or length else {}
        answer = self._ask("GET", self._object(key), (200, 206), headers=headers, stream=True)
        return self._pieces(answer)

    def _pieces(self, answer: requests.Response) -> Iterator[bytes]:
        with answer:
            try:
                yield from answer.iter_content(PIECE)
            except requests.RequestException as error:
                raise Unreachable(str(error)) from error

    def delete(self, key: str) -> None:
        """See Storage."""
        self._ask("DELETE", self._object(key), (200, 204, 404))

    def delete_folder(self, folder: str) -> None:
        """See Storage."""
        prefix = quote(f"{self._folder}{folder}/", safe="")
        while True:
            listing = self._ask("GET", f"{self._bucket}?list-type=2&prefix={prefix}", (200,)).text
            keys = [unescape(key) for key in re.findall("<Key>([^<]+)</Key>", listing)]
            for key in keys:
                self._ask("DELETE", f"{self._bucket}/{quote(key)}", (200, 204, 404))
            if not keys or "<IsTruncated>true" not in listing:
                return
