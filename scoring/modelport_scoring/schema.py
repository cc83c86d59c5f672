"""The document at ``/swagger.json``: Swagger 2.0, in the shape that Azure ML's server gives it."""

from collections.abc import Mapping
from typing import Any, Final

from modelport_scoring.scorer import Schema
from modelport_scoring.wire import HEALTH_PATH, SCORE_PATH, SWAGGER_PATH

VERSIONS: Final = frozenset({"", "2", "2.0"})
"""Values of the query's ``version`` that mean this document."""

Node = dict[str, Any]


def swagger(schema: Schema, *, name: str, version: str) -> Node:
    """Describe the service *name* of *version*, which takes and gives what *schema* says."""
    return {
        "swagger": "2.0",
        "info": {
            "title": name,
            "description": f"API specification for the Azure Machine Learning service {name}",
            "version": version,
        },
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {
            "Bearer": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "description": "For example: Bearer abc123",
            }
        },
        "paths": _paths(),
        "definitions": {
            "ServiceInput": dict(schema.input),
            "ServiceOutput": dict(schema.output),
            "ErrorResponse": {"type": "object", "properties": {"message": {"type": "string"}}},
        },
    }


def _paths() -> Node:
    text: Mapping[str, Any] = {"type": "string"}
    return {
        HEALTH_PATH: {
            "get": {
                "operationId": "ServiceHealthCheck",
                "description": "Simple health check endpoint to ensure the service is up at any given point.",
                "responses": _responses("If service is up and running, this response will be returned", text),
            }
        },
        SCORE_PATH: {
            "post": {
                "operationId": "RunMLService",
                "description": "Run web service's model and get the prediction output",
                "security": [{"Bearer": []}],
                "parameters": [
                    {
                        "name": "serviceInputPayload",
                        "in": "body",
                        "description": "The input payload for executing the real-time machine learning service.",
                        "schema": {"$ref": "#/definitions/ServiceInput"},
                    }
                ],
                "responses": _responses(
                    "The service processed the input correctly and provided a result prediction, if applicable.",
                    {"$ref": "#/definitions/ServiceOutput"},
                ),
            }
        },
        SWAGGER_PATH: {
            "get": {
                "operationId": "GetSwaggerSpec",
                "description": "Get the specification of the service.",
                "responses": _responses("The specification", {"type": "object"}),
            }
        },
    }


def _responses(description: str, schema: Mapping[str, Any]) -> Node:
    error = {"description": "An error occurred", "schema": {"$ref": "#/definitions/ErrorResponse"}}
    return {"200": {"description": description, "schema": dict(schema)}, "default": error}
