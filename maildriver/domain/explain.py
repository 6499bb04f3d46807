"""What intake would do with a message, as far as the message alone tells it."""

from dataclasses import dataclass

from maildriver.domain.bounce import Bounce, read_bounces
from maildriver.domain.classify import Kind, Known, classify
from maildriver.domain.command import read_command
from maildriver.domain.mail import read
from maildriver.domain.reply import trim


@dataclass(frozen=True, slots=True)
class Explanation:
    """One message, as intake reads it without a site."""

    file: str
    kind: Kind
    rule: str
    reply: str
    elided: str
    commands: tuple[str, ...]
    bounces: tuple[Bounce, ...]
    confidence: float
    reasons: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return what `explain --json` prints."""
        return {
            "file": self.file,
            "kind": self.kind,
            "rule": self.rule,
            "reply": self.reply,
            "elided": self.elided,
            "commands": list(self.commands),
            "bounces": [
                {"address": each.address, "permanent": each.permanent} for each in self.bounces
            ],
            "confidence": self.confidence,
        }

    def as_text(self) -> str:
        """Return it as a person reads it."""
        lines = [f"{self.file}: {self.kind} ({self.rule})"]
        lines += [f"  command: {each}" for each in self.commands]
        lines += [
            f"  {'permanent' if each.permanent else 'for now'}: {each.address}"
            for each in self.bounces
        ]
        if self.kind not in {"bounce", "loop"}:
            lines.append(f"  kept, with confidence {self.confidence:.2f}:")
            lines += [f"    {line}" for line in self.reply.splitlines()]
            lines.append(
                f"  cut, {len(self.elided.splitlines())} lines: {'; '.join(self.reasons)}"
            )
        return "\n".join(lines)


def explain(file: str, raw: bytes) -> Explanation:
    """Return what a raw message is and what of it would be kept."""
    mail = read(raw)
    verdict = classify(mail, Known())
    trimmed = trim(mail.body.text)
    kind, rule = verdict.kind, verdict.rule
    command = read_command(mail.subject, trimmed.reply) if kind == "post" else None
    if command is not None:
        kind, rule = "command", f"the word {command.name}"
    elif kind == "post" and not trimmed.reply.strip():
        kind, rule = "empty", "nothing is left but what was quoted"
    return Explanation(
        file=file,
        kind=kind,
        rule=rule,
        reply=trimmed.reply,
        elided="\n".join(part for part in (trimmed.elided, mail.body.cut) if part),
        commands=() if command is None else (command.name,),
        bounces=read_bounces(mail, raw) if kind == "bounce" else (),
        confidence=trimmed.confidence,
        reasons=trimmed.reasons,
    )
