"""Caps how long tickets and cached credentials live."""

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

TICKET = types.Rule(
    "ticket-timeout",
    Severity.ERROR,
    "Tickets could be redeemed for longer than the organisation allows.",
    "Lower ticketTimeout.",
)
CACHE = types.Rule(
    "cache-timeout",
    Severity.WARNING,
    "Credentials would be cached for longer than the organisation allows.",
    "Lower credCacheTimeout.",
)

# Each element of the update file with its rule, the setting that caps it, and why.
CAPS = {
    "ticketTimeout": (
        TICKET,
        "max-ticket-minutes",
        "whoever steals a ticket may redeem it until then",
    ),
    "credCacheTimeout": (
        CACHE,
        "max-cache-minutes",
        "a withdrawn mapping works until then",
    ),
}


class About:
    def describe(self):
        name, version, summary = PROJECT["name"], PROJECT["version"], PROJECT["description"]
        return types.Description(name, version, summary, [TICKET, CACHE], SCHEMA)


class Validator:
    def validate(self, file, system, settings):
        caps = json.loads(settings)
        findings = []
        for element in file.elements:
            rule, setting, why = CAPS.get(element.name, (None, None, None))
            if setting in caps and minutes(element) > caps[setting]:
                findings.append(too_long(rule, element, caps[setting], why))
        return findings


def minutes(element):
    """A whole number, which regent has checked; anything else is not let through."""
    try:
        return int(element.value)
    except ValueError:
        raise Err(f"{element.name} is no number of minutes: {element.value}")


def too_long(rule, element, cap, why):
    said = "1 minute" if cap == 1 else f"{cap} minutes"
    label = types.Label(element.span, f"at most {said}")
    message = f"{element.name} is {element.value}, and the organisation allows {said}"
    fix = types.Fix(f"lower it to {cap}", [types.Edit(element.span, str(cap))])
    return types.Finding(rule.id, rule.severity, message, [label], f"lower it: {why}", [fix])
