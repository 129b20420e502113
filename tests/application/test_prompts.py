"""A list of prompts: one batch job without a task folder, results in the order of the prompts."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from processor import Failure, Media
from processor.core.parts import MEDIA_TOKENS
from processor.core.prompt_task import as_template
from processor.core.status import Status
from processor.core.template import compile_template, render
from processor.errors import BadInput, HeldBack, NotFinished, WrongUsage
from tests.application.answers import Label, Mood, Person, Review, questions
from tests.bench import INTERVAL, Bench, read_lines


class Callback:
    """A type that no JSON is."""


MakeBench = Callable[..., Bench]
ANSWERS = "sandbox/gemini-3.6-flash"
LABELS: dict[str, Any] = {"schema": Label, "send_schema": "response_schema"}
REVIEWS: dict[str, Any] = {"schema": Review, "send_schema": "response_json_schema"}


def _submit(bench: Bench, prompts: Any, **options: Any) -> str:
    return _make(bench, prompts, **options).id


def _make(bench: Bench, prompts: Any, **options: Any) -> Status:
    given: dict[str, Any] = {"run": "r", "poll_interval": INTERVAL, "accept_models": [ANSWERS]}
    return bench.processor().submit_prompts(prompts, **{**given, **options})


def _asked(bench: Bench, run: str = "r") -> list[dict[str, Any]]:
    """The requests as they were uploaded."""
    return [line["request"] for line in read_lines(bench.folder(run) / "requests.json")]


def test_creation_gives_the_jobs_name_at_once(bench: Bench) -> None:
    status = _make(bench, questions(3), **LABELS)
    assert status.id == "r"
    assert status.job is not None
    assert status.job.startswith("batches/")
    assert bench.endpoints()[-1] == "batches.create"
    assert len(bench.calls("batches.create")) == 1


def test_status_and_results_are_found_by_the_jobs_name(bench: Bench) -> None:
    processor = bench.processor()
    job = _make(bench, questions(3), **LABELS).job
    assert job is not None
    assert processor.status(job).items == 3
    processor.resume(job)
    assert [type(one) for one in processor.results(job, model=Label)] == [Label] * 3


def test_thousand_results_come_in_the_order_of_the_prompts(bench_with: MakeBench) -> None:
    bench = bench_with(faults="shuffled")
    prompts = questions(1000)
    _submit(bench, prompts, **LABELS)
    bench.processor().resume("r")
    answered = [line["key"] for line in read_lines(bench.folder() / "answers.jsonl")]
    assert answered != sorted(answered, key=lambda key: int(key.partition("_")[0]))
    envelopes = bench.envelopes()
    assert [int(one["item_id"]) for one in envelopes] == list(range(1, 1001))
    raw = {line["key"]: line for line in read_lines(bench.folder() / "answers.jsonl")}
    typed = list(bench.processor().results("r", model=Label))
    for number, label in enumerate(typed, 1):
        (part,) = raw[f"{number}_prompts"]["response"]["candidates"][0]["content"]["parts"]
        assert label == Label.model_validate_json(part["text"])


def test_same_prompt_twice_is_asked_and_answered_twice(bench: Bench) -> None:
    _submit(bench, ["Label this."] * 3, **LABELS)
    report = bench.processor().resume("r")
    assert report["counts"]["accepted"] == 3
    assert [one["item_id"] for one in bench.envelopes()] == ["1", "2", "3"]
    assert len(_asked(bench)) == 3


def test_failed_requests_are_errors_in_their_places(bench_with: MakeBench) -> None:
    bench = bench_with(faults="truncated@2_,error_line=13@4_,blocked_prompt@5_")
    _submit(bench, questions(6), **LABELS)
    bench.processor().resume("r")
    results = list(bench.processor().results("r", model=Label))
    assert [type(one) for one in results] == [Label, Failure, Label, Failure, Failure, Label]
    found = {int(one.item_id): one for one in results if isinstance(one, Failure)}
    assert [(n, one.outcome, one.findings[0].rule) for n, one in found.items()] == [
        (2, "rejected", "envelope.truncated"),
        (4, "failed", "envelope.error_line"),
        (5, "failed", "envelope.blocked_prompt"),
    ]
    assert found[2].raw_text
    assert found[4].raw_text is None
    assert "envelope.error_line" in str(found[4])


def test_results_are_typed_by_a_model_with_models_inside(bench: Bench) -> None:
    _submit(bench, questions(5), **REVIEWS)
    bench.processor().resume("r")
    for review in bench.processor().results("r", model=Review):
        assert isinstance(review, Review), review
        assert isinstance(review.author, Person)
        assert review.author.roles
        assert review.mood in Mood


def test_list_of_models_is_a_type_too(bench: Bench) -> None:
    options = {"schema": list[Person], "send_schema": "response_json_schema"}
    _submit(bench, questions(2), **options)
    assert bench.processor().resume("r")["counts"]["accepted"] == 2
    for people in bench.processor().results("r", model=list[Person]):
        assert isinstance(people, list)
        assert all(isinstance(person, Person) for person in people)


def test_answer_that_only_the_type_refuses_is_an_error_in_its_place(bench: Bench) -> None:
    class Numbered(Label):
        number: int

    _submit(bench, questions(2), **LABELS)
    bench.processor().resume("r")
    first = next(bench.processor().results("r", model=Numbered))
    assert isinstance(first, Failure)
    assert (first.outcome, first.findings[0].rule, first.findings[0].path) == (
        "accepted",
        "typed.model",
        "$.number",
    )
    assert first.raw_text


def test_nothing_is_converted_into_the_type(bench: Bench) -> None:
    class Stated(Label):
        sure: str  # type: ignore[assignment]

    _submit(bench, questions(1), **LABELS)
    bench.processor().resume("r")
    assert isinstance(next(bench.processor().results("r", model=Stated)), Failure)


def test_type_that_pydantic_does_not_know_is_wrong_usage(bench: Bench) -> None:
    _submit(bench, questions(1), **LABELS)
    bench.processor().resume("r")
    with pytest.raises(WrongUsage, match="no type that answers can have"):
        bench.processor().results("r", model=Callback)


def test_json_without_a_schema_is_decoded(bench: Bench) -> None:
    prompt = f"Answer by this schema: {json.dumps(Label.model_json_schema())}"
    _submit(bench, [prompt])
    bench.processor().resume("r")
    (answer,) = bench.processor().results("r", model=dict)
    assert isinstance(answer, dict)
    assert set(answer) == {"label", "sure"}
    assert _asked(bench)[0]["generationConfig"]["responseMimeType"] == "application/json"


def test_without_the_filter_the_text_comes_as_it_is(bench: Bench) -> None:
    _submit(bench, ["Say something about weirs.", "And about locks."], filter_json=False)
    bench.processor().resume("r")
    texts = list(bench.processor().results("r", model=str))
    assert texts == [envelope["raw_text"] for envelope in bench.envelopes()]
    assert all(isinstance(text, str) and text for text in texts)
    assert "generationConfig" not in _asked(bench)[0]


def test_text_that_is_no_json_is_rejected_with_the_filter(bench_with: MakeBench) -> None:
    bench = bench_with(faults="truncated_stop")
    _submit(bench, questions(1), **LABELS)
    bench.processor().resume("r")
    (failure,) = bench.processor().results("r", model=Label)
    assert isinstance(failure, Failure)
    assert failure.outcome == "rejected"
    assert failure.raw_text


def test_schema_without_the_filter_is_wrong_usage(bench: Bench) -> None:
    with pytest.raises(WrongUsage, match="filter_json is off"):
        _submit(bench, questions(1), filter_json=False, schema=Label)
    assert bench.endpoints() == []


# -- what is refused before anything is sent ---------------------------------------------------


@pytest.mark.parametrize(
    ("prompts", "words"),
    [
        ([], "the list is empty"),
        ((), "the list is empty"),
        (["a", ""], "Prompt 2 cannot be sent: it is empty"),
        (["a", "b", []], "Prompt 3 cannot be sent: it is empty"),
        (["a", 5], "Prompt 2 cannot be sent: part 1 is a int"),
        ([b"\x89PNG"], "Media(data=…, mime_type=…)"),
        (["half \ud800"], "Prompt 1 cannot be sent: it holds a half character"),
        ([Media(data=b"", mime_type="image/png")], "has no data"),
        ([Path("missing.png")], "missing.png cannot be read"),
        ([Path("what.unknownkind")], "is not told by its name"),
        ([["look", {"inline_dat": {}}]], "Do you mean `inline_data`?"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_prompt_that_cannot_be_sent_is_named_and_nothing_is_sent(
    bench: Bench, prompts: Any, words: str
) -> None:
    with pytest.raises(BadInput) as refused:
        _submit(bench, prompts)
    assert words in refused.value.message
    assert bench.endpoints() == []
    assert not bench.folder().exists()
    with pytest.raises(WrongUsage, match="no run"):
        bench.processor().status("r")


def test_one_text_is_no_list_of_prompts(bench: Bench) -> None:
    with pytest.raises(WrongUsage, match="Put it into a list"):
        _submit(bench, "Label this.")
    assert bench.endpoints() == []


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read"), (b" \n", "is empty"), (b"\xff", "not UTF-8")]
)
def test_system_file_that_cannot_be_used_is_named(
    bench: Bench, tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "system.md"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=words) as refused:
        _submit(bench, questions(1), system=path)
    assert str(path) in refused.value.message


def test_unknown_option_is_wrong_usage(bench: Bench) -> None:
    with pytest.raises(WrongUsage, match="no option inputs"):
        _submit(bench, questions(1), inputs="inputs")


def test_limits_hold_for_prompts_too(bench: Bench) -> None:
    with pytest.raises(HeldBack, match="--max-cost"):
        _submit(bench, questions(20), max_cost=0.000001)
    assert bench.endpoints() == []


def test_plan_tells_what_would_be_asked_and_sends_nothing(bench: Bench) -> None:
    options = {**LABELS, "accept_models": [ANSWERS]}
    plan = bench.processor().plan_prompts([*questions(4), questions(1)[0]], **options)
    assert plan.estimate.requests == 5
    assert bench.endpoints() == []
    assert not bench.outputs.exists()
    with pytest.raises(BadInput, match="Prompt 2 cannot be sent"):
        bench.processor().plan_prompts(["a", ""])
    picture = Media(data=b"\x89PNG", mime_type="image/png")
    seen = bench.processor().plan_prompts([["What is it?", picture]], **options).estimate
    unseen = bench.processor().plan_prompts(["What is it?"], **options).estimate
    assert seen.input_tokens - unseen.input_tokens == MEDIA_TOKENS


def test_results_before_the_end_are_not_finished(bench_with: MakeBench) -> None:
    bench = bench_with(job_seconds=3600)
    job = _make(bench, questions(2), **LABELS).job
    assert job is not None
    processor = bench.processor()
    with pytest.raises(NotFinished):
        processor.results(job, model=Label)
    with pytest.raises(NotFinished):
        processor.resume(job, max_wait=0)
    assert processor.status(job).collectable is False


# -- what is sent ------------------------------------------------------------------------------


def test_prompt_of_several_parts_goes_as_it_is(bench: Bench, tmp_path: Path) -> None:
    image = tmp_path / "weir.png"
    image.write_bytes(b"\x89PNG\r\n\x1a\n????")
    part = types.Part.from_bytes(data=b"%PDF-1.7 >>>", mime_type="application/pdf")
    prompt = [
        "What is this?",
        image,
        Media(data=b"\x00\x01\xff", mime_type="audio/wav"),
        {"file_data": {"file_uri": "https://host/v1beta/files/a", "mime_type": "video/mp4"}},
        part,
    ]
    _submit(bench, [prompt, "And this?"], filter_json=False)
    first, second = (request["contents"] for request in _asked(bench))
    assert second == [{"role": "user", "parts": [{"text": "And this?"}]}]
    ((asked,),) = ([content["parts"] for content in first],)
    assert asked[0] == {"text": "What is this?"}
    assert asked[3] == {
        "fileData": {"fileUri": "https://host/v1beta/files/a", "mimeType": "video/mp4"}
    }
    data = [(part["inlineData"]["mimeType"], part["inlineData"]["data"]) for part in
            (asked[1], asked[2], asked[4])]  # fmt: skip
    assert [(kind, base64.urlsafe_b64decode(_urlsafe(one))) for kind, one in data] == [
        ("image/png", image.read_bytes()),
        ("audio/wav", b"\x00\x01\xff"),
        ("application/pdf", b"%PDF-1.7 >>>"),
    ]


def _urlsafe(data: str) -> str:
    return data.replace("+", "-").replace("/", "_")


def test_what_is_declared_goes_along_with_every_prompt(bench: Bench, tmp_path: Path) -> None:
    system = tmp_path / "system.md"
    system.write_bytes("\ufeffBe brief: {{ name }} {% raw %} {#\r\nstays {".encode() + b"\n")
    safety = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
    _submit(
        bench,
        questions(2),
        system=system,
        generation_config={"temperature": 0.5, "thinking_config": {"thinking_level": "low"}},
        request={"safety_settings": safety, "tools": [{"url_context": {}}]},
    )
    for request in _asked(bench):
        assert request["systemInstruction"] == {
            "parts": [{"text": "Be brief: {{ name }} {% raw %} {#\r\nstays {"}]
        }
        assert request["generationConfig"] == {
            "responseMimeType": "application/json",
            "temperature": 0.5,
            "thinkingConfig": {"thinkingLevel": "low"},
        }
        assert request["safetySettings"] == safety
        assert request["tools"] == [{"urlContext": {}}]


def test_what_the_service_would_refuse_is_held_back(bench: Bench) -> None:
    with pytest.raises(HeldBack, match="Do you mean `google_search`"):
        _submit(bench, questions(1), request={"tools": [{"google_serch": {}}]})
    assert bench.endpoints() == []


def test_schema_stands_where_the_system_instruction_says(bench: Bench) -> None:
    _submit(bench, questions(2), system="Answer by {{ schema }}, {{ else }}.", schema=Label)
    (text,) = (part["text"] for part in _asked(bench)[0]["systemInstruction"]["parts"])
    schema = text.removeprefix("Answer by ").removesuffix(", {{ else }}.")
    assert json.loads(schema) == Label.model_json_schema()


@given(st.one_of(st.text(), st.text("{}%#\"'\\\n\r sx"), st.lists(
    st.sampled_from(["{{", "}}", "{%", "%}", "{#", "#}", "{", "\\", '"', "\n", "\r\n", "raw", "x"])
).map("".join)))  # fmt: skip
def test_template_of_any_text_renders_to_that_text(text: str) -> None:
    assert render(compile_template(as_template(text), file="t"), {}) == text


# -- a run like any other ----------------------------------------------------------------------


def test_retry_asks_the_failed_prompts_again(bench_with: MakeBench) -> None:
    bench = bench_with(faults="truncated@2_,error_line=13@4_")
    prompts = questions(5)
    _submit(bench, prompts, system="Be brief.", **LABELS)
    bench.processor().resume("r")
    bench.sandbox.restart("--faults", "none")
    processor = bench.processor()
    again = processor.retry("r", name="again", poll_interval=INTERVAL)
    report = processor.resume(again.id)
    assert report["counts"]["accepted"] == 2
    assert [one["item_id"] for one in bench.envelopes("again")] == ["2", "4"]
    texts = [request["contents"][0]["parts"][0]["text"] for request in _asked(bench, "again")]
    assert texts == [prompts[1], prompts[3]]
    assert _asked(bench, "again")[0]["systemInstruction"]["parts"] == [{"text": "Be brief."}]


def test_answers_known_already_are_not_paid_for_again(bench: Bench) -> None:
    _submit(bench, questions(3), **LABELS)
    bench.processor().resume("r")
    processor = bench.processor()
    status = _make(bench, questions(3), run="s", **LABELS)
    assert status.job is None
    processor.resume("s")
    first = list(processor.results("r", model=Label))
    assert list(processor.results("s", model=Label)) == first
    assert len(bench.calls("batches.create")) == 1
    assert _make(bench, questions(3), run="t", fresh=True, **LABELS).job is not None


def test_prompts_may_come_one_by_one(bench: Bench) -> None:
    given: list[int] = []

    def made() -> Iterator[str]:
        for number, prompt in enumerate(questions(4)):
            given.append(number)
            yield prompt

    _submit(bench, made(), **LABELS)
    assert given == [0, 1, 2, 3]
    assert bench.processor().resume("r")["counts"]["accepted"] == 4


def test_name_must_be_one_of_a_task(bench: Bench) -> None:
    with pytest.raises(WrongUsage, match="a task's name is made of"):
        _submit(bench, questions(1), name="My Prompts")


def test_outputs_stand_under_the_lists_name(bench: Bench) -> None:
    _submit(bench, questions(2), name="labels", **LABELS)
    bench.processor().resume("r")
    assert sorted(path.name for path in (bench.outputs / "labels").iterdir()) == [
        "1.json",
        "2.json",
    ]
