"""`held` and `explain`: held items, and the reading of a mail."""

from pathlib import Path
from typing import Annotated

import typer

from maildriver.cli.options import (
    HERE,
    JsonOption,
    PlainCommand,
    SiteOption,
    print_json,
    print_untrusted,
    say,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family."""
    held = typer.Typer(
        help="Review held mail: list, show, release or drop it.",
        invoke_without_command=True,
        rich_markup_mode=None,
        epilog="Examples:\n\n  maildriver held\n\n  maildriver held show in-12\n\n"
        "  maildriver held release out-7\n\n  maildriver held save file-3 /tmp/looked-at",
    )
    held.callback()(listing)
    held.command("show", cls=PlainCommand)(show)
    held.command("release", cls=PlainCommand)(release)
    held.command("drop", cls=PlainCommand)(drop)
    held.command("save", cls=PlainCommand)(save)
    app.add_typer(held, name="held")
    app.command(
        cls=PlainCommand,
        epilog="Examples:\n\n  maildriver explain reply.eml --json\n\n  maildriver explain in-12",
    )(explain)


Id = Annotated[
    str, typer.Argument(metavar="ID", help="Held item, such as out-7, in-12 or file-3.")
]


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
    """Show one held item.

    For a file, its details are shown, never its content.
    """
    from maildriver.app.site import open_site
    from maildriver.operator.held import one_held

    with open_site(site) as opened:
        item, text = one_held(opened, identity)
    if json:
        print_json({"item": item, "text": text})
    else:
        print_untrusted(f"{item.id}: {item.what}\nwho: {item.who}\nwhy: {item.why}\n\n{text}")


def release(identity: Id, *, site: SiteOption = HERE) -> None:
    """Release an item: send, post or pass it on.

    A message is sent again, a mail is processed, a file goes to its readers.
    """
    from maildriver.app.site import open_site, utc_now
    from maildriver.operator.held_decide import release_held

    with open_site(site) as opened:
        say(release_held(opened, identity, utc_now()))


def drop(identity: Id, *, site: SiteOption = HERE) -> None:
    """Drop an item: it is not sent or posted.

    After a dropped lesson, the student gets the next one.
    """
    from maildriver.app.site import open_site, utc_now
    from maildriver.operator.held_decide import drop_held

    with open_site(site) as opened:
        say(drop_held(opened, identity, utc_now()))


def save(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Held file, such as file-3.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="New file to write.")],
    *,
    site: SiteOption = HERE,
) -> None:
    """Save an attached file to disk."""
    from maildriver.app.site import open_site
    from maildriver.operator.held_decide import save_file

    with open_site(site) as opened:
        say(save_file(opened, identity, path))


def explain(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE.eml|in-N",
            help="Raw messages in files, or the ids of messages that the site has stored.",
        ),
    ],
    *,
    site: SiteOption = HERE,
    json: JsonOption = False,
) -> None:
    """Explain how a mail is understood, and why.

    A file needs no site. For a stored mail, it also shows what the site did with it.
    Nothing is changed.
    """
    from maildriver.mail.explain_text import text_of
    from maildriver.operator.explain import explain_all

    for explanation in explain_all(names, site):
        if json:
            print_json(explanation.facts())
        else:
            print_untrusted(text_of(explanation))
