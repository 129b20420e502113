"""The fields that the service knows: an unknown one fails the whole job when it is created.

Source: v1beta Discovery document of 2026-08-22 and google-genai 3.4.0's types, read 2026-11-21.
"""

from typing import Any

from sandbox.wire import camel

Messages = dict[str, dict[str, str | None]]


def _message(plain: str, **nested: str) -> dict[str, str | None]:
    return dict.fromkeys(plain.split()) | nested


REQUEST = "GenerateContentRequest"
MESSAGES: Messages = {
    REQUEST: _message(
        "model cachedContent serviceTier store labels continuationToken",
        tools="Tool",
        toolConfig="ToolConfig",
        contents="Content",
        systemInstruction="Content",
        safetySettings="SafetySetting",
        generationConfig="GenerationConfig",
    ),
    "Content": _message("role", parts="Part"),
    "Part": _message(
        "text thought thoughtSignature partMetadata functionCall functionResponse executableCode "
        "codeExecutionResult videoMetadata mediaResolution toolCall toolResponse",
        inlineData="Blob",
        fileData="FileData",
    ),
    "Blob": _message("mimeType data displayName"),
    "FileData": _message("mimeType fileUri displayName"),
    "SafetySetting": _message(
        "", category="enum HarmCategory", threshold="enum HarmBlockThreshold"
    ),
    "Tool": _message(
        "codeExecution computerUse googleMaps mcpServers urlContext",
        fileSearch="FileSearch",
        functionDeclarations="FunctionDeclaration",
        googleSearch="GoogleSearch",
        googleSearchRetrieval="GoogleSearchRetrieval",
    ),
    "FileSearch": _message("fileSearchStoreNames metadataFilter topK"),
    "FunctionDeclaration": _message(
        "behavior description name parametersJsonSchema responseJsonSchema",
        parameters="Schema",
        response="Schema",
    ),
    "GoogleSearch": _message("searchTypes timeRangeFilter"),
    "GoogleSearchRetrieval": _message("dynamicRetrievalConfig"),
    "ToolConfig": _message(
        "includeServerSideToolInvocations retrievalConfig",
        functionCallingConfig="FunctionCallingConfig",
    ),
    "FunctionCallingConfig": _message("allowedFunctionNames", mode="enum FunctionCallingMode"),
    "GenerationConfig": _message(
        "candidateCount stopSequences maxOutputTokens temperature topP topK seed "
        "responseMimeType responseJsonSchema _responseJsonSchema presencePenalty "
        "frequencyPenalty responseLogprobs logprobs enableEnhancedCivicAnswers "
        "responseModalities speechConfig imageConfig mediaResolution responseFormat",
        responseSchema="Schema",
        thinkingConfig="ThinkingConfig",
    ),
    "ThinkingConfig": _message("includeThoughts thinkingBudget thinkingLevel"),
    "Schema": _message(
        "type format title description nullable enum maxItems minItems required minProperties "
        "maxProperties minLength maxLength pattern example propertyOrdering default minimum "
        "maximum",
        properties="map Schema",
        items="Schema",
        anyOf="Schema",
    ),
}
SCHEMA_TYPES = frozenset(
    ["TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"]
)
ENUMS = {
    "HarmCategory": frozenset(
        [
            "HARM_CATEGORY_UNSPECIFIED", "HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH",
            "HARM_CATEGORY_SEXUALLY_EXPLICIT", "HARM_CATEGORY_DANGEROUS_CONTENT",
            "HARM_CATEGORY_CIVIC_INTEGRITY", "HARM_CATEGORY_JAILBREAK", "HARM_CATEGORY_IMAGE_HATE",
            "HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT", "HARM_CATEGORY_IMAGE_HARASSMENT",
            "HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT",
        ]
    ),
    "HarmBlockThreshold": frozenset(
        [
            "HARM_BLOCK_THRESHOLD_UNSPECIFIED", "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE",
            "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF",
        ]
    ),
    "FunctionCallingMode": frozenset(["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"]),
}  # fmt: skip


class UnknownField(ValueError):
    """A field that the message does not have, or a value that the field cannot take."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        super().__init__(reason)


def check_fields(value: Any, message: str = REQUEST) -> None:
    """Refuse unknown fields and misplaced values, at any depth.

    Raises
    ------
    UnknownField: the first one found, with the words that the service has for it.
    """
    if message.startswith("map "):
        for entry in value.values():
            check_fields(entry, message.removeprefix("map "))
        return
    if isinstance(value, list):
        for entry in value:
            check_fields(entry, message)
        return
    if not isinstance(value, dict):
        raise UnknownField("", f"invalid value for type {message}")
    known = MESSAGES[message]
    for name, inner in value.items():
        spelling = name if name in known else camel(name)
        if spelling not in known:
            raise UnknownField(name, f"no such field: '{name}'")
        nested = known[spelling]
        if nested is None and message == "Schema" and spelling == "type":
            _check_type(inner)
        elif nested is not None:
            _check_nested(name, inner, nested)


def _check_nested(name: str, value: Any, nested: str) -> None:
    if not nested.startswith("enum "):
        check_fields(value, nested)
    elif not isinstance(value, str) or value not in ENUMS[nested.removeprefix("enum ")]:
        raise UnknownField(name, f"invalid value for enum field {name}: {value!r}")


def _check_type(value: Any) -> None:
    if isinstance(value, list):
        raise UnknownField("type", "Proto field is not repeating, cannot start list.")
    if not isinstance(value, str) or value.upper() not in SCHEMA_TYPES:
        raise UnknownField("type", f"invalid value for enum field type: {value!r}")
