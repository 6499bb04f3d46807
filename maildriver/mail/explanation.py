"""What `explain` says about a message, as a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from maildriver.mail.kind.bounce import Bounce
from maildriver.mail.kind.classify import Kind
from maildriver.mail.message import MailFile


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that fired: its topic, its text, and for a cut the number of lines."""

    about: str
    rule: str
    lines: int = 0

    def as_text(self) -> str:
        """Return the rule as one line for people."""
        count = f"{self.lines} line{'s' * (self.lines != 1)}, " if self.lines else ""
        return f"{self.about}: {count}{self.rule}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One message, as the intake understands it."""

    file: str
    kind: Kind
    rule: str
    reply: str
    elided: str
    commands: tuple[Mapping[str, str | int], ...]  # as `grammar.as_facts` gives them
    bounces: tuple[Bounce, ...]
    confidence: float
    rules: tuple[Rule, ...] = ()
    files: tuple[MailFile, ...] = ()
    stored: dict[str, object] | None = None  # the site's record of the message, if there is a site

    def facts(self) -> dict[str, object]:
        """Return the object that `explain --json` prints."""
        facts: dict[str, object] = {
            "file": self.file,
            "kind": self.kind,
            "rule": self.rule,
            "reply": self.reply,
            "elided": self.elided,
            "commands": [dict(each) for each in self.commands],
            "choices": [],
            "answers": [],
            "bounces": [
                {"address": each.address, "permanent": each.permanent} for each in self.bounces
            ],
            "confidence": self.confidence,
            "rules": [
                {"about": each.about, "rule": each.rule, "lines": each.lines}
                for each in self.rules
            ],
            "files": [
                {"name": each.name, "media_type": each.media_type, "size": each.size}
                for each in self.files
            ],
        }
        return facts if self.stored is None else facts | {"stored": self.stored}

    def with_rules(self, rules: Sequence[Rule]) -> "Explanation":
        """Return the explanation with further rules at the end."""
        return replace(self, rules=(*self.rules, *rules))
