"""Pretrained models to start from: a short list by task and language, with sizes and licences from the models' cards.

What a licence allows is said by its own text; the list repeats the card's name of it. Where every figure was looked up,
and what was left out, is in docs/decisions/0026-starting-models.md.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MANY", "STARTING_MODELS", "StartingModel", "starting_models"]

MANY = "many"
"""Among the languages of a model: it has read most of the world's written ones."""

_CONDITIONS = {
    "cc-by-nc-4.0": "which forbids commercial use",
    "agpl-3.0": "under which what is offered with it must be open, too",
    "llama3.2": "Meta's own terms, to be accepted on the hub first",
}
"""What is unusual in a licence, for those whose name does not tell."""


@dataclass(frozen=True, slots=True)
class StartingModel:
    """One pretrained model.

    Attributes:
        id: its name on the hub, or `sample://minilm`.
        tasks: kinds of task that it suits.
        reads: what it reads: `text`, `image`, `audio`, `image+text`.
        languages: ISO 639-1 codes, `MANY`, or for a model of one pair `en-zh`; empty where language plays no part.
        millions: parameters, in millions.
        licence: as its card names it.
        tokens: the longest text that it reads, None where it reads none.
        prefer: when to take it, one plain clause.
        safetensors: whether its own repository held safetensors when it was looked up. From others transformers takes
            the copy that the hub has converted; a downloaded folder with pickled weights alone is refused.
        extra: of tunewright, which its tokenizer needs; empty for most.
    """

    id: str
    tasks: tuple[str, ...]
    reads: str
    languages: tuple[str, ...]
    millions: int
    licence: str
    tokens: int | None
    prefer: str
    safetensors: bool = True
    extra: str = ""

    @property
    def commercial(self) -> bool:
        """Whether its licence allows commercial use."""
        return "-nc" not in self.licence

    @property
    def terms(self) -> str:
        """The licence in words: `apache-2.0`, `cc-by-nc-4.0, which forbids commercial use`."""
        condition = _CONDITIONS.get(self.licence)
        return f"{self.licence}, {condition}" if condition else self.licence

    @property
    def facts(self) -> str:
        """`149M parameters, up to 8,192 tokens, apache-2.0`."""
        length = "" if self.tokens is None else f", up to {self.tokens:,} tokens"
        extra = f", needs the extra {self.extra}" if self.extra else ""
        return f"{self.millions:,}M parameters{length}, {self.terms}{extra}"

    def suits(self, task: str, reads: str, language: str | None) -> bool:
        """Whether it can be taken for a task on texts of a language; None is a language that is not known."""
        if task not in self.tasks or reads != self.reads:
            return False
        return not self.languages or MANY in self.languages or (language or "en") in self.languages


def starting_models(
    task: str, *, reads: str = "text", language: str | None = None, long: bool = False, most: int = 3
) -> list[StartingModel]:
    """Some models to start from, the first choice first.

    Those of the language itself come before those of many, unless the language is not known; those that read long texts
    come before others where texts are long.

    Args:
        task: kind of task.
        reads: `text`, `image`, `audio` or `image+text`.
        language: of the texts, ISO 639-1; for translation the pair, `en-zh`; None where it is not known.
        long: whether texts are longer than 512 tokens.
        most: how many.
    """
    fitting = [model for model in STARTING_MODELS if model.suits(task, reads, language)]

    def rank(model: StartingModel) -> tuple[bool, bool]:
        return long and (model.tokens or 0) <= 512, (MANY in model.languages) is (language is not None)

    return sorted(fitting, key=rank)[:most]


_LABELS = ("classify", "multilabel", "regress")
_ENCODER = (*_LABELS, "tag", "answer", "masked")
_VECTORS = ("similarity", "embed")

# fmt: off
STARTING_MODELS: tuple[StartingModel, ...] = (
    # --- texts: labels, tags, places, masks; of each language the first choice first
    StartingModel("answerdotai/ModernBERT-base", _ENCODER, "text", ("en",), 149, "apache-2.0", 8192,
                  "English and code; the first choice for long texts"),
    StartingModel("FacebookAI/roberta-base", _ENCODER, "text", ("en",), 125, "mit", 512,
                  "English; well known, and quick here, where rows are packed"),
    StartingModel("microsoft/deberta-v3-base", (*_LABELS, "tag", "answer"), "text", ("en",), 184, "mit", 512,
                  "English; often the most exact of its size, and slower", False, "sentencepiece"),
    StartingModel("distilbert/distilbert-base-uncased", _ENCODER, "text", ("en",), 67, "apache-2.0", 512,
                  "English without capitals; half the time of a base model"),
    StartingModel("microsoft/deberta-v3-small", (*_LABELS, "tag", "answer"), "text", ("en",), 142, "mit", 512,
                  "English; 6 layers instead of 12", False, "sentencepiece"),
    StartingModel("allenai/longformer-base-4096", (*_LABELS, "tag"), "text", ("en",), 149, "apache-2.0", 4096,
                  "English; long texts, where ModernBERT does not convince", False),
    StartingModel("google/bigbird-roberta-base", (*_LABELS, "tag"), "text", ("en",), 128, "apache-2.0", 4096,
                  "English; long texts", False, "sentencepiece"),
    StartingModel("hfl/chinese-macbert-base", _ENCODER, "text", ("zh",), 103, "apache-2.0", 512,
                  "Chinese, a token for each character; the first choice for short texts", False),
    StartingModel("google-bert/bert-base-chinese", _ENCODER, "text", ("zh",), 103, "apache-2.0", 512,
                  "Chinese, a token for each character; older, with safetensors of its own"),
    StartingModel("vinai/phobert-base-v2", _LABELS, "text", ("vi",), 135, "agpl-3.0", 256,
                  "Vietnamese; its texts must have been cut into words before (a_word_so), short ones", False),
    StartingModel("FacebookAI/xlm-roberta-base", _ENCODER, "text", (MANY,), 278, "mit", 512,
                  "a hundred languages; the usual choice"),
    StartingModel("jhu-clsp/mmBERT-base", _ENCODER, "text", (MANY,), 307, "mit", 8192,
                  "over a thousand languages; newer, and the one for long texts", False),
    # --- texts: vectors; all of these are pooled by the mean, as here
    StartingModel("sample://minilm", (*_VECTORS, *_LABELS, "tag", "answer"), "text", ("en",), 23, "apache-2.0", 512,
                  "English; all-MiniLM-L6-v2, small, comes with the sample extra, needs no network"),
    StartingModel("sentence-transformers/all-mpnet-base-v2", _VECTORS, "text", ("en",), 109, "apache-2.0", 512,
                  "English; more exact than the sample model, and five times its size"),
    StartingModel("intfloat/multilingual-e5-small", _VECTORS, "text", (MANY,), 118, "mit", 512,
                  "a hundred languages; was taught with `query: ` or `passage: ` before each text"),
    StartingModel("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", _VECTORS, "text", (MANY,), 118,
                  "apache-2.0", 512, "fifty languages; likeness of short texts"),
    StartingModel("intfloat/multilingual-e5-base", _VECTORS, "text", (MANY,), 278, "mit", 512,
                  "a hundred languages; more exact than the small one"),
    # --- texts that are written
    StartingModel("Helsinki-NLP/opus-mt-en-zh", ("translate",), "text", ("en-zh",), 77, "apache-2.0", 512,
                  "this pair alone; small, quick, the first to try", False, "sentencepiece"),
    StartingModel("Helsinki-NLP/opus-mt-zh-en", ("translate",), "text", ("zh-en",), 77, "cc-by-4.0", 512,
                  "this pair alone; small, quick, the first to try", False, "sentencepiece"),
    StartingModel("Helsinki-NLP/opus-mt-en-vi", ("translate",), "text", ("en-vi",), 72, "apache-2.0", 512,
                  "this pair alone; small, quick, the first to try", False, "sentencepiece"),
    StartingModel("Helsinki-NLP/opus-mt-vi-en", ("translate",), "text", ("vi-en",), 72, "apache-2.0", 512,
                  "this pair alone; small, quick, the first to try", False, "sentencepiece"),
    StartingModel("Helsinki-NLP/opus-mt-en-fr", ("translate",), "text", ("en-fr",), 75, "apache-2.0", 512,
                  "this pair alone; small, quick, the first to try", False, "sentencepiece"),
    StartingModel("Helsinki-NLP/opus-mt-fr-en", ("translate",), "text", ("fr-en",), 75, "apache-2.0", 512,
                  "this pair alone; small, quick, the first to try", False, "sentencepiece"),
    StartingModel("Helsinki-NLP/opus-mt-en-de", ("translate",), "text", ("en-de",), 74, "cc-by-4.0", 512,
                  "this pair alone; small, quick, the first to try", False, "sentencepiece"),
    StartingModel("Helsinki-NLP/opus-mt-de-en", ("translate",), "text", ("de-en",), 74, "apache-2.0", 512,
                  "this pair alone; small, quick, the first to try", False, "sentencepiece"),
    StartingModel("facebook/m2m100_418M", ("translate",), "text", (MANY,), 484, "mit", 1024,
                  "a hundred languages, from any to any; its codes are `en`, `zh`", False, "sentencepiece"),
    StartingModel("facebook/nllb-200-distilled-600M", ("translate",), "text", (MANY,), 615, "cc-by-nc-4.0", 1024,
                  "two hundred languages, rare ones too; its codes are `eng_Latn`, `zho_Hans`", False),
    StartingModel("facebook/mbart-large-50", ("translate",), "text", (MANY,), 611, "mit", 1024,
                  "fifty languages; has not been taught to translate, so for much data; its codes are `en_XX`, `zh_CN`",
                  False, "sentencepiece"),
    StartingModel("google/mt5-small", ("summarise",), "text", (MANY,), 300, "apache-2.0", 512,
                  "a hundred languages; has seen raw text alone, and wants some thousand rows", False, "sentencepiece"),
    StartingModel("facebook/bart-base", ("summarise",), "text", ("en",), 139, "apache-2.0", 1024,
                  "English; texts of up to two pages"),
    StartingModel("google/long-t5-tglobal-base", ("summarise",), "text", ("en",), 248, "apache-2.0", 4096,
                  "English; long texts", False),
    # --- texts that are gone on with
    StartingModel("HuggingFaceTB/SmolLM2-135M-Instruct", ("instruct", "prefer"), "text", ("en",), 135, "apache-2.0",
                  8192, "English; small enough to try everything on a CPU"),
    StartingModel("HuggingFaceTB/SmolLM2-360M-Instruct", ("instruct", "prefer"), "text", ("en",), 362, "apache-2.0",
                  8192, "English; the next larger one"),
    StartingModel("HuggingFaceTB/SmolLM2-135M", ("language_model",), "text", ("en",), 135, "apache-2.0", 8192,
                  "English; has read raw text alone"),
    StartingModel("Qwen/Qwen2.5-0.5B-Instruct", ("instruct", "prefer"), "text",
                  ("en", "zh", "fr", "es", "pt", "de", "it", "ru", "ja", "ko", "vi", "th", "ar"), 494, "apache-2.0",
                  32768, "Chinese and English above all, and two dozen other languages; a plain chat template"),
    StartingModel("Qwen/Qwen3-0.6B", ("instruct", "prefer", "language_model"), "text", (MANY,), 596, "apache-2.0",
                  32768, "a hundred languages; its chat template has a mode of thinking aloud"),
    StartingModel("meta-llama/Llama-3.2-1B-Instruct", ("instruct", "prefer", "language_model"), "text",
                  ("en", "de", "fr", "it", "pt", "hi", "es", "th"), 1236, "llama3.2", 131072,
                  "eight languages (English, German, French, Italian, Portuguese, Hindi, Spanish, Thai)"),
    # --- pictures, sounds, pictures with texts
    StartingModel("google/vit-base-patch16-224", _LABELS, "image", (), 86, "apache-2.0", None,
                  "the usual choice"),
    StartingModel("microsoft/swin-tiny-patch4-window7-224", _LABELS, "image", (), 28, "apache-2.0", None,
                  "a third of the size, nearly as exact"),
    StartingModel("facebook/deit-small-patch16-224", _LABELS, "image", (), 22, "apache-2.0", None,
                  "the smallest and quickest", False),
    StartingModel("facebook/convnext-tiny-224", _LABELS, "image", (), 29, "apache-2.0", None,
                  "convolutions instead of attention", False),
    StartingModel("facebook/wav2vec2-base", _LABELS, "audio", (), 95, "apache-2.0", None,
                  "speech; has heard English books alone", False),
    StartingModel("MIT/ast-finetuned-audioset-10-10-0.4593", _LABELS, "audio", (), 87, "bsd-3-clause", None,
                  "sounds that are no speech: music, machines, animals"),
    StartingModel("openai/whisper-base", _LABELS, "audio", (), 73, "apache-2.0", None,
                  "speech in a hundred languages; its encoder alone is used, and always hears 30 seconds"),
    StartingModel("facebook/hubert-base-ls960", _LABELS, "audio", (), 95, "apache-2.0", None,
                  "speech; has heard English books alone", False),
    StartingModel("google/siglip-base-patch16-224", _LABELS, "image+text", ("en",), 203, "apache-2.0", 64,
                  "pictures with short English texts", extra="sentencepiece"),
)
# fmt: on
