"""Signatures, disclaimers and list footers at the end of a reply."""

import re
from collections.abc import Iterable, Sequence

from maildriver.mail.boilerplate.banner import banner_lines
from maildriver.mail.boilerplate.disclaimer import disclaimer_lines, is_personal
from maildriver.mail.boilerplate.learned_signature import EarlierMail, repeated_end
from maildriver.mail.phrases import pattern, words

_SIGNATURE = re.compile(r"^(--|—|–)[ \xa0]?$|^_{2,4}$|^__\._,_\.___$|^\| ?\|$")
#: A dash with a name right after it.
_DASHED_NAME = re.compile(r"^[-–—~](?=[A-Z])[\w.'’-]{1,20}( [A-Z][\w.'’-]{0,20}){0,2}$")
_RULE = re.compile(r"^\s*[_\-=*—–.,#~+─━═•·]{5,}\s*$")
_CARD_RULE = re.compile(r"^\s*[-_=*~—–.#+─━═•·]{3,}\s*$")
_LIST = re.compile(
    r"mailing list|mailman/listinfo|unsubscribe|groups\.google|google groups|you received this"
    r"|posted by:|visit your group|groups\.io|sent to this group|mute this|to this (list|forum"
    r"|topic)",
    re.IGNORECASE,
)
_SENT_FROM_WORDS = words("devices", "sent_from")
_JOINED_SENT_FROM = pattern("devices", "joined_sent_from")
_SENT_STEMS = pattern("devices", "sent_stems")
_APP_ADVERTS = words("devices", "app_adverts")
_DEVICE = (
    rf"(?:(?<!\w)(?:{words('devices', 'devices')})(?!\w)|{pattern('devices', 'joined_devices')})"
)
_SENT_FROM = re.compile(
    rf"^\W{{0,4}}(?:(?:{_SENT_FROM_WORDS})(?!\w)|{_JOINED_SENT_FROM})\s?[:：]?"
    rf"(?:(?!\. )[^,;:!?\n]){{0,60}}?{_DEVICE}"
    rf"|^\W{{0,4}}(von unterwegs|mobil) gesendet\W{{0,3}}$"
    rf"|{_DEVICE}.{{0,40}}(?:{pattern('devices', 'sent_at_the_end')})\W{{0,3}}$",
    re.IGNORECASE,
)
_APP_ADVERT = re.compile(rf"^\W{{0,4}}({_APP_ADVERTS})|({_APP_ADVERTS})\W{{0,3}}$", re.IGNORECASE)
#: In any language: a verb of sending, and a device or a program.
_SENT = re.compile(
    rf"^\W{{0,4}}sent (from|via|using|on) (my|the) |{_SENT_STEMS}",
    re.IGNORECASE,
)
_BRAND = re.compile(rf"(?<!\w)({pattern('devices', 'brands')})", re.IGNORECASE)
_FIRST_PERSON = re.compile(
    r"(?<!\w)(I|ich|je|j['’]\w+|yo|io|eu|ik|jag|jeg|ja|я|minä)(?!\w)|私|我(?!的)"
)
_EXCUSE = re.compile(
    rf"({pattern('devices', 'apologies')}).{{0,40}}({pattern('devices', 'apologised_for')})"
    r"|^\W{0,3}typed (with|on|by) .{0,30}(thumb|screen|phone|keyboard|finger)",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"(outlook|bluemail|aquamail|(yahoo|proton|aol) ?mail).{1,30}(ios|android|iphone)"
    r"|(ios|android|iphone).{1,30}outlook",
    re.IGNORECASE,
)
_WITH_A_LINK = re.compile(
    rf"^\W{{0,4}}({_SENT_FROM_WORDS}) \S{{1,20}}( \S{{1,20}}){{0,2}} ?[<(\[]https?://",
    re.IGNORECASE,
)
#: An unknown program or device, recognised by its capital: a person sends "with love".
_TITLE = r"[A-Z0-9&][\w&+.'’/-]{0,20}"
_WITH_A_PROGRAM = re.compile(
    rf"^\W{{0,4}}Sent( securely)? (from|with|via|using|by) ((my|the|an?) )?{_TITLE}( ({_TITLE}"
    rf"|for|on|app|secured|by|using|via|mobile)){{0,6}}\W{{0,2}}$|^Sender notified by$"
    r"|^(Verified|Secured|Protected|Encrypted|Powered) by [A-Z].{1,40}$"
    r"|^\W{0,4}Sent (from the (road|train|bus|office|go)|on the (go|move|run|road))\W{0,2}$"
    r"|^\W{0,4}(?i:mobil|von unterwegs) gesendet\b.{0,30}$|^This (e-?mail|message) (was"
    r"|has been) (sent|delivered|encrypted|secured|protected) (securely |safely )?(using|with|via"
    r"|by) [A-Z].{0,60}$|^(Yahoo|AOL|Outlook|Proton|GMX|Web\.de|Zoho|Fastmail"
    r"|Mail\.com) ?Mail\s?[:–-] \S.{3,60}$"
)
_APOLOGY_BEFORE = re.compile(
    r"^(?=[^.!]{0,60}(dictated|excuse|typo|brevity|entschuldig))[^.!]{3,80}[.!] (?=\S)",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"\+?\d[\d ()/.-]{6,20}\d(?!\w)|(?<!\w)www\.\w|https?://\w|[\w.+-]{1,64}@[\w-]{1,64}\.\w"
)
_NAME = re.compile(r"^\W{0,2}[^\W\d_a-z][\w.'’-]{0,30}( [\w.'’&-]{1,30}){0,4}$")
_TITLED = re.compile(
    r"^[*_]?[A-ZÀ-Þ][\w.'’*-]{0,20}( [A-ZÀ-Þ][\w.'’*-]{0,20}){1,3}, [A-Z][^.?!:]{2,50}$"
)
_BARS = re.compile(r"\s[|•·]\s")
_ADVERT = re.compile(r"https?://\w|www\.\w", re.IGNORECASE)
_LINKED = re.compile(
    r"^\s*\[image: [^\]\n]{0,80}\]|<https?://\S{0,300}>|\(https?://\S{0,300}\)"
    r"|\[https?://\S{0,300}\]"
)
_POSTSCRIPT = re.compile(
    r"^\W{0,3}(p\.? ?p?\.?s\b|n\.?b\b|zp\.|ps\.|post ?scriptum)", re.IGNORECASE
)
#: Marks by which ticket systems recognise a reply.
_TICKET_MARK = re.compile(
    r"^\W{0,4}(ref:[_\w]\S{5,60}:ref|thread::\S{5,60}::|#HS:[\w-]{3,40}#)\W{0,4}$", re.IGNORECASE
)
_MEETING = re.compile(r"microsoft teams|zoom meeting|google meet|webex", re.IGNORECASE)
#: Pictures: their names or placeholders, and their links.
_PICTURE = re.compile(
    r"^\s*(\[cid:\S{1,150}\]|\[image: [^\[\]\n]{0,80}\]"
    r"|\[[^\[\]\n]{1,60}\]<https?://[^<>\s]{1,300}>"
    r"|<#\w{8}-[\w-]{20,60}>)(\s{0,4}(\[cid:\S{1,150}\]"
    r"|\[[^\[\]\n]{1,60}\](<https?://[^<>\s]{1,300}>)?)){0,8}\s*$"
)
_BOOKING = re.compile(
    r"^\W{0,4}(book|schedule|find|grab|pick) .{0,40}(time|meeting|call|slot|appointment)\b.{0,40}"
    r"<https?://[^<>\s]{1,300}>$"
    r"|^\W{0,4}create your own .{0,20}signature\b.{0,300}$",
    re.IGNORECASE,
)
#: Some mail programs put their user's address above the quotation.
_ADDRESS = re.compile(r"^\s*[\w.+-]{1,64}@[\w.-]{1,128}\.\w{2,20}\s*$")
_LONG_LINE = re.compile(r"^\s*_{20,}\s*$")
_LONGEST = 500  # characters of a line that a program adds, links included
_SHORT = 90
_TAIL_WORDS = 14
_SENT_WORDS = 7
_FEW_WORDS = 4  # of a line that only names the device
_SIGNATURE_LINES = 12
_CONTACT_LINES = 8
_ADVERT_LINES = 3
_LONG_RULE = 20
_FOOTER_LINES = 8


def cut_endings(
    lines: Sequence[str], cut: list[bool], earlier: Sequence[EarlierMail] = ()
) -> list[str]:
    """Mark banner, footers, disclaimers and signatures as cut; return the reasons.

    `earlier` are earlier mails of the same writer.
    """
    reasons: list[str] = []
    own = [number for number, line in enumerate(lines) if not cut[number] and line.strip()]
    if count := banner_lines(lines, own):
        _cut(cut, own[:count])
        own = own[count:]
        reasons.append("a gateway's banner")
    place = _footer_start(lines, own)
    if place is not None:
        _cut(cut, own[place:])
        own = own[:place]
        reasons.append("a list's footer")
    if places := set(disclaimer_lines(lines, own)):
        _cut(cut, [own[place] for place in places])
        own = [number for place, number in enumerate(own) if place not in places]
        reasons.append("a notice")
    for run in _between_quotations(lines, cut, own):
        place = _signature_start(lines, run, first=run[0] == own[0])
        if place is not None:
            _cut(cut, run[place : _signature_end(lines, run, place)])
            reasons.append("a signature")
        elif count := repeated_end([lines[number] for number in run], earlier):
            _cut(cut, run[-count:])
            reasons.append("what ends each mail of this writer")
    _cut_leftovers(lines, cut)
    return list(dict.fromkeys(reasons))


def _signature_end(lines: Sequence[str], run: Sequence[int], place: int) -> int:
    """Return the index of a postscript after a signature; the end if there is none."""
    later = range(place + 1, len(run))
    return next((each for each in later if _POSTSCRIPT.match(lines[run[each]])), len(run))


def _cut_leftovers(lines: Sequence[str], cut: list[bool]) -> None:
    """Mark rules, addresses and picture names right above a quotation or at the end."""
    is_last, below = True, False
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        if not line.strip():
            continue
        if cut[number]:
            below = True
            continue
        is_rule = (below and _RULE.match(line)) or (is_last and _LONG_LINE.match(line))
        is_address = below and _ADDRESS.match(line) and _announces_nothing(lines[:number])
        if not (
            is_rule
            or is_address
            or any(each.match(line[:600]) for each in (_PICTURE, _TICKET_MARK))
        ):
            is_last = below = False
            continue
        cut[number] = is_last or below


def _announces_nothing(lines: Sequence[str]) -> bool:
    """Return whether the last line that is not empty announces nothing."""
    last = next((line for line in reversed(lines) if line.strip()), ":")
    return not last.endswith((":", "："))


def _cut(cut: list[bool], numbers: Iterable[int]) -> None:
    for number in numbers:
        cut[number] = True


def _between_quotations(
    lines: Sequence[str], cut: Sequence[bool], own: Sequence[int]
) -> list[list[int]]:
    """Return the writer's lines in runs between quotations: each run may be signed."""
    runs: list[list[int]] = []
    last = -1
    for number in own:
        quoted = any(cut[each] and lines[each].strip() for each in range(last + 1, number))
        if quoted or not runs:
            runs.append([])
        runs[-1].append(number)
        last = number
    return runs


def _footer_start(lines: Sequence[str], own: Sequence[int]) -> int | None:
    for place in range(max(0, len(own) - _FOOTER_LINES), len(own)):
        if _RULE.match(lines[own[place]]) and place:
            rest = [lines[number][:300] for number in own[place + 1 :]]
            if any(_LIST.search(line) for line in rest) or _is_advert(lines[own[place]], rest):
                return place
    return None


def _is_advert(rule: str, rest: Sequence[str]) -> bool:
    """Return whether a free mail service advertises below its rule."""
    links = any(map(_ADVERT.search, rest))
    if any(map(_MEETING.search, rest)) and links:
        return True
    long = len(rule.strip()) >= _LONG_RULE and set(rule.strip()) == {"_"}
    few = len(rest) <= _ADVERT_LINES and links
    few = few and any(len(line.split()) > _ADVERT_LINES for line in rest)
    return long and (few or any(map(_MEETING.search, rest)))


def _is_contact_card(rest: Sequence[str]) -> bool:
    """Return whether the lines below a rule are a name and contact details."""
    short = len(rest) > 1 and all(len(line) < _SHORT for line in rest)
    named = len(rest) > 1 and (_NAME.match(rest[0]) or _TITLED.match(rest[0]))
    return short and bool(named) and any(map(_CONTACT.search, rest))


def _is_generated_card(rest: Sequence[str]) -> bool:
    """Return whether lines are a generated card: fields between bars, with contact details."""
    if not all(_BARS.search(line) and len(line) < 2 * _SHORT for line in rest):
        return False
    text = " ".join(rest)
    return len(_CONTACT.findall(text)) > 1 and not is_personal(text)


def _signature_start(lines: Sequence[str], own: Sequence[int], *, first: bool) -> int | None:
    for place, number in enumerate(own):
        line, rest = lines[number], len(own) - place
        may_sign = (place or not first) and rest <= _SIGNATURE_LINES + 1
        if may_sign and _SIGNATURE.match(line) and not _writer_continues(lines, own[place + 1 :]):
            return place
        if place and rest <= _CONTACT_LINES + 1:
            announced = lines[own[place - 1]].endswith(":")
            below = [lines[each] for each in own[place:]]
            if _CARD_RULE.match(line):
                if not announced and _is_contact_card(below[1:]):
                    return place
                continue
            if not announced and number != own[place - 1] + 1 and _is_generated_card(below):
                return place
        if rest <= 4 and (place or rest == 1) and _is_device_line(line):
            return place
        if place and rest == 1 and number != own[place - 1] + 1 and _DASHED_NAME.match(line):
            return place
    return None


def _writer_continues(lines: Sequence[str], below: Sequence[int]) -> bool:
    """Return whether the writer goes on below a dash, in a long sentence with "I"."""
    first = lines[below[0]] if below else ""
    return len(first) > _SHORT and is_personal(first)


def _is_device_line(line: str) -> bool:
    """Return whether a phone or a program added a line about how the mail was sent."""
    line = line.strip()
    if len(line) < _LONGEST:
        line = _APOLOGY_BEFORE.sub("", line)
    patterns = (_WITH_A_LINK, _WITH_A_PROGRAM, _BOOKING)
    if len(line) < _LONGEST and any(each.match(line) for each in patterns):
        return True
    text = _LINKED.sub("", line).strip() if len(line) < _LONGEST else ""
    most = _FEW_WORDS if text[:8].lower().endswith("from my ") else _TAIL_WORDS
    if not text or len(text.split()) > most:
        return False
    if _OFFER.search(text) and _APP_ADVERT.search(text):
        return True
    return bool(_SENT_FROM.search(text) or _EXCUSE.search(text) or _is_short_device_line(text))


def _is_short_device_line(text: str) -> bool:
    """Return whether a line only says that something was sent with a known device."""
    few = (
        len(text.split()) <= _SENT_WORDS
        and text[-1] not in "?,:"
        and not _FIRST_PERSON.search(text)
    )
    return bool(few and _SENT.search(text) and _BRAND.search(text))
