"""The words of the shipped languages, and the functions that need them."""

from maildriver.letters.languages import languages_of
from maildriver.mail import explain as mail_explain
from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.mail.command.grammar import Grammar
from maildriver.mail.explanation import Explanation
from maildriver.mail.kind.classify import SenderFacts

LANGUAGES = languages_of({})
GRAMMAR = Grammar.of(LANGUAGES)


def explain(
    file: str,
    raw: bytes,
    facts: SenderFacts | None = None,
    sent: tuple[str, ...] = (),
    earlier: tuple[EarlierMail, ...] = (),
) -> Explanation:
    return mail_explain.explain(file, raw, GRAMMAR, facts, sent, earlier)
