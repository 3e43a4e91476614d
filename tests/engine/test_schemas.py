"""The published schemas say what the parsers read and what the engine answers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heyue.engine import interest_request, menu, recommend_request, schedule
from heyue.engine.budget import FIELDS as BUDGET_FIELDS
from heyue.engine.interest import account
from heyue.engine.recommend import recommend
from heyue.engine.rules.agreement import FIELDS as AGREEMENT_FIELDS
from tests.engine.test_recommend import ASKED, DEBT, POLICY
from tests.engine.test_rules import SOUND
from tests.engine.worked_examples import cases

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def flaws(value: Any, schema: Any, at: str = "") -> Iterator[str]:
    """The keywords that these schemas use, and no others."""
    if isinstance(schema, bool):
        if not schema:
            yield f"{at}: not allowed"
        return
    if "$ref" in schema:
        file, _, path = schema["$ref"].partition("#/$defs/")
        yield from flaws(value, load(file)["$defs"][path], at)
    if "type" in schema:
        right = isinstance(value, TYPES[schema["type"]])
        if not right or (schema["type"] == "integer" and isinstance(value, bool)):
            yield f"{at}: not of type {schema['type']}"
            return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: not in {schema['enum']}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{at}: {value!r} does not match {schema['pattern']}"
    if type(value) is int and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{at}: {value} out of bounds"
    if isinstance(value, dict):
        known = schema.get("properties", {})
        yield from (f"{at}/{name}: missing" for name in schema.get("required", ()) if name not in value)
        for name, entry in value.items():
            if name in known:
                yield from flaws(entry, known[name], f"{at}/{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{at}/{name}: unknown"
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} items"
        for index, entry in enumerate(value):
            yield from flaws(entry, schema.get("items", True), f"{at}/{index}")
    for keyword, wanted in (("anyOf", range(1, 99)), ("oneOf", range(1, 2))):
        branches = [list(flaws(value, branch, at)) for branch in schema.get(keyword, ())]
        if branches and sum(not found for found in branches) not in wanted:
            yield f"{at}: {keyword}: {branches}"


def assert_fits(value: Any, name: str) -> None:
    assert list(flaws(value, load(name))) == []


@pytest.mark.parametrize("case", cases("interest") + cases("interest_published"), ids=lambda case: case["name"])
def test_interest_examples_fit(case: dict[str, Any]) -> None:
    assert_fits(case["given"], "interest.input.json")
    assert_fits(account(case["given"]), "interest.output.json")


@pytest.mark.parametrize("case", cases("schedule") + cases("schedule_published"), ids=lambda case: case["name"])
def test_schedule_examples_fit(case: dict[str, Any]) -> None:
    assert_fits(case["given"], "schedule.input.json")
    assert_fits(schedule.schedule(case["given"]), "schedule.output.json")


@pytest.mark.parametrize(
    "asked",
    [
        ASKED,
        {**ASKED, "budget": {"monthly_affordable": "1"}},
        {**ASKED, "debts": [{**DEBT, "policy": {**POLICY, "minimum_instalment": "9999999"}}]},
        {**ASKED, "budget": {"income": [{"kind": "wage", "monthly": "3000"}], "expenses": [], "dependants": 1}},
    ],
)
def test_recommend_examples_fit(asked: dict[str, Any]) -> None:
    assert_fits(asked, "recommend.input.json")
    assert_fits(recommend(asked), "recommend.output.json")


def test_an_agreement_fits() -> None:
    assert_fits(SOUND, "check.input.json")


def test_schemas_name_the_fields_that_the_parsers_know() -> None:
    common = load("common.json")["$defs"]
    interest, request = load("interest.input.json")["properties"], load("recommend.input.json")["properties"]
    debt = request["debts"]["items"]["properties"]
    named = [
        (common["interest_terms"]["properties"], interest_request._TERMS),
        (interest["opening"]["properties"], interest_request._OPENING),
        (interest["events"]["items"]["properties"], interest_request._EVENT),
        (interest, interest_request._REQUEST),
        (interest["terms_changes"]["items"]["properties"], interest_request._CHANGE),
        (load("schedule.input.json")["properties"], schedule._FIELDS),
        (load("check.input.json")["properties"]["schedule"]["properties"], schedule._FIELDS),
        (request, recommend_request.REQUEST_FIELDS),
        (debt, recommend_request._DEBT),
        (debt["policy"]["properties"], menu._FIELDS),
        (request["budget"]["anyOf"][1]["properties"], BUDGET_FIELDS),
        (load("check.input.json")["properties"], AGREEMENT_FIELDS),
    ]
    for properties, known in named:
        assert set(properties) == set(known)


def test_every_schema_points_to_parts_that_exist() -> None:
    for path in sorted(FOLDER.glob("*.json")):
        for reference in re.findall(r'"\$ref": "([^"]+)"', path.read_text(encoding="utf-8")):
            file, _, name = reference.partition("#/$defs/")
            assert name in load(file)["$defs"], f"{path.name}: {reference}"
