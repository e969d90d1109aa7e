"""The commands about what is kept: people export, people erase."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from widget.chat.personal import erasure
from widget.chat.users import visitors
from widget.command_group import Commands
from widget.exports import archive

people = Commands("people", help="What is known of a visitor.")


@contextmanager
def private_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file that nobody else on this machine may read; gone again when it was not written to its end."""
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        try:
            yield file
        except BaseException:
            path.unlink()
            raise


@people.command("export")
@click.argument("which", metavar="ID|EMAIL")
@click.option("--to", type=click.Path(dir_okay=False), help="The file to write; chat-ID.zip when not given.")
def export_person(which: str, to: str | None) -> None:
    """Write a zip with everything that is known of a visitor: JSON, a page to read, and their files."""
    person = visitors.find(which)
    path = Path(to or f"chat-{person.id}.zip")
    with private_file(path) as file:
        for piece in archive.of_person(person):
            file.write(piece)
    click.echo(f"Everything that is known of {person.name} ({person.id}) is in {path}.")


@people.command("erase")
@click.argument("which", metavar="ID|EMAIL")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase_person(which: str, yes: bool) -> None:
    """Delete everything that is known of a visitor, for good."""
    person = visitors.find(which)
    if not yes:
        click.confirm(f"Delete all conversations and files of {person.name} ({person.id}), for good?", abort=True)
    erased = erasure.erase(person.id)
    click.echo(f"Erased: {person.id}. {erased.conversations} conversations, and their part in {erased.groups} groups.")
