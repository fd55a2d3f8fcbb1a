"""Lets only listed servers become the master secret server."""

import json
import tomllib
from pathlib import Path

from componentize_py_types import Err
from wit_world.imports import types
from wit_world.imports.types import Severity

# Read while the component is built; when it runs there are no files.
HERE = Path(__file__).parent
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
SCHEMA = (HERE / "settings.schema.json").read_text()
DENIED = "The server is not on the list of allowed servers."
REMEDY = "Name a server of the list, or add this one to it."
RULE = types.Rule("not-allowed", Severity.ERROR, DENIED, REMEDY)


class About:
    def describe(self):
        name, version, summary = PROJECT["name"], PROJECT["version"], PROJECT["description"]
        return types.Description(name, version, summary, [RULE], SCHEMA)


class Validator:
    def validate(self, file, system, settings):
        allowed, findings = allowed_servers(settings), []
        for element in file.elements:
            if element.name == "secretServer":
                label = types.Label(element.span, "not allowed")
                for rule, message, help in refusals(element.value, allowed):
                    findings.append(types.Finding(rule, Severity.ERROR, message, [label], help, []))
        return findings


class Promoter:
    def decide(self, promotion, settings):
        refused = refusals(promotion.wanted.secret_server, allowed_servers(settings))
        reasons = [types.Reason(*refusal) for refusal in refused]
        return types.Decision_Deny(reasons) if reasons else types.Decision_Approve()


def allowed_servers(settings):
    """The `servers` of `[plugin.settings]`. What is raised denies; an `Err` also says why."""
    try:
        servers = json.loads(settings)["servers"]
    except (ValueError, LookupError, TypeError):
        raise Err("the settings name no list of servers")
    return servers


def refusals(server, allowed):
    """Why a server may not be the master; nothing where it may."""
    # Bytes have no case beyond ASCII.
    if server.encode().lower() in [name.encode().lower() for name in allowed]:
        return []
    message = f"{server} is not on the list of allowed servers"
    return [(RULE.id, message, "name one of " + ", ".join(allowed))]
