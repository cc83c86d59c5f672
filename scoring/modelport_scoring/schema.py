"""The document of a service, in the shape that Azure ML's server gives it: Swagger 2.0, OpenAPI 3.0 and 3.1."""

from collections.abc import Mapping
from typing import Any, Final

from modelport_scoring.scorer import Schema
from modelport_scoring.wire import HEALTH_PATH, SCORE_PATH, SWAGGER_PATH

VERSIONS: Final = {"2": "2.0", "3": "3.0", "3.1": "3.1"}
"""What the query's ``version`` is called, and the document's own version."""
OPENAPI: Final = {"3.0": "3.0.3", "3.1": "3.1.0"}
FAILURE: Final = "The service failed to execute due to an error."

Node = dict[str, Any]


def documents(schema: Schema, *, name: str, version: str, prefix: str = "") -> dict[str, Node]:
    """
    Describe the service *name* of *version*, which takes and gives what *schema* says.

    By the query's ``version``; *prefix* stands before the paths, as a gateway puts it there.
    """
    info = {
        "title": name,
        "description": f"API specification for the Azure Machine Learning service {name}",
        "version": version,
    }
    made = {asked: own for asked, own in VERSIONS.items() if own in schema.versions}
    return {
        asked: _swagger(schema, info, prefix) if own == "2.0" else _openapi(schema, info, prefix, OPENAPI[own])
        for asked, own in made.items()
    }


def _swagger(schema: Schema, info: Node, prefix: str) -> Node:
    shapes = _Shapes("#/definitions/", has_content=False)
    return {
        "swagger": "2.0",
        "info": info,
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": _security(),
        "paths": shapes.paths(prefix),
        "definitions": _definitions(schema),
    }


def _openapi(schema: Schema, info: Node, prefix: str, version: str) -> Node:
    shapes = _Shapes("#/components/schemas/", has_content=True)
    return {
        "openapi": version,
        "info": info,
        "security": [{"Bearer": []}],
        "paths": shapes.paths(prefix),
        "components": {"schemas": _definitions(schema), "securitySchemes": _security()},
    }


def _definitions(schema: Schema) -> Node:
    return {
        "ServiceInput": dict(schema.input),
        "ServiceOutput": dict(schema.output),
        "ErrorResponse": {"type": "object", "properties": {"message": {"type": "string"}}},
    }


def _security() -> Node:
    told = "For example: Bearer abc123"
    return {"Bearer": {"type": "apiKey", "name": "Authorization", "in": "header", "description": told}}


class _Shapes:
    """How the two generations of the format write the same things."""

    def __init__(self, definitions: str, *, has_content: bool) -> None:
        self._definitions = definitions
        self._has_content = has_content

    def paths(self, prefix: str) -> Node:
        """Describe the three routes."""
        health = "If service is up and running, this response will be returned with the content 'Healthy'"
        scored = "The service processed the input correctly and provided a result prediction, if applicable."
        return {
            prefix + HEALTH_PATH: {
                "get": {
                    "operationId": "ServiceHealthCheck",
                    "description": "Simple health check endpoint to ensure the service is up at any given point.",
                    "responses": self._responses(self._text(health, "Healthy")),
                }
            },
            prefix + SCORE_PATH: {
                "post": {
                    "operationId": "RunMLService",
                    "description": "Run web service's model and get the prediction output",
                    "security": [{"Bearer": []}],
                    **self._payload("The input payload for executing the real-time machine learning service."),
                    "responses": self._responses(self._json(scored, self._reference("ServiceOutput"))),
                }
            },
            prefix + SWAGGER_PATH: {
                "get": {
                    "operationId": "GetSwaggerSpec",
                    "description": "Get the Swagger specification.",
                    "parameters": [self._version()],
                    "responses": self._responses(self._text("The Swagger specification.")),
                }
            },
        }

    def _responses(self, success: Node) -> Node:
        return {"200": success, "default": self._json(FAILURE, self._reference("ErrorResponse"))}

    def _reference(self, name: str) -> Node:
        return {"$ref": self._definitions + name}

    def _json(self, description: str, schema: Mapping[str, Any]) -> Node:
        if self._has_content:
            return {"description": description, "content": {"application/json": {"schema": dict(schema)}}}
        return {"description": description, "schema": dict(schema)}

    def _text(self, description: str, example: str = "") -> Node:
        if self._has_content:
            schema = {"type": "string"} | ({"example": example} if example else {})
            return {"description": description, "content": {"text/plain": {"schema": schema}}}
        examples = {"examples": {"application/json": example}} if example else {}
        return {"description": description, "schema": {"type": "string"}, **examples}

    def _payload(self, description: str) -> Node:
        schema = self._reference("ServiceInput")
        if self._has_content:
            return {"requestBody": self._json(description, schema)}
        body = {"name": "serviceInputPayload", "in": "body", "description": description, "schema": schema}
        return {"parameters": [body]}

    def _version(self) -> Node:
        kind: Node = {"type": "integer", "enum": [2, 3]}
        return {"name": "version", "in": "query", "required": False} | ({"schema": kind} if self._has_content else kind)
