"""`held` and `explain`: held items, and the reading of a mail."""

from pathlib import Path
from typing import Annotated

import typer

from maildriver.cli.options import HERE, JsonOption, SiteOption, print_json, print_untrusted, say


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family."""
    held = typer.Typer(
        help="Show, release or drop what was set aside for a person.",
        invoke_without_command=True,
        rich_markup_mode=None,
        epilog="Examples:\n\n  maildriver held\n\n  maildriver held show in-12\n\n"
        "  maildriver held release out-7\n\n  maildriver held save file-3 /tmp/looked-at",
    )
    held.callback()(listing)
    held.command("show")(show)
    held.command("release")(release)
    held.command("drop")(drop)
    held.command("save")(save)
    app.add_typer(held, name="held")
    app.command(
        epilog="Examples:\n\n  maildriver explain reply.eml --json\n\n  maildriver explain in-12"
    )(explain)


Id = Annotated[str, typer.Argument(metavar="ID", help="Such as out-7, in-12 or file-3.")]


def listing(context: typer.Context, *, site: SiteOption = HERE, json: JsonOption = False) -> None:
    """List what is held: messages of ours (out-N), mails of theirs (in-N) and files (file-N)."""
    if context.invoked_subcommand is not None:
        return
    from maildriver.app.site import open_site
    from maildriver.operator.held import all_held

    with open_site(site) as opened:
        items = all_held(opened)
    if json:
        print_json({"held": items})
        return
    for item in items:
        print_untrusted(
            f"{item.id}\t{item.since:%Y-%m-%d %H:%M}\t{item.who}\t{item.what}\t{item.why}"
        )
    if not items:
        say("Nothing is held.")


def show(identity: Id, *, site: SiteOption = HERE, json: JsonOption = False) -> None:
    """Show one thing that is held, whole; of a file what is known, never what is in it."""
    from maildriver.app.site import open_site
    from maildriver.operator.held import one_held

    with open_site(site) as opened:
        item, text = one_held(opened, identity)
    if json:
        print_json({"item": item, "text": text})
    else:
        print_untrusted(f"{item.id}: {item.what}\nwho: {item.who}\nwhy: {item.why}\n\n{text}")


def release(identity: Id, *, site: SiteOption = HERE) -> None:
    """Let it go on: a message is sent again, a mail becomes a post, a file goes to its readers."""
    from maildriver.app.site import open_site, utc_now
    from maildriver.operator.held_decide import release_held

    with open_site(site) as opened:
        say(release_held(opened, identity, utc_now()))


def drop(identity: Id, *, site: SiteOption = HERE) -> None:
    """Give it up: the student goes on with the next lesson, a mail or file stays but is unread."""
    from maildriver.app.site import open_site, utc_now
    from maildriver.operator.held_decide import drop_held

    with open_site(site) as opened:
        say(drop_held(opened, identity, utc_now()))


def save(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Such as file-3.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file that is not there yet.")],
    *,
    site: SiteOption = HERE,
) -> None:
    """Write a file that came with a mail to the disk, to be looked at."""
    from maildriver.app.site import open_site
    from maildriver.operator.held_decide import save_file

    with open_site(site) as opened:
        say(save_file(opened, identity, path))


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
    from maildriver.mail.explain_text import text_of
    from maildriver.operator.explain import explain_all

    for explanation in explain_all(names, site):
        if json:
            print_json(explanation.facts())
        else:
            print_untrusted(text_of(explanation))
