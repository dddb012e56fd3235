"""Languages that a tokenizer of many languages knows, by its own codes, and what they change in what is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tunewright.errors import Problem, RecipeError, near_miss

__all__ = ["forced_language", "language_codes", "set_languages"]

_CODE = re.compile(r"[a-z]{2,3}_[A-Z][A-Za-z]{1,3}")
_LOOKS_LIKE_ONE = re.compile(r"(>>)?[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*(<<)?")
_SHOWN = 12


def language_codes(tokenizer: Any) -> dict[str, int]:
    """Code to token id; empty for tokenizers that are told no languages (Marian, T5)."""
    if not hasattr(tokenizer, "src_lang"):
        return {}
    known: Mapping[str, int] = getattr(tokenizer, "lang_code_to_id", None) or {
        token: tokenizer.convert_tokens_to_ids(token)
        for token in {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}
        if _CODE.fullmatch(token)
    }
    unknown = tokenizer.unk_token_id
    return {code: int(index) for code, index in sorted(known.items()) if index is not None and index != unknown}


def set_languages(tokenizer: Any, source: str | None, target: str | None) -> None:
    """Tell a tokenizer of many languages what it reads and what is to be written.

    Raises:
        RecipeError: it knows no such language, or is told none: it would read English as English and write English,
            whatever the data hold. Or a model of one pair is told what is no code at all.
    """
    known = language_codes(tokenizer)
    problems = []
    if not known:
        for field, code in (("task.source_language", source), ("task.target_language", target)):
            if code is not None and not _LOOKS_LIKE_ONE.fullmatch(code):
                problems.append(
                    Problem(field, f"is {code!r}, which is no code of a language", "Codes: en, zh, vi, de.")
                )
        if problems:  # what is written is cut into words by it, and measured so
            raise RecipeError("The recipe cannot be used.", problems)
        return
    for field, code in (("task.source_language", source), ("task.target_language", target)):
        if code is None:
            what = f"is not given, and this model knows {len(known)} languages by codes of its own"
            problems.append(Problem(field, what, f"Its codes: {_some(list(known))}."))
        elif code not in known:
            alike = [one for one in known if one.casefold().startswith(code.casefold()[:2])]
            hint = " ".join(filter(None, [near_miss(code, known), f"Its codes: {_some(alike or list(known))}."]))
            problems.append(Problem(field, f"is {code!r}, which this model's tokenizer does not know", hint))
    if problems:
        raise RecipeError("The recipe cannot be used.", problems)
    tokenizer.src_lang = source
    tokenizer.tgt_lang = target
    tokenizer.init_kwargs |= {"src_lang": source, "tgt_lang": target}  # what is saved with the tokenizer


def forced_language(tokenizer: Any, target: str | None) -> dict[str, int]:
    """The token that every text must begin with, as an argument of transformers' `generate`; empty where there is none.

    Read off what the tokenizer makes of a target: mBART-50, NLLB and M2M100 put the language's code first.
    """
    code = language_codes(tokenizer).get(target or "")
    if code is None or tokenizer(text_target="a")["input_ids"][0] != code:
        return {}
    return {"forced_bos_token_id": code}


def _some(codes: list[str]) -> str:
    more = f" and {len(codes) - _SHOWN} more" if len(codes) > _SHOWN else ""
    return ", ".join(codes[:_SHOWN]) + more
