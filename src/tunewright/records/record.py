"""What every record is: a frozen pydantic model that goes to JSON and comes back equal."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["Record"]


class Record(BaseModel):
    """Something a run found out, kept for the report and for other programs.

    Unknown fields are ignored on reading, so that an older tunewright can open a newer run. Numbers that are not finite
    are written as the strings "NaN" and "Infinity": plain JSON has no word for them.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", use_attribute_docstrings=True, ser_json_inf_nan="strings", protected_namespaces=()
    )
