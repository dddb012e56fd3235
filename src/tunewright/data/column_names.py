"""What people call their columns, in English, Chinese and Vietnamese."""

from __future__ import annotations

from tunewright.data.profile import words_of_name

__all__ = ["pair_of", "target_score", "text_score"]

_TARGETS = {
    3.0: "label labels category categories class classes target targets sentiment intent department emotion toxicity "
    "标签 类别 分类 科室 情感 意图 nhãn nhan loại",
    2.0: "topic topics decision gold y score rating stars star similarity polarity tag tags toxic stance genre "
    "priority language lang answer_type spam severity entailment judgment judgement verdict "
    "评分 分数 主题 情绪 部门 结果 极性 标注 điểm diem",
    1.0: "type group grade level status result relation quality star_rating flag hate offensive sarcasm 类型 等级 状态",
}
_TARGET_PHRASES = ("cảm xúc", "phân loại", "chủ đề", "danh mục", "ý định", "cam xuc", "phan loai", "chu de")
_NOT_TARGETS = frozenset(
    ("pred", "predicted", "prediction", "confidence", "weight", "annotator", "worker", "split", "fold")
)
_TEXTS = {
    3.0: "text texts sentence review comment content utterance tweet message post ask 文本 内容 句子 评论 正文 văn nội",
    2.0: "question query title body document doc description summary headline premise phrase passage context abstract "
    "input email complaint request feedback subject article transcript prompt case "
    "标题 问题 描述 文章 摘要 留言 反馈 咨询 câu tiêu",
    1.0: "news story snippet statement claim answer reply response 回答 答案 新闻 bài",
}
_TEXT_PHRASES = (
    "văn bản",
    "nội dung",
    "bình luận",
    "đánh giá",
    "câu hỏi",
    "tiêu đề",
    "van ban",
    "noi dung",
    "binh luan",
)
_NOT_TEXTS = frozenset(("answer", "reply", "response", "output", "template", "templ", "lemma", "回答", "答案", "回复"))
_PAIRS = (
    ("premise", "hypothesis"),
    ("question", "passage"),
    ("question", "context"),
    ("question", "sentence"),
    ("question", "answer"),
    ("query", "document"),
    ("query", "passage"),
    ("query", "title"),
    ("text", "pair"),
    ("claim", "evidence"),
    ("post", "reply"),
    ("前提", "假设"),
    ("问题", "答案"),
    ("问题", "回答"),
    ("câu hỏi", "câu trả lời"),
)
_FIRST_SECOND = (("1", "2"), ("a", "b"), ("0", "1"), ("left", "right"), ("first", "second"), ("một", "hai"))


def target_score(name: str) -> float:
    """How much a name sounds like what is to be predicted, 0 and up."""
    if _NOT_TARGETS & set(words_of_name(name)):
        return 0.0
    return _score(name, _TARGETS, _TARGET_PHRASES)


def text_score(name: str) -> float:
    """How much a name sounds like what is to be read, 0 and up."""
    score = _score(name, _TEXTS, _TEXT_PHRASES)
    return score / 4 if _NOT_TEXTS & set(words_of_name(name)) else score


def pair_of(names: list[str]) -> tuple[str, str] | None:
    """Two columns that are read together, by their names: `premise` and `hypothesis`, `sentence1` and `sentence2`."""
    folded = {name.strip().casefold(): name for name in names}
    for first, second in _PAIRS:
        if first in folded and second in folded:
            return folded[first], folded[second]
    by_words = {words_of_name(name): name for name in names}
    for words, name in by_words.items():
        for first, second in _FIRST_SECOND:
            for at, word in enumerate(words):
                other = (*words[:at], second, *words[at + 1 :])
                if word == first and len(words) > 1 and other in by_words:
                    return name, by_words[other]
    return None


def _score(name: str, scores: dict[float, str], phrases: tuple[str, ...]) -> float:
    words = words_of_name(name)
    spaced = " ".join(words)
    if any(phrase in spaced for phrase in phrases):
        return 3.0
    best = 0.0
    for score, listed in scores.items():
        known = frozenset(listed.split())
        hits = [at for at, word in enumerate(words) if word in known or _holds_chinese(word, known)]
        if name.casefold() in known:
            best = max(best, score + 0.5)
        elif hits:
            best = max(best, score - 0.25 * (len(words) - 1))
    return best


def _holds_chinese(word: str, known: frozenset[str]) -> bool:
    """Chinese writes no spaces: `情感标签` holds `标签`."""
    return not word.isascii() and any(
        len(part) > 1 and "\u4e00" <= part[0] <= "\u9fff" and part in word for part in known
    )
