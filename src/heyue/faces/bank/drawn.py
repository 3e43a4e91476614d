"""The reference of the gateway, drawn from the OpenAPI document, the shapes and the clients' own docstrings."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable
from typing import Any

from heyue.faces.bank.api import api
from heyue.gateway import client, events, line, server, signing, wire
from heyue.gateway.problems import TITLES
from heyue.gateway.server import store_check

CLIENTS = (client.PlatformClient, client.BankClient, line.Line, signing.Signer)
ERRORS = (line.Unreachable, line.Refused, client.NotOurCustomer)
SHAPES = (wire.LinkAsked, wire.Cards, wire.Card, wire.ActivityPage, wire.Application, wire.Terms, wire.Envelope,
          wire.NegotiationPage, wire.NegotiationTold, wire.PlatformKeys, wire.Fate)  # fmt: skip
KIT = (server.BankServer, server.Negotiation, server.SqliteStore, server.Store, server.Transaction)
KIT_ROWS = (server.Message, server.Outgoing, server.Link, server.Key, server.Gap)
KIT_ERRORS = (server.NotTaken, server.HashDiffers, server.Conflict, store_check.NotAsAsked)
_QUOTED = re.compile(r"(?<=[:>] )'([^']*)'")
"""An annotation as ``inspect`` writes it; a default stands after an equals sign."""
HEAD = """# The gateway's reference

Drawn from the code by `docs/draw.py`; the rules behind it stand in [gateway-v1.md](gateway-v1.md), the machine form
in [openapi.json](openapi.json).
"""


def page() -> str:
    """Return docs/protocol/reference.md."""
    document: Any = api.get_openapi_schema()
    parts = [
        HEAD,
        "## What the platform serves\n",
        _operations(document["paths"]),
        "## What a bank serves\n",
        _webhooks(document["webhooks"]),
        "## Events, bank → platform\n",
        *(_shape(name, model) for name, model in events.FROM_BANK.items()),
        "## Events, platform → bank\n",
        *(_shape(name, model) for name, model in events.FROM_PLATFORM.items()),
        "## Other shapes\n",
        *(_shape(model.__name__, model) for model in SHAPES),
        "## Problems\n",
        "| code | title |\n|---|---|",
        *(f"| `{code}` | {title} |" for code, title in TITLES.items()),
        "\n## The typed clients, `heyue.gateway`\n",
        *(_class(one) for one in CLIENTS),
        "### What they raise\n",
        *(f"`{one.__name__}`: {_said(one)}\n" for one in ERRORS),
        "## The server kit, `heyue.gateway.server`\n",
        "How to use it: [join.md](join.md).\n",
        *(_class(one) for one in KIT),
        "### What it keeps\n",
        *(f"`{one.__name__}{_signature(one)}`: {_said(one)}\n" for one in KIT_ROWS),
        "### A store of one's own\n",
        f"`heyue.gateway.server.store_check.check{_signature(store_check.check)}`: {_said(store_check.check)}\n",
        "### What it raises\n",
        *(f"`{one.__name__}`: {_said(one)}\n" for one in KIT_ERRORS),
    ]
    return "\n".join(parts).rstrip() + "\n"


def document() -> str:
    """Return docs/protocol/openapi.json."""
    told: Any = api.get_openapi_schema()
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _operations(paths: dict[str, Any]) -> str:
    rows = ["| request | what | answers |", "|---|---|---|"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            answers = ", ".join(f"`{status}`" for status in operation["responses"])
            rows.append(f"| `{method.upper()} {path}` | {operation['summary']} | {answers} |")
    return "\n".join(rows) + "\n"


def _webhooks(webhooks: dict[str, Any]) -> str:
    rows = ["| request | what | answers |", "|---|---|---|"]
    for operations in webhooks.values():
        for operation in operations.values():
            answers = ", ".join(f"`{status}`" for status in operation["responses"])
            served = operation["description"].partition("`")[2].partition("`")[0]
            rows.append(f"| `{served}` | {operation['summary']} | {answers} |")
    return "\n".join(rows) + "\n"


def _shape(name: str, model: type[wire.Shape]) -> str:
    """One shape: its sentence, and a row for each field."""
    told = model.model_json_schema(by_alias=True)
    needed = set(told.get("required", ()))
    rows = [
        f"| `{field}` | {_type(one)} | {'yes' if field in needed else 'no'} |"
        for field, one in told["properties"].items()
    ]
    return "\n".join([f"### `{name}`\n", _said(model), "", "| field | what | needed |", "|---|---|---|", *rows, ""])


def _type(told: dict[str, Any]) -> str:
    """Say a JSON Schema in a few words."""
    if "$ref" in told:
        return str(told["$ref"]).rpartition("/")[2]
    if "anyOf" in told:
        return " or ".join(_type(one) for one in told["anyOf"])
    if "enum" in told:
        return ", ".join(f"`{one}`" for one in told["enum"])
    if "const" in told:
        return f"`{told['const']}`"
    kind = str(told.get("format") or told.get("type") or "anything")
    if kind == "array":
        return f"list of {_type(told.get('items') or {})}"
    limits = [f"at most {told['maxLength']} characters"] if "maxLength" in told else []
    limits += [f"`{told['pattern']}`".replace("|", "\\|")] if "pattern" in told else []
    return ", ".join([kind, *limits])


def _class(one: type[Any]) -> str:
    made = "" if getattr(one, "_is_protocol", False) or one is server.Negotiation else _signature(one)
    module = server.__name__ if one in KIT else one.__module__
    parts = [f"### `{module}.{one.__name__}{made}`\n", inspect.cleandoc(one.__doc__ or ""), ""]
    for name, method in _methods(one):
        called = f" -> {method.fget.__annotations__['return']}" if isinstance(method, property) else _signature(method)
        parts += [f"`{name}{called}`", f": {' '.join(inspect.cleandoc(method.__doc__ or '').split())}", ""]
    return "\n".join(parts)


def _methods(one: type[Any]) -> Iterable[tuple[str, Any]]:
    for name, method in vars(one).items():
        if not name.startswith("_") and (inspect.isfunction(method) or isinstance(method, classmethod | property)):
            yield name, getattr(one, name)


def _signature(of: Any) -> str:
    told = inspect.signature(of)
    kept = [
        one.replace(default=inspect.Parameter.empty) if callable(one.default) else one
        for one in told.parameters.values()
        if one.name not in ("self", "transport")
    ]
    return _QUOTED.sub(r"\1", str(told.replace(parameters=kept)))


def _said(of: Any) -> str:
    return " ".join(inspect.cleandoc(of.__doc__ or "").split())
