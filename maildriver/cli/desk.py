"""`held` and `explain`: what waits for a person, and why a mail was understood as it was."""

from typing import Annotated

import typer

from maildriver.cli.options import HERE, JsonOption, SiteOption, print_json, say


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family."""
    held = typer.Typer(
        help="Show, release or drop what was set aside for a person.",
        invoke_without_command=True,
        rich_markup_mode=None,
        epilog="Examples:\n\n  maildriver held\n\n  maildriver held show in-12\n\n"
        "  maildriver held release out-7",
    )
    held.callback()(listing)
    held.command("show")(show)
    held.command("release")(release)
    held.command("drop")(drop)
    app.add_typer(held, name="held")
    app.command(
        epilog="Examples:\n\n  maildriver explain reply.eml --json\n\n  maildriver explain in-12"
    )(explain)


Id = Annotated[str, typer.Argument(metavar="ID", help="Such as out-7 or in-12.")]


def listing(context: typer.Context, *, site: SiteOption = HERE, json: JsonOption = False) -> None:
    """List what is held: messages of ours (out-N) and mails of theirs (in-N)."""
    if context.invoked_subcommand is not None:
        return
    from maildriver.app.desk import all_held
    from maildriver.app.site import open_site

    with open_site(site) as opened:
        items = all_held(opened)
    if json:
        print_json({"held": items})
        return
    for item in items:
        typer.echo(f"{item.id}\t{item.since:%Y-%m-%d %H:%M}\t{item.who}\t{item.what}\t{item.why}")
    if not items:
        say("Nothing is held.")


def show(identity: Id, *, site: SiteOption = HERE, json: JsonOption = False) -> None:
    """Show one thing that is held, whole."""
    from maildriver.app.desk import one_held
    from maildriver.app.site import open_site

    with open_site(site) as opened:
        item, text = one_held(opened, identity)
    if json:
        print_json({"item": item, "text": text})
    else:
        typer.echo(f"{item.id}: {item.what}\nwho: {item.who}\nwhy: {item.why}\n\n{text}")


def release(identity: Id, *, site: SiteOption = HERE) -> None:
    """Let it go on: a message of ours is sent again, a mail of theirs becomes a post."""
    from maildriver.app.deciding import release_held
    from maildriver.app.site import open_site, utc_now

    with open_site(site) as opened:
        say(release_held(opened, identity, utc_now()))


def drop(identity: Id, *, site: SiteOption = HERE) -> None:
    """Give it up: the student goes on with the next lesson, a mail stays unread but kept."""
    from maildriver.app.deciding import drop_held
    from maildriver.app.site import open_site, utc_now

    with open_site(site) as opened:
        say(drop_held(opened, identity, utc_now()))


def explain(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE.eml|in-N...",
            help="Raw messages in files, or the ids of messages that the site has stored.",
        ),
    ],
    *,
    site: SiteOption = HERE,
    json: JsonOption = False,
) -> None:
    """Say what intake would do with a message, and every rule that had a part in it.

    A file needs no site. Of a stored message it also says what the site knows of it and did
    with it. Nothing is changed.
    """
    from maildriver.app.explaining import explain_all

    for explanation in explain_all(names, site):
        if json:
            print_json(explanation.facts())
        else:
            typer.echo(explanation.as_text())
