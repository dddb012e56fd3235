"""Rows out of SQuAD's own JSON: articles that hold paragraphs that hold questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["is_squad", "questions"]


def is_squad(document: Any) -> bool:
    """Whether a JSON document has the shape of SQuAD: `{"data": [{"paragraphs": [{"context", "qas"}]}]}`."""
    articles = document.get("data") if isinstance(document, dict) else None
    if not isinstance(articles, list) or not articles:
        return False
    paragraphs = [one for article in articles if isinstance(article, dict) for one in _listed(article, "paragraphs")]
    return any(isinstance(one, dict) and "context" in one and "qas" in one for one in paragraphs)


def questions(document: dict[str, Any]) -> Iterator[dict[str, Any] | str]:
    """One row a question, in the file's order: `title`, `context` and the fields of the question itself.

    A piece that cannot be read comes as the sentence that says why, in its place: nothing is passed over.
    """
    for number, article in enumerate(document["data"], start=1):
        if not isinstance(article, dict) or not isinstance(article.get("paragraphs"), list):
            yield f"article {number} has no list of paragraphs"
            continue
        title = article.get("title")
        for place, paragraph in enumerate(article["paragraphs"], start=1):
            where = f"paragraph {place} of article {number}"
            if not isinstance(paragraph, dict) or not isinstance(paragraph.get("qas"), list):
                yield f"{where} has no list of questions (qas)"
            elif not isinstance(paragraph.get("context"), str):
                yield f"{where} has no context"
            else:
                above = {} if title is None else {"title": title}
                above["context"] = paragraph["context"]
                for asked in paragraph["qas"]:
                    yield above | asked if isinstance(asked, dict) else f"{where} has a question that is no object"


def _listed(fields: dict[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    return value if isinstance(value, list) else []
