"""The commands about what is kept: people export, people erase; backup, restore."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
from flask.cli import with_appcontext

from widget import extensions
from widget.backup import dump as dumping
from widget.backup import restore as restoring
from widget.chat.personal import erasure
from widget.chat.users import visitors
from widget.command_group import Commands, refusals
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
    """Delete everything that is known of a visitor, for good. Asks first, in a terminal."""
    person = visitors.find(which)
    if not yes and sys.stdin.isatty():
        click.confirm(f"Delete all conversations and files of {person.name} ({person.id}), for good?", abort=True)
    erased = erasure.erase(person.id)
    click.echo(f"Erased: {person.id}. {erased.conversations} conversations, and their part in {erased.groups} groups.")


@click.command("backup")
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(path: Path) -> None:
    """Write everything that this deployment keeps to FILE: database, files and secrets. It may go on serving."""
    with refusals(), private_file(path) as file:
        found = dumping.dump(extensions.current().engine, file)
    gone = f"; {found['gone']} files were gone" if found["gone"] else ""
    click.echo(f"{found['rows']} rows and {found['files']} files are in {path}{gone}.")


@click.command("restore")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def restore(path: Path) -> None:
    """Put what `backup` wrote to FILE into this deployment, which must be empty, and not be serving."""
    with refusals():
        parts = extensions.current()
        found = restoring.restore(parts.engine, path)
        parts.log.forget_all()
    click.echo(f"{found['rows']} rows and {found['files']} files are back.")
