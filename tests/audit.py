"""Asks OSV (https://osv.dev) for known vulnerabilities of what requirements.txt pins: one request, no names but these.

Prints what was found, or plainly that nobody could be asked. Ends with status 1 for a vulnerability.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import requests

ADDRESS = "https://api.osv.dev/v1/querybatch"
SECONDS = 10
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pinned(text: str) -> list[tuple[str, str]]:
    """The packages that a file of requirements names, with their versions."""
    return PINNED.findall(text)


def vulnerabilities(packages: list[tuple[str, str]]) -> list[str]:
    """One line for each package that is known to be vulnerable; raises requests.RequestException."""
    queries = [{"package": {"ecosystem": "PyPI", "name": name}, "version": version} for name, version in packages]
    answer = requests.post(ADDRESS, json={"queries": queries}, timeout=SECONDS)
    answer.raise_for_status()
    results = answer.json()["results"]
    return [
        f"{name} {version}: {', '.join(it['id'] for it in found['vulns'])}"
        for (name, version), found in zip(packages, results, strict=True)
        if found.get("vulns")
    ]


def main() -> int:
    packages = pinned(Path("requirements.txt").read_text())
    try:
        found = vulnerabilities(packages)
    except (requests.RequestException, ValueError, KeyError) as error:
        print(f"Dependencies were NOT audited: {ADDRESS} cannot be asked ({type(error).__name__}).")
        return 0
    print("\n".join(found) or f"No known vulnerability in {len(packages)} dependencies.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
