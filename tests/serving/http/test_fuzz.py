"""Requests made from the server's own OpenAPI schema, right and wrong ones: each is answered, or refused in JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serving.served import Served

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.text(st.characters(categories=["Cs"]), min_size=1, max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
CHEAP = {"max_tokens": 2, "max_completion_tokens": 2, "max_output_tokens": 2, "n_predict": 2, "n": 2, "min_tokens": 0}


def values(schema: dict[str, Any], whole: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What `schema` allows, as far as it says."""
    if "$ref" in schema:
        return values(whole["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], whole)
    if "anyOf" in schema:
        return st.one_of([values(option, whole) for option in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    match schema.get("type"):
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema.get("minimum", -5), schema.get("maximum", 300))
        case "number":
            least, most = schema.get("minimum", schema.get("exclusiveMinimum", -3)), schema.get("maximum", 3)
            return st.floats(least, most, exclude_min="exclusiveMinimum" in schema)
        case "string":
            return st.text(max_size=12) | st.sampled_from(["user", "text", "tiny", "root ::= [a-z]", "[ab]+"])
        case "array":
            return st.lists(values(schema["items"], whole), min_size=schema.get("minItems", 0), max_size=3)
        case "object" if "properties" in schema:
            return objects(schema, whole)
        case "object":
            inner = schema.get("additionalProperties")
            names = st.text(max_size=6) | st.sampled_from(["type", "text", "schema", "json_schema", "7"])
            return st.dictionaries(names, values(inner, whole) if isinstance(inner, dict) else ANYTHING, max_size=3)
    return ANYTHING


def objects(schema: dict[str, Any], whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with all required and a few of the other properties."""
    fields = {name: values(inner, whole) for name, inner in schema["properties"].items()}
    required = schema.get("required", [])
    optional = [name for name in fields if name not in required]

    @st.composite
    def drawn(draw: st.DrawFn) -> dict[str, Any]:
        chosen = draw(st.lists(st.sampled_from(optional), max_size=4, unique=True)) if optional else []
        return {name: draw(fields[name]) for name in [*required, *chosen]}

    return drawn()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_request_is_answered_or_refused_in_openais_json(served: Served, data: st.DataObject) -> None:
    spec = served.app.openapi()
    places = sorted((path, method) for path, methods in spec["paths"].items() for method in methods)
    path, method = data.draw(st.sampled_from(places), "place")
    body: Any = None
    if content := spec["paths"][path][method].get("requestBody"):
        body = data.draw(values(content["content"]["application/json"]["schema"], spec), "body")
        if data.draw(st.booleans(), "spoilt"):
            fields = st.sampled_from(sorted(body)) if body else st.nothing()
            name = data.draw(fields | st.text(max_size=5), "field")
            body[name] = data.draw(ANYTHING, "value")
        if path == "/v1/responses":
            body.setdefault("max_output_tokens", 2)
        elif "embeddings" not in path and not data.draw(st.integers(0, 3), "as it is"):
            body |= {"max_tokens": 2}
        for name, most in CHEAP.items():  # the answers are not what is tried here
            if isinstance(body.get(name), int) and body[name] > most:
                body[name] = most
    name = data.draw(st.sampled_from(["tiny", "nobody", "a/b", "%00", "..%2f"]), "model")
    raw = None if body is None else json.dumps(body).encode()
    response = served.request(method.upper(), path.replace("{model}", name), raw)
    assert response.status_code in (200, 400, 404), response.text
    if response.status_code != 200:
        error = response.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert error["message"]
    elif "text/event-stream" in response.headers["content-type"]:
        last = response.text.rstrip().rpartition("data: ")[2]
        assert last == "[DONE]" or json.loads(last)["type"] in ("response.completed", "response.incomplete"), last
    elif method == "post":
        told = ("choices", "data", "tokens", "prompt", "output", "results")
        assert next(name for name in told if name in response.json())
