"""The commands: flask --app app db upgrade, agents add, agents link, agents mesibo, sites check, link status."""

from __future__ import annotations

import click
from flask import Flask

from widget import cli_data, extensions, migrations
from widget import sites as pages
from widget.chat.users import agents as people
from widget.chat.users import bots as programs
from widget.chat.users import claim, second_factor
from widget.command_group import Commands
from widget.mesibo import directory, lease, outbox
from widget.webhooks import subscriptions

db = Commands("db", help="The database.")
agents = Commands("agents", help="The people who answer in the inbox.")
sites = Commands("sites", help="The pages that embed the popup.")
bots = Commands("bots", help="The programs that answer with the team.")
link = Commands("link", help="The way to the agents' mesibo apps.")


def register(app: Flask) -> None:
    """Put the commands on the app."""
    for group in (db, agents, bots, cli_data.people, sites, link):
        app.cli.add_command(group)
    app.cli.add_command(cli_data.backup)
    app.cli.add_command(cli_data.restore)


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest revision."""
    engine = extensions.current().engine
    migrations.upgrade(engine)
    found = migrations.current(engine)
    later = "" if found == migrations.newest() else ", of a later release: nothing is changed"
    click.echo(f"The database is at revision {found}{later}.")


@db.command("downgrade", context_settings={"ignore_unknown_options": True})
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Bring the database back to REVISION (0006, say), or so many steps back (-1): before an older release is run."""
    migrations.downgrade(extensions.current().engine, revision)
    _say_where()


@db.command("current")
def current() -> None:
    """Say which revision the database is at, and which one this release expects."""
    _say_where()


def _say_where() -> None:
    found = migrations.current(extensions.current().engine)
    click.echo(f"The database is at revision {found or 'nothing'}; this release expects {migrations.newest()}.")


@agents.command("add")
@click.argument("email")
@click.option("--name", help="What visitors see.")
@click.option("--role", type=click.Choice(["owner", "agent"]), help="Owners change settings; the first one is one.")
def add(email: str, name: str | None, role: str | None) -> None:
    """Add an agent and print a sign-in link; in the inbox they can choose a password."""
    agent = people.add(email, name, role)
    click.echo(f"{agent.name} can sign in once, within the hour, at {_link(email)}")


@agents.command("link")
@click.argument("email", required=False)
def sign_in_link(email: str | None) -> None:
    """Print a fresh one-time sign-in link to the inbox, for EMAIL or the first agent."""
    click.echo(_link(email))


def _link(email: str | None) -> str:
    return f"{extensions.settings().base_url}/inbox/link/{people.sign_in_link(email)}"


@agents.command("claim")
def claim_code() -> None:
    """Print the code with which the first owner claims an inbox that nobody owns yet."""
    click.echo(f"Claim this inbox at {extensions.settings().base_url}/inbox with the code {claim.code()}")


@agents.command("list")
def list_agents() -> None:
    """Say who is in the team, and how many sessions each has."""
    for agent, sessions in people.list_all():
        factor = "second factor" if agent.totp_secret else "no second factor"
        click.echo(f"{agent.login}\t{agent.name}\t{agent.role}\t{sessions} sessions\t{factor}")


@agents.command("remove")
@click.argument("email")
def remove(email: str) -> None:
    """Remove EMAIL from the team: their sessions and invitations end at once, their messages stay."""
    agent = people.get(email)
    people.remove(agent)
    click.echo(f"{agent.name} is not in the team any more.")


@agents.command("sign-out")
@click.argument("email")
def sign_out(email: str) -> None:
    """End all sessions of EMAIL, in every browser, and all sign-in links."""
    click.echo(f"Ended: {people.sign_out_everywhere(email)}.")


@agents.command("reset-factor")
@click.argument("email")
def reset_factor(email: str) -> None:
    """Let EMAIL sign in without the second factor, which is lost; all their sessions end."""
    second_factor.reset(people.get(email))
    click.echo(f"{email} signs in without a second factor, and should set up a new one.")


@agents.command("mesibo")
@click.argument("email")
@click.argument("address")
def mesibo(email: str, address: str) -> None:
    """Say at which mesibo ADDRESS an agent's app is, so that what they write there bears their name."""
    directory.set_address(email, address)
    click.echo(f"What {address} writes in mesibo appears under the name of {email} from now on.")


@bots.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(programs.SCOPES), help="What it may do; repeat it.")
@click.option("--first", is_flag=True, help="It answers new conversations first.")
@click.option("--picture", help="The address of a picture.")
@click.option("--webhook", "url", help="The address that is told of what happens.")
@click.option("--event", "types", multiple=True, type=click.Choice(subscriptions.TYPES), help="Of what; repeat it.")
def add_bot(
    name: str, scopes: tuple[str, ...], first: bool, picture: str | None, url: str | None, types: tuple[str, ...]
) -> None:
    """Add a bot that may read and write, or what --scope says, and print its token, once."""
    if url is not None:
        subscriptions.check(url, types or subscriptions.TYPES)
    scopes = scopes or programs.SCOPES[:2]
    bot, token = programs.add(name, scopes, picture)
    if first:
        programs.set_first_responder(name, True)
    if url is not None:
        webhook = subscriptions.add(bot, url, types or subscriptions.TYPES)
        click.echo(f"{url} is told of{webhook.types.rstrip()}, signed with the secret {webhook.secret}")
    click.echo(f"{bot.name} may {', '.join(scopes)}. Its token, which cannot be shown again: {token}")


@bots.command("first")
@click.argument("name")
@click.option("--off", is_flag=True, help="Not any more.")
def answer_first(name: str, off: bool) -> None:
    """Give new conversations to a bot, before people."""
    programs.set_first_responder(name, not off)
    click.echo(f"New conversations are given to {'people' if off else name} first.")


@bots.command("list")
def list_bots() -> None:
    """Say which bots there are, and what they may do."""
    for bot, count in programs.list_all():
        urls = [it.url for it in subscriptions.list_of(bot)]
        first = ["answers first"] if bot.first_responder else []
        click.echo("\t".join([bot.name, bot.scopes or "", "token" if count else "token revoked", *first, *urls]))


@bots.command("rotate")
@click.argument("name")
def rotate_token(name: str) -> None:
    """Give a bot another token and print it, once; the one before is worthless."""
    click.echo(f"The token of {name} from now on: {programs.rotate(name)}")


@bots.command("revoke")
@click.argument("name")
def revoke_token(name: str) -> None:
    """Make the token of a bot worthless; `rotate` makes it another one."""
    programs.revoke(name)
    click.echo(f"The token of {name} lets nobody in any more.")


@bots.command("remove")
@click.argument("name")
def remove_bot(name: str) -> None:
    """Take a bot out of the team; what it has written stays."""
    programs.remove(name)
    click.echo(f"{name} is not in the team any more.")


@sites.command("check")
@click.argument("url")
def check(url: str) -> None:
    """Look at a page and say what keeps the popup from working on it."""
    faults = [*pages.check_server(extensions.settings()), *pages.check(url, extensions.settings())]
    if faults:
        raise click.ClickException("\n       ".join(faults))
    click.echo(f"The popup can be embedded in {url}.")


@link.command("status")
def status() -> None:
    """Say which link is used, how it is doing, who holds it, and how many messages wait."""
    holder = lease.holder(extensions.current().redis) or "nobody (no worker runs)"
    current = extensions.current().mesibo_worker.status
    click.echo(f"link: {current.name}\nstate: {current.state}")
    if current.reason:
        click.echo(f"reason: {current.reason}")
    click.echo(f"held by: {holder}\nwaiting: {outbox.count_waiting()}")
