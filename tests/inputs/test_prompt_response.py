"""Questions and answers in columns of their own."""

from __future__ import annotations

from tunewright.inputs.prompt_response import PromptResponseInput


def test_an_instruction_and_its_input_are_one_question():
    """Danger: the empty input of most Alpaca rows leaves a line break or the word None in the question."""
    part = PromptResponseInput(prompt=("instruction", "input"), response="output")
    cells = {"instruction": ["Sum up.", "Say hi."], "input": ["A story.", ""], "output": ["Short.", "Hi."]}
    assert [row[0]["content"] for row in part.turns(cells)] == ["Sum up.\nA story.", "Say hi."]
    assert part.roles == {"prompt": "instruction + input", "response": "output"}
    assert part.predict_columns == ("instruction", "input")


def test_new_rows_need_no_answer():
    """Danger: to be answered, a question has to bring its answer."""
    part = PromptResponseInput(prompt="q", response="a")
    assert [[turn["role"] for turn in row] for row in part.turns({"q": ["why?"]})] == [["user"]]
