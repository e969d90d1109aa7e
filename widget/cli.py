"""The commands: flask --app app db upgrade, agents add, agents link, link status."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from redis import RedisError

from widget import db as database
from widget import migrations
from widget.chat import agents as people
from widget.chat import outbox
from widget.chat.errors import Refusal
from widget.link import lease

db = AppGroup("db", help="The database.")
agents = AppGroup("agents", help="The people who answer in the inbox.")
link = AppGroup("link", help="The way to the agents' mesibo apps.")


def register(app: Flask) -> None:
    """Put the commands on the app."""
    for group in (db, agents, link):
        app.cli.add_command(group)


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest revision."""
    migrations.upgrade(current_app.extensions[database.EXTENSION])
    click.echo(f"The database is at revision {migrations.newest()}.")


@agents.command("add")
@click.argument("email")
@click.option("--name", help="What visitors see.")
def add(email: str, name: str | None) -> None:
    """Add an agent and print a sign-in link; in the inbox they can choose a password."""
    try:
        agent = people.add(email, name)
        click.echo(f"{agent.name} can sign in once, within the hour, at {_link(email)}")
    except Refusal as refusal:
        raise click.ClickException(refusal.reason) from None


@agents.command("link")
@click.argument("email", required=False)
def sign_in_link(email: str | None) -> None:
    """Print a fresh one-time sign-in link to the inbox, for EMAIL or the first agent."""
    try:
        click.echo(_link(email))
    except Refusal as refusal:
        raise click.ClickException(refusal.reason) from None


def _link(email: str | None) -> str:
    return f"{current_app.config['SETTINGS'].base_url}/inbox/link/{people.sign_in_link(email)}"


@link.command("status")
def status() -> None:
    """Say which link is used, who holds it, and how many messages wait."""
    try:
        holder = lease.holder(current_app.extensions["chat_redis"]) or "nobody (no worker runs)"
    except RedisError as error:
        raise click.ClickException(f"Redis does not answer: {error}") from None
    name = current_app.extensions["chat_keeper"].link_name
    click.echo(f"link: {name}\nheld by: {holder}\nwaiting: {outbox.count_waiting()}")
