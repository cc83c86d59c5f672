"""
Name rules, in one place.

Source: Azure Machine Learning's naming rules for models, web services and computes.
"""

import re

MODEL_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}", re.ASCII)
SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?", re.ASCII)
SERVICE_NAME_LENGTHS = range(3, 33)
MODELS_PER_SERVICE = 1000


def model_name_problem(name: str) -> str | None:
    """Say what is wrong with a model's *name*, with a name that would do; ``None`` when nothing is."""
    if MODEL_NAME.fullmatch(name):
        return None
    rule = "1 to 255 letters, digits, '-', '_' or '.', the first a letter or digit"
    return _problem("model", name, rule, _closest_model_name(name))


def service_name_problem(name: str) -> str | None:
    """Say what is wrong with a service's *name*, with a name that would do; ``None`` when nothing is."""
    if SERVICE_NAME.fullmatch(name) and len(name) in SERVICE_NAME_LENGTHS:
        return None
    rule = "3 to 32 lowercase letters, digits or '-', the first a letter, the last no '-'"
    return _problem("service", name, rule, _closest_service_name(name))


def _problem(kind: str, name: str, rule: str, suggestion: str) -> str:
    hint = f"; try {suggestion!r}" if suggestion else ""
    return f"{kind} name {name!r} is not allowed: {rule}{hint}"


def _closest_model_name(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9\-._]+", "-", name).lstrip("-._")[:255].rstrip("-")


def _closest_service_name(name: str) -> str:
    candidate = re.sub(r"[^a-z0-9]+", "-", name.lower()).lstrip("-0123456789")[: SERVICE_NAME_LENGTHS[-1]].strip("-")
    return candidate if len(candidate) in SERVICE_NAME_LENGTHS else ""
