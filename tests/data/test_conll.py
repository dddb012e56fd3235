"""Files of a word a line, as they are found."""

from __future__ import annotations

import pytest

from tunewright.data.conll import looks_like_conll, read_conll
from tunewright.errors import DataError

PLAIN = b"EU\tB-ORG\nrejects\tO\n\nPeter\tB-PER\nBlackburn\tI-PER\n"


@pytest.fixture
def put(tmp_path):
    """Writes bytes to a file."""

    def write(raw: bytes, name: str = "a.conll"):
        path = tmp_path / name
        path.write_bytes(raw)
        return path

    return write


def read(path):
    return read_conll(path, role="train")


def test_sentences_become_rows(put):
    """A row is a sentence, with the line of its first word."""
    found = read(put(PLAIN))
    assert found.columns == {
        "tokens": [("EU", "rejects"), ("Peter", "Blackburn")],
        "tags": [("B-ORG", "O"), ("B-PER", "I-PER")],
    }
    assert found.line.tolist() == [1, 4]
    assert found.files[0].format == "conll"
    assert found.files[0].rows == 2


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN.replace(b"\n\n", b"\n\t\n"),  # WNUT 2017: the blank lines hold a tab
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\t", b" "),
        PLAIN.rstrip(),
        b"\xef\xbb\xbf" + PLAIN,
        b"\n\n" + PLAIN.replace(b"\n\n", b"\n\n\n \n") + b"\n\n",
    ],
    ids=["tab in blank lines", "crlf", "spaces", "no end", "bom", "more blank lines"],
)
def test_other_hands_write_it_otherwise(put, raw):
    """One sentence of a thousand words, or empty sentences, because a blank line was not quite blank."""
    assert read(put(raw)).columns["tokens"] == [("EU", "rejects"), ("Peter", "Blackburn")]


def test_columns_between_keep_their_place(put):
    """CoNLL-2003: word, part of speech, chunk, entity; and marks of documents that are no words."""
    raw = b"-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nsays VBZ B-VP O\n\n-DOCSTART- -X- O O\n\nHe PRP B-NP O\n"
    found = read(put(raw)).columns
    assert found["tokens"] == [("EU", "says"), ("He",)]
    assert found["tags"] == [("B-ORG", "O"), ("O",)]
    assert found["column_2"] == [("NNP", "VBZ"), ("PRP",)]


def test_the_column_of_tags_need_not_be_the_last(put):
    """Some files end with a score or an id."""
    found = read(put(b"EU B-ORG 1\nsays O 2\n\nPeter B-PER 3\n")).columns
    assert found["tags"] == [("B-ORG", "O"), ("B-PER",)]
    assert found["column_3"] == [("1", "2"), ("3",)]


def test_a_hash_is_a_word_and_may_begin_a_comment(put):
    """`#` is a word of tweets; a comment stands before a sentence."""
    found = read(put(b"# id = 1\nEU\tB-ORG\n#\tO\nok\tO\n\n#\tO\nPeter\tB-PER\n"))
    assert found.columns["tokens"] == [("EU", "#", "ok"), ("#", "Peter")]


def test_a_sentence_with_a_broken_line_is_reported_whole(put):
    """A word without tag would shift all tags behind it."""
    found = read(put(PLAIN + b"\nlost\nAnna\tB-PER\n\nlast\tO\n"))
    assert len(found) == 3
    assert [(f.code, f.place.line, f.place.note) for f in found.faults] == [("ragged", 7, "1 columns instead of 2")]
    assert found.files[0].rows == 4


def test_bytes_that_are_no_text_are_reported(put):
    """A broken character is learned as a word."""
    raw = "".join(f"wörd{n}\tO\nEU\tB-ORG\n\n" for n in range(300)).encode()
    found = read(put(raw + b"bad\xff\tO\n\nend\tO\n"))
    assert [(f.code, f.place.line) for f in found.faults] == [("undecodable", 901)]
    assert found.columns["tokens"][-1] == ("end",)


def test_chinese_by_characters(put):
    """MSRA and its like, in GB18030, too."""
    raw = "北 B-LOC\n京 I-LOC\n好 O\n\n我 O\n爱 O\n".replace("好", "好")
    assert read(put(raw.encode())).columns["tokens"] == [("北", "京", "好"), ("我", "爱")]
    longer = raw + "\n" + "\n".join(f"{c} O" for c in "中国人民在很多地方说普通话因为这是他们的语言") + "\n"
    found = read_conll(put(longer.encode("gb18030")), role="train", encoding="gb18030")
    assert found.columns["tokens"][0] == ("北", "京", "好")


@pytest.mark.parametrize(("raw", "said"), [(b"one\ntwo\n", "one column"), (b"-DOCSTART- -X-\n\n", "holds no sentence")])
def test_files_without_tags(put, raw, said):
    """What to mend, instead of a row without words."""
    with pytest.raises(DataError, match=said):
        read(put(raw))


@pytest.mark.parametrize(
    ("raw", "is_one"),
    [
        (PLAIN, True),
        (PLAIN.replace(b"\t", b" "), True),
        (PLAIN.replace(b"\n\n", b"\n\t\n"), True),
        (b"text\tlabel\ngood\tpos\nbad\tneg\n", False),
        (b"good\tO\nbad\tO\n\nfine\tO\n", False),
        (b"a\tB-x\nb\tO\n", False),
        (b"", False),
        (b"one line of prose.\n\nand another\n", False),
        (PLAIN.decode().encode("utf-16"), False),
    ],
)
def test_what_looks_like_a_tagged_file(raw, is_one):
    """A table of two columns taken for words, or words for a table of rows."""
    assert looks_like_conll(raw) is is_one
