"""Reads any file or folder that can be a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tunewright.data import large
from tunewright.data.conll import looks_like_conll, read_conll
from tunewright.data.delimited import read_delimited
from tunewright.data.folder import read_folder
from tunewright.data.json_document import read_json_document
from tunewright.data.json_lines import read_json_lines
from tunewright.data.parquet import read_parquet
from tunewright.data.plain_text import is_plain_text, read_plain_text
from tunewright.data.source import Role, load, refuse_binary
from tunewright.data.table import Table, shown
from tunewright.errors import UserError

__all__ = ["read"]

_READ = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet", ".pq", ".conll", ".txt")
_CONLL = (".conll", ".conll03", ".conll2003", ".bio", ".bioes", ".bmes", ".iob", ".iob2", ".ner")
_NO_LINES = (".csv", ".jsonl", ".ndjson", ".json", ".parquet", ".pq")
_SPREADSHEET = "Open it in a spreadsheet program and save the sheet as CSV UTF-8."
_ARCHIVE = "Unpack it and name the file inside."
_PICKLE = "Opening it could run code that someone hid in it. Write the table as CSV or Parquet."
_INSTEAD = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), _SPREADSHEET),
    **dict.fromkeys((".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".tar", ".tgz", ".rar"), _ARCHIVE),
    **dict.fromkeys((".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib"), _PICKLE),
    **dict.fromkeys((".docx", ".doc", ".pdf", ".html", ".htm", ".rtf"), "Copy the table out of it into a CSV file."),
    **dict.fromkeys((".xml", ".yaml", ".yml", ".toml"), "Write one object a line as JSON: a .jsonl file."),
    **dict.fromkeys((".arrow", ".feather", ".avro", ".orc", ".db", ".sqlite", ".npy"), "Export it as Parquet or CSV."),
}


def read(
    path: Path,
    *,
    role: Role,
    encoding: str | None = None,
    delimiter: str | None = None,
    quoting: bool | None = None,
    wanted: Sequence[str] = (),
    spool: Path | None = None,
) -> Table:
    """Read a csv, tsv, jsonl, json, parquet or txt file, one of a word a line, or a folder that sorts rows by class.

    A file of words and tags with blank lines between sentences is known by its look, whatever its ending. Every cell is
    text as it is written: `NA`, `null`, `007`, `1e5` and ` x ` survive. An empty cell is `""`, null in JSON and Parquet
    is None. Rows that cannot be read are in the table's `faults`, never filled in.

    Args:
        path: file or folder.
        role: which split it is for.
        encoding: None detects it.
        delimiter: csv and tsv only; None detects it.
        quoting: csv and tsv only, whether `"` encloses cells; None detects it.
        wanted: columns that will be asked for; they settle whether a csv file has a line of names.
        spool: an empty folder for the columns of a file that is too large for memory; it must stay as long as the
            table is used. None reads everything into memory.

    Raises:
        UserError: missing, or of a kind that is not read; the message says what to do instead.
        DataError: damaged as a whole.
    """
    path = Path(path)
    if path.is_dir():
        return read_folder(path, role=role, encoding=encoding)
    if spool is not None and path.is_file() and path.stat().st_size > large.LARGE_BYTES:
        table = large.read_large(
            path, spool, role=role, encoding=encoding, delimiter=delimiter, quoting=quoting, wanted=wanted
        )
        if table is not None:
            return table
    ending = path.suffix.casefold()
    if ending in _CONLL or (ending not in _NO_LINES and looks_like_conll(load(path))):
        return read_conll(path, role=role, encoding=encoding)
    if ending in (".csv", ".tsv", ".tab"):
        return read_delimited(
            path, role=role, encoding=encoding, delimiter=delimiter, quoting=quoting, wanted=tuple(wanted)
        )
    if ending in (".jsonl", ".ndjson"):
        return read_json_lines(path, role=role, encoding=encoding)
    if ending == ".json":
        return read_json_document(path, role=role, encoding=encoding)
    if ending in (".parquet", ".pq"):
        return read_parquet(path, role=role)
    if ending == ".txt" and is_plain_text(load(path)):
        return read_plain_text(path, role=role, encoding=encoding)
    raise _not_read(path, ending)


def _not_read(path: Path, ending: str) -> UserError:
    raw = load(path)
    allowed = f"Rows are read from {', '.join(_READ)} files and from folders with one folder or .txt file a class."
    if ending in _INSTEAD:
        return UserError(f"{shown(path)} is a {ending} file, which is not read.\n  {_INSTEAD[ending]}\n  {allowed}")
    refuse_binary(raw, path)
    given = f"ends in {ending}, which says nothing about how its rows are cut" if ending else "has no ending"
    lines = [f"{shown(path)} {given}.", f"  {allowed}"]
    head = [line for line in raw[:20000].split(b"\n")[:-1] if line.strip()][:20]
    if len(head) > 1 and len({line.count(b"\t") for line in head}) == 1 and head[0].count(b"\t"):
        lines.append(f"  Its lines are cut by tabs: copy it to {path.stem}.tsv and name that.")
    elif head and all(line.lstrip().startswith(b"{") for line in head):
        lines.append(f"  Its lines are JSON: copy it to {path.stem}.jsonl and name that.")
    else:
        lines.append(
            f"  If its cells are cut by commas, copy it to {path.stem}.csv with a line of column names on top."
        )
    return UserError("\n".join(lines))
