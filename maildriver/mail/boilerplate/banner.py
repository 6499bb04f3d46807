"""Warning banners that a gateway puts above mail from outside.

A banner is recognised by its topics: the mail's origin, its sender, and what not to click.
"""

import re
from collections.abc import Sequence

from maildriver.mail.boilerplate.disclaimer import RULE, is_personal
from maildriver.mail.phrases import pattern

#: Word stems, one pattern per topic.
_OUTSIDE = pattern("banners", "outside")
_FROM = pattern("banners", "mail_and_sender")
_DO_NOT_CLICK = pattern("banners", "do_not_click")
_WARNING = pattern("banners", "warnings")
_TOPICS = tuple(re.compile(each, re.IGNORECASE) for each in (_OUTSIDE, _FROM, _DO_NOT_CLICK))
_WARNS = re.compile(rf"^\W{{0,8}}({_WARNING})(?!\w)|^\W{{0,4}}[【\[]", re.IGNORECASE)
_KNOWN = re.compile(
    r"^zjqcm\w+$|^\W{0,8}external( e-?mail| sender| message)?(\W*$|\W{1,4}(this|the|do not|use"
    r"|please|be|think"
    r"|verify|caution|exercise|treat|report|if) )|^\W{0,4}(extern|externe|externo|esterno|внешнее"
    r"|外部邮件|外部メール)"
    r"\W{0,4}$|this message is from an? \w+ sender"
    r"|you have not (previously )?(corresponded|received (e-?mails?|messages) from)|think before "
    r"you click"
    r"|sender.{0,20} (is|may be|could|can)( ?not| un| external)"
    r"|^\W{0,8}(this (e-?mail|message) )?(is |was |has )?(originated|sent|comes?|came|from) (from "
    r")?"
    r"(an? )?(outside|external)|you don['’]t often get (e-?mail|mail) from|some people who "
    r"received this message don['’]t often",
    re.IGNORECASE,
)
_CONTINUATION = re.compile(
    rf"{_DO_NOT_CLICK}|absender|learnabout|content is safe|display name", re.IGNORECASE
)
_MOST_LINES = 6
_LONGEST = 400


def banner_lines(lines: Sequence[str], own: Sequence[int]) -> int:
    """Return how many of the writer's first lines are a banner; never all of them."""
    count, found = 0, False
    while count < min(len(own) - 1, _MOST_LINES):
        line = lines[own[count]]
        if len(line) > _LONGEST:
            break
        begins = _is_banner_line(line)
        goes_on = count and own[count] == own[count - 1] + 1 and _CONTINUATION.search(line)
        if not (begins or (goes_on and not is_personal(line)) or RULE.match(line)):
            break
        found = found or begins
        count += 1
    return count if found else 0


def _is_banner_line(line: str) -> bool:
    """Return whether a line warns of mail from outside, and is not a person's sentence."""
    if is_personal(line):
        return False
    outside, where, touch = (each.search(line) is not None for each in _TOPICS)
    warns = _WARNS.search(line) is not None
    return bool(_KNOWN.search(line)) or (outside and where and (touch or warns))
