"""countTokens, through the real SDK, of the sandbox: it proves the way there, not the figure."""

from __future__ import annotations

import pytest

from processor.api.counting import count_sample
from processor.core.fault import GatewayFault
from processor.core.json_bytes import decode
from processor.core.sample import Sampled
from processor.effects.gemini import GeminiGateway
from processor.errors import ServiceRefused
from sandbox.tokens import count_tokens
from tests.bench import Bench, notes
from tests.processor_tokens.corpora import notes_task, text_of

MODEL = "gemini-3.6-flash"


@pytest.fixture
def gateway(bench: Bench) -> GeminiGateway:
    return GeminiGateway(
        api_key=bench.key, base_url=bench.sandbox.url, timeout_seconds=10, trust_env=False
    )


def _sample(count: int) -> list[Sampled]:
    lines = [text_of(notes_task(), note)[1] for note in notes(count)]
    return [Sampled(line, 100) for line in lines]


def _exact(line: bytes) -> int:
    request = decode(line)["request"]
    prompt = request["contents"][0]["parts"][0]["text"]
    return count_tokens(prompt) + count_tokens(request["systemInstruction"]["parts"][0]["text"])


def test_system_instruction_is_counted_with_the_prompt(gateway: GeminiGateway) -> None:
    (one,) = _sample(1)
    request = decode(one.line)["request"]
    assert gateway.count_tokens(model=MODEL, request=request) == _exact(one.line)


def test_a_sample_is_counted_and_nothing_else_is_asked(
    bench: Bench, gateway: GeminiGateway
) -> None:
    sample, told = _sample(4), list[int]()
    found = count_sample(gateway, MODEL, sample, calibration_factor=2.0, progress=told.append)
    assert found is not None
    exact = sum(_exact(one.line) for one in sample)
    assert (found.requests, found.estimated_tokens, found.counted_tokens) == (4, 400, exact)
    assert found.calibration.factor == pytest.approx(2.0 * exact / 400)
    assert found.line().startswith(f"countTokens of 4 requests: {exact:,} tokens, estimated 400 (")
    assert bench.endpoints() == ["countTokens"] * 4
    assert told == [1, 2, 3, 4]


def test_an_empty_sample_asks_nothing(bench: Bench, gateway: GeminiGateway) -> None:
    assert count_sample(gateway, MODEL, []) is None
    assert not bench.endpoints()


def test_a_refused_count_says_that_nothing_was_sent(gateway: GeminiGateway) -> None:
    with pytest.raises(ServiceRefused, match="Nothing was sent; without --count-tokens"):
        count_sample(gateway, "no-such-model", _sample(1))
    with pytest.raises(GatewayFault):
        gateway.count_tokens(model="no-such-model", request={"contents": []})
