"""The messages within a request: tools, their config, safety settings, parts of a prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# The tables are google-genai 3.4.0's types without what its converters refuse on the Developer API. A test
# makes them again from the installed SDK and compares; importing it here would cost half a second.
#
# Kinds: those of preflight_fields; `Name`: such a message; `=Name`: such an enum; `[…]`: a list; `{…}`:
# a map, whose keys are the user's own; `secret`: a key, which would be kept in every file of a run.
REQUEST: Final[Mapping[str, str]] = {
    "cachedContent": "string",
    "continuationToken": "any",
    "labels": "any",
    "safetySettings": "[SafetySetting]",
    "serviceTier": "any",
    "store": "boolean",
    "toolConfig": "ToolConfig",
    "tools": "[Tool]",
}
"""What stands beside the prompt, the system instruction and generationConfig."""
MESSAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "Tool": {
        "codeExecution": "ToolCodeExecution",
        "computerUse": "ComputerUse",
        "fileSearch": "FileSearch",
        "functionDeclarations": "[FunctionDeclaration]",
        "googleMaps": "GoogleMaps",
        "googleSearch": "GoogleSearch",
        "googleSearchRetrieval": "GoogleSearchRetrieval",
        "mcpServers": "[McpServer]",
        "urlContext": "UrlContext",
    },
    "ToolCodeExecution": {},
    "UrlContext": {},
    "WebSearch": {},
    "ImageSearch": {},
    "ComputerUse": {
        "disabledSafetyPolicies": "[=SafetyPolicy]",
        "enablePromptInjectionDetection": "boolean",
        "environment": "=Environment",
        "excludedPredefinedFunctions": "strings",
    },
    "FileSearch": {
        "fileSearchStoreNames": "strings",
        "metadataFilter": "string",
        "topK": "integer",
    },
    "FunctionDeclaration": {
        "behavior": "=Behavior",
        "description": "string",
        "name": "string",
        "parameters": "Schema",
        "parametersJsonSchema": "any",
        "response": "Schema",
        "responseJsonSchema": "any",
    },
    "GoogleMaps": {"authConfig": "AuthConfig", "enableWidget": "boolean"},
    "AuthConfig": {"apiKey": "secret"},
    "GoogleSearch": {"searchTypes": "SearchTypes", "timeRangeFilter": "Interval"},
    "SearchTypes": {"imageSearch": "ImageSearch", "webSearch": "WebSearch"},
    "Interval": {"endTime": "any", "startTime": "any"},
    "GoogleSearchRetrieval": {"dynamicRetrievalConfig": "DynamicRetrievalConfig"},
    "DynamicRetrievalConfig": {
        "dynamicThreshold": "number",
        "mode": "=DynamicRetrievalConfigMode",
    },
    "McpServer": {"name": "string", "streamableHttpTransport": "StreamableHttpTransport"},
    "StreamableHttpTransport": {
        "headers": "secret",
        "sseReadTimeout": "string",
        "terminateOnClose": "boolean",
        "timeout": "string",
        "url": "string",
    },
    "ToolConfig": {
        "functionCallingConfig": "FunctionCallingConfig",
        "includeServerSideToolInvocations": "boolean",
        "retrievalConfig": "RetrievalConfig",
    },
    "FunctionCallingConfig": {
        "allowedFunctionNames": "strings",
        "mode": "=FunctionCallingConfigMode",
    },
    "RetrievalConfig": {"languageCode": "string", "latLng": "LatLng"},
    "LatLng": {"latitude": "number", "longitude": "number"},
    "SafetySetting": {"category": "=HarmCategory", "threshold": "=HarmBlockThreshold"},
    "Schema": {
        "anyOf": "[Schema]",
        "default": "any",
        "description": "string",
        "enum": "strings",
        "example": "any",
        "format": "string",
        "items": "Schema",
        "maxItems": "integer",
        "maxLength": "integer",
        "maxProperties": "integer",
        "maximum": "number",
        "minItems": "integer",
        "minLength": "integer",
        "minProperties": "integer",
        "minimum": "number",
        "nullable": "boolean",
        "pattern": "string",
        "properties": "{Schema}",
        "propertyOrdering": "strings",
        "required": "strings",
        "title": "string",
        "type": "=Type",
    },
    # What a prompt is made of; the SDK's Part has more, of earlier turns and of answers.
    "Part": {
        "fileData": "FileData",
        "inlineData": "Blob",
        "mediaResolution": "PartMediaResolution",
        "text": "string",
        "videoMetadata": "VideoMetadata",
    },
    "Blob": {"data": "string", "displayName": "string", "mimeType": "string"},
    "FileData": {"displayName": "string", "fileUri": "string", "mimeType": "string"},
    "PartMediaResolution": {"level": "=PartMediaResolutionLevel", "numTokens": "integer"},
    "VideoMetadata": {
        "contentLayers": "[=VideoMetadataContentLayer]",
        "endOffset": "string",
        "fps": "number",
        "startOffset": "string",
    },
}
VERTEX_FIELDS: Final = frozenset(
    [
        "blockingConfidence", "enterpriseWebSearch", "exaAiSearch", "excludeDomains",
        "groundingTypes", "method", "parallelAiSearch", "retrieval", "streamFunctionCallArguments",
    ]
)  # fmt: skip
"""Known to the SDK within these messages, and refused by it on the Developer API."""
MESSAGE_ENUMS: Final[Mapping[str, frozenset[str]]] = {
    "Behavior": frozenset(["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"]),
    "DynamicRetrievalConfigMode": frozenset(["MODE_UNSPECIFIED", "MODE_DYNAMIC"]),
    "Environment": frozenset(
        [
            "ENVIRONMENT_UNSPECIFIED", "ENVIRONMENT_BROWSER", "ENVIRONMENT_MOBILE",
            "ENVIRONMENT_DESKTOP",
        ]
    ),
    "FunctionCallingConfigMode": frozenset(["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"]),
    "HarmBlockThreshold": frozenset(
        [
            "HARM_BLOCK_THRESHOLD_UNSPECIFIED", "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE",
            "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF",
        ]
    ),
    "HarmCategory": frozenset(
        [
            "HARM_CATEGORY_UNSPECIFIED", "HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH",
            "HARM_CATEGORY_SEXUALLY_EXPLICIT", "HARM_CATEGORY_DANGEROUS_CONTENT",
            "HARM_CATEGORY_CIVIC_INTEGRITY", "HARM_CATEGORY_JAILBREAK", "HARM_CATEGORY_IMAGE_HATE",
            "HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT", "HARM_CATEGORY_IMAGE_HARASSMENT",
            "HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT",
        ]
    ),
    "PartMediaResolutionLevel": frozenset(
        [
            "MEDIA_RESOLUTION_UNSPECIFIED", "MEDIA_RESOLUTION_LOW", "MEDIA_RESOLUTION_MEDIUM",
            "MEDIA_RESOLUTION_HIGH", "MEDIA_RESOLUTION_ULTRA_HIGH",
        ]
    ),
    "SafetyPolicy": frozenset(
        [
            "SAFETY_POLICY_UNSPECIFIED", "FINANCIAL_TRANSACTIONS", "SENSITIVE_DATA_MODIFICATION",
            "COMMUNICATION_TOOL", "ACCOUNT_CREATION", "DATA_MODIFICATION",
            "USER_CONSENT_MANAGEMENT", "LEGAL_TERMS_AND_AGREEMENTS",
        ]
    ),
    "Type": frozenset(
        ["TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"]
    ),
    "VideoMetadataContentLayer": frozenset(
        ["CONTENT_LAYER_UNSPECIFIED", "FRAMES", "AUDIO", "TRANSCRIPT"]
    ),
}  # fmt: skip
