"""The OpenAPI document says what the HTTP API does, and the API does what it says, whatever it is sent."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import one_of
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from app.api_docs import OPERATIONS, PAGES, openapi
from tests.attacks.world import World
from tests.report import report

EXAMPLES = int(os.environ.get("STANDIN_REQUESTS", "6"))
"""Of each operation."""

ENDS_THE_LOGIN = {"account.log_out", "account.refresh", "account.revoke_session", "workspace.change"}
"""Of this session, or of all who come later: sign-up by invitation."""

TOO_LONG_AN_ADDRESS = 414
"""The web server's own answer, before there is a request for the app to answer."""

NO_MODEL = 503
"""What asks a model is refused where none is configured, as here."""

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


def test_every_route_is_a_page_or_in_the_document(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == OPERATIONS.keys() | PAGES
    assert not OPERATIONS.keys() & PAGES


def test_the_document_is_served_and_its_references_lead_somewhere(client: FlaskClient) -> None:
    answer = client.get("/api/docs")
    assert answer.status_code == 200
    document = answer.get_json()
    assert document["openapi"] == "3.1.0"
    named = {part.split('"')[0] for part in answer.get_data(as_text=True).split("#/components/schemas/")[1:]}
    assert named
    assert named <= document["components"]["schemas"].keys()


def test_what_needs_no_login_says_so(client: FlaskClient) -> None:
    paths = client.get("/api/docs").get_json()["paths"]
    assert paths["/users/login"]["post"]["security"] == []
    assert "security" not in paths["/api/rooms"]["get"]


@pytest.mark.torture
@pytest.mark.timeout(180 + 20 * EXAMPLES)
def test_requests_made_from_the_document_are_answered_as_it_says(app: Flask, world: World) -> None:
    tried = 0
    schema = schemathesis.openapi.from_dict(openapi(app))
    for operation in (result.ok() for result in schema.get_all_operations()):
        if operation.definition.raw["operationId"] not in ENDS_THE_LOGIN:
            tried += _ask(operation, world)
    assert tried >= 25 * EXAMPLES
    report(f"{tried} requests made from the OpenAPI document: all answered as it says, no error of ours")


def _ask(operation: Any, world: World) -> int:
    """Well-formed requests, and such as break the schema. How many were made."""
    asked = 0
    kinds = (operation.as_strategy(GenerationMode.POSITIVE), operation.as_strategy(GenerationMode.NEGATIVE))

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=one_of(*kinds))
    def ask(case: Case) -> None:
        nonlocal asked
        asked += 1
        headers = {"Authorization": f"Bearer {world.eve.token}"}
        response = case.call(base_url=world.eve.url, headers=headers)
        if response.status_code == NO_MODEL:
            assert response.json()["error"]["code"] == "assistant_unavailable"
        elif response.status_code != TOO_LONG_AN_ADDRESS:
            case.validate_response(response, checks=CHECKS)

    with suppress(Unsatisfiable):  # an operation that takes nothing cannot be asked wrongly
        ask()
    return asked
