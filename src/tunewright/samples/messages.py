"""How one customer message comes about: what is asked, what is told beside it, and how it is typed."""

from __future__ import annotations

import re

from tunewright.samples.dice import Dice
from tunewright.samples.wording import Department, Region, departments, shared

__all__ = ["CHANNELS", "compose", "expand"]

CHANNELS = {"email": 45, "chat": 35, "form": 20}
"""Where messages come in, and the share of each in percent."""

_CHOICE = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"<(\w+)>")
_AN = re.compile(r"\b([Aa])(?= (?:[aeio]|un|up)(?!ne\b))")
_WORD = re.compile(r"[\w']+")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_DIGITS = {"d": "0123456789", "d1": "123456789"}

_FORMS = ("short", "full", "named", "contrast")
_FORM_WEIGHTS = {"email": (6, 74, 8, 12), "chat": (32, 50, 8, 10), "form": (12, 67, 9, 12)}
_HISTORY = {"short": 0.25, "full": 0.65, "named": 0.55, "contrast": 0.15}
_BRIDGES = ("", "", "", "", "But", "However,", "Still,", "My point is another:", "What I need:", "Now this:", "So:")
_AFTERTHOUGHTS = ("", "", "", "By the way,", "PS:", "For the record:", "Also,")


def expand(template: str, dice: Dice, drawn: dict[str, str]) -> str:
    """Fill a template's `{a|b}` and `<slot>`.

    Args:
        template: the text to be filled.
        dice: where the choices come from.
        drawn: slots of this message so far: a product stays the same through a message. Added to.
    """
    while _CHOICE.search(template):
        template = _CHOICE.sub(lambda found: dice.pick(found[1].split("|")), template)

    filled = _SLOT.sub(lambda found: _value(found[1], dice, drawn), template)
    return _AN.sub(r"\1n", filled)


def _value(name: str, dice: Dice, drawn: dict[str, str]) -> str:
    """What a slot stands for in this message; `other_NAME` is a second, different value of NAME."""
    if name in _DIGITS:
        return dice.pick(_DIGITS[name])
    own = name.removeprefix("other_")
    while name not in drawn:
        apart = {} if own != name else drawn
        value = expand(dice.pick(shared().slots[own]), dice, apart)
        if own == name or value != drawn.get(own):
            drawn[name] = value
    return drawn[name]


def compose(department: Department, asked: str | None, channel: str, region: Region, dice: Dice) -> str:
    """One message as it reaches the company.

    Args:
        department: whose matter it is.
        asked: the template of the request itself; None draws one of the department's.
        channel: email, chat or form; chats are short and careless.
        region: colours wording and spelling.
        dice: where all choices come from.
    """
    drawn: dict[str, str] = {}
    form = "full" if asked else dice.weighted(_FORMS, _FORM_WEIGHTS[channel])
    sentences = [_capital(expand(asked or _request(department, form, dice), dice, drawn))]
    if form == "full" and dice.hit(0.3):
        sentences.append(_capital(expand(dice.pick(department.details), dice, drawn)))
    sentences = _with_history(sentences, _HISTORY[form], drawn, dice)
    text = _frame(sentences, form == "short", channel, region, drawn, dice)
    return _typed(_regional(text, region, dice), channel, region, dice)


def _request(department: Department, form: str, dice: Dice) -> str:
    """The template of what is asked for."""
    if form == "short":
        return dice.pick(department.short)
    if form == "full":
        return dice.pick(dice.pick(department.intents))
    this = dice.pick(department.topics)
    if form == "named":
        return dice.pick(shared().about).replace("<this>", this)
    others = [each for each in departments() if each is not department]
    that = dice.pick(dice.pick(others).topics)
    return dice.pick(shared().contrasts).replace("<this>", this).replace("<that>", that)


def _with_history(sentences: list[str], chance: float, drawn: dict[str, str], dice: Dice) -> list[str]:
    """Add what is settled already, before the request or after it: other departments' words, nobody's request."""
    while dice.hit(chance):
        aside = _capital(expand(dice.pick(dice.pick(departments()).settled), dice, drawn))
        if dice.hit(0.65):
            bridge = dice.pick(_BRIDGES)
            head = f"{bridge} {_small(sentences[0])}" if bridge else sentences[0]
            sentences = [aside, head, *sentences[1:]]
        else:
            turn = dice.pick(_AFTERTHOUGHTS)
            sentences = [*sentences, f"{turn} {_small(aside)}" if turn else aside]
        chance *= 0.35
    return sentences


def _frame(sentences: list[str], brief: bool, channel: str, region: Region, drawn: dict[str, str], dice: Dice) -> str:
    """Put greeting, small talk and ending around the request."""
    words = shared()
    formal = {"email": 0.75, "chat": 0.2, "form": 0.3}[channel] * (0.4 if brief else 1.0)
    parts: list[str] = []
    if dice.hit(formal):
        parts.append(dice.pick(region.openings if region.openings and dice.hit(0.5) else words.openings))
    if not brief and dice.hit(0.25):
        parts.append(expand(dice.pick(words.leads), dice, drawn))
    if not brief and dice.hit(0.2):
        aside = expand(dice.pick(words.asides), dice, drawn)
        sentences = [aside, *sentences] if dice.hit(0.5) else [*sentences, aside]
    parts += sentences
    if dice.hit(formal * 0.6):
        own = region.tags and dice.hit(0.5)
        parts.append(dice.pick(region.tags) if own else expand(dice.pick(words.closings), dice, drawn))
        if channel == "email" and dice.hit(0.4):
            parts.append(dice.pick(words.names))
    return " ".join(part for part in parts if part)


def _regional(text: str, region: Region, dice: Dice) -> str:
    """Say it in the words of the region."""

    def swap(found: re.Match[str]) -> str:
        word = found[0]
        if region.drops_articles and word in ("the", "a", "an") and dice.hit(0.4):
            return ""
        other = region.words.get(word.lower())
        if other is None or not dice.hit(region.strength):
            return word
        new = dice.pick(other)
        return _capital(new) if word[0].isupper() else new

    return re.sub(r" {2,}", " ", _WORD.sub(swap, text)).strip()


def _typed(text: str, channel: str, region: Region, dice: Dice) -> str:
    """Type it: in small letters, without stops, with slips of the finger, as people do when they are in a hurry."""
    hurry = {"email": 0.08, "chat": 0.45, "form": 0.15}[channel]
    if dice.hit(hurry):
        text = text.lower()
        if dice.hit(0.6):
            text = re.sub(r"[,.;:!](?=\s|$)", "", text)
    else:
        text = _capital(text)
    if dice.hit(0.03):
        text = text.upper()
    for _ in range(dice.weighted((0, 1, 2, 4), (72, 19, 7, 2 * region.slips))):
        text = _slip(text, dice)
    return text


def _slip(text: str, dice: Dice) -> str:
    """One slip of the finger inside a word: neighbours swapped, a letter lost, doubled, or the next key hit."""
    at = dice.index(len(text))
    inside = 0 < at < len(text) - 1 and text[at - 1 : at + 2].isalpha() and text[at].isascii()
    if not inside:
        return text
    letter = text[at]
    way = dice.index(4)
    if way == 0:
        return text[:at] + text[at + 1] + letter + text[at + 2 :]
    if way == 1:
        return text[:at] + text[at + 1 :]
    if way == 2:
        return text[:at] + letter + text[at:]
    row = next(keys for keys in _KEYBOARD if letter.lower() in keys)
    spot = row.index(letter.lower())
    return text[:at] + dice.pick(row[max(0, spot - 1) : spot] + row[spot + 1 : spot + 2]) + text[at + 1 :]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    """The text as it goes on after a colon: `I`, and what is written in capitals, stay."""
    kept = re.match(r"I\b|[A-Z]{2}", text)
    return text if kept else text[:1].lower() + text[1:]
