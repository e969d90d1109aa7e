"""Asks OSV (https://osv.dev) for known vulnerabilities of what requirements.txt pins, and of the scripts in
static/vendor: one request, no names but these.

Prints what was found, or plainly that nobody could be asked. Ends with status 1 for a vulnerability.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import requests

ADDRESS = "https://api.osv.dev/v1/querybatch"
ROOT = Path(__file__).parent.parent
SECONDS = 10
VENDORED = {"htmx": "htmx.org"}
"""The scripts in static/vendor, and what they are called in npm."""
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


Package = tuple[str, str, str]
"""Where it is published, its name, its version."""


def packages() -> list[Package]:
    """All that is deployed and not ours; raises KeyError for a vendored script of which npm's name is not known."""
    python = PINNED.findall((ROOT / "requirements.txt").read_text())
    scripts = [it.name.removesuffix(".min.js").partition("-")[::2] for it in (ROOT / "static/vendor").glob("*.js")]
    return [("PyPI", *it) for it in python] + [("npm", VENDORED[name], version) for name, version in scripts]


def vulnerabilities(packages: list[Package]) -> list[str]:
    """One line for each package that is known to be vulnerable; raises requests.RequestException."""
    queries = [{"package": {"ecosystem": where, "name": name}, "version": version} for where, name, version in packages]
    answer = requests.post(ADDRESS, json={"queries": queries}, timeout=SECONDS)
    answer.raise_for_status()
    results = answer.json()["results"]
    return [
        f"{name} {version}: {', '.join(it['id'] for it in found['vulns'])}"
        for (_where, name, version), found in zip(packages, results, strict=True)
        if found.get("vulns")
    ]


def main() -> int:
    asked = packages()
    try:
        found = vulnerabilities(asked)
    except (requests.RequestException, ValueError, KeyError) as error:
        print(f"Dependencies were NOT audited: {ADDRESS} cannot be asked ({type(error).__name__}).")
        return 0
    print("\n".join(found) or f"No known vulnerability in {len(asked)} dependencies.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
