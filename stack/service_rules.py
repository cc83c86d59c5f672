"""Rules inside one service that concern more than one key."""

import re
from collections.abc import Iterator, Mapping

from modelport.naming import MODELS_PER_SERVICE, service_name_problem

from stack.errors import Place, Problem
from stack.inference_rules import inference_problems
from stack.model import REFERENCE_PATTERN
from stack.prebuilt_rules import is_prebuilt, missing_models, prebuilt_problems
from stack.raw import RawService, mapping, models, services
from stack.target_rules import target_problems

OF_A_VERSION = (
    "tags", "properties", "description", "framework", "framework_version",
    "resources", "sample_input", "sample_output", "trust", "unpack",
)  # fmt: skip


def service_problems(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what is wrong inside each service; *values* by whole key."""
    yield from missing_models(values)
    for place, service in services(values):
        fault = service_name_problem(str(place[-1]))
        if fault:
            yield Problem(place, fault)
        yield from prebuilt_problems(place, service) if is_prebuilt(service) else _count_problems(place, service)
        for model_place, model in models(place, service):
            yield from _model_problems(model_place, model)
        yield from _script_problems(place, service)
        inference, image = mapping(service.get("inference")), mapping(service.get("image"))
        yield from inference_problems((*place, "inference"), inference, image)
        yield from target_problems(place, service)
        yield from _keys_problems((*place, "keys"), mapping(service.get("keys")))


def _count_problems(place: Place, service: RawService) -> Iterator[Problem]:
    count = len(list(models(place, service)))
    if isinstance(service.get("models"), list | tuple) and not 1 <= count <= MODELS_PER_SERVICE:
        yield Problem((*place, "models"), f"found {count} models; a service has 1 to {MODELS_PER_SERVICE}")


def _model_problems(place: Place, model: Mapping[str, object]) -> Iterator[Problem]:
    path, reference = model.get("path"), model.get("reference")
    if path is None and reference is None:
        text = "missing (file or folder to register; or give a reference of a registered model)"
        yield Problem((*place, "path"), text, is_missing=True)
    if path is not None and reference is not None:
        yield Problem((*place, "reference"), "stands beside a path; keep one: path registers, reference names")
    if isinstance(reference, str):
        yield from _reference_problems(place, model, reference)
    if model.get("framework_version") is not None and model.get("framework") is None:
        yield Problem((*place, "framework_version"), "needs a framework beside it, such as framework: ScikitLearn")


def _reference_problems(place: Place, model: Mapping[str, object], reference: str) -> Iterator[Problem]:
    name = model.get("name")
    ending = f"/models/{name}@"
    if not re.fullmatch(REFERENCE_PATTERN, reference) or (isinstance(name, str) and ending not in reference):
        rule = f"must be <store>/models/{name}@sha256:<64 hexadecimal digits>, as `modelport models list` prints it"
        yield Problem((*place, "reference"), f"found {reference!r}; {rule}")
    for field in OF_A_VERSION:
        if model.get(field) is not None:
            yield Problem((*place, field), "cannot be given with a reference: the registered version has its own")


def _script_problems(place: Place, service: RawService) -> Iterator[Problem]:
    """Without a script only one model can be served: nothing would say which of several answers."""
    inference = mapping(service.get("inference"))
    script = (*place, "inference", "entry_script")
    count = sum(1 for _ in models(place, service))
    if inference.get("entry_script") is not None:
        return
    if count > 1:
        text = f"missing (the service has {count} models; without a script it can have only one, ONNX or scikit-learn)"
        yield Problem(script, text, is_missing=True)
    if inference.get("source_directory") is not None:
        yield Problem(script, "missing (a source_directory is given, which goes along with a script)", is_missing=True)


def _keys_problems(place: Place, keys: Mapping[str, object]) -> Iterator[Problem]:
    primary, secondary = keys.get("primary"), keys.get("secondary")
    if isinstance(primary, str) and primary and primary == secondary:
        yield Problem((*place, "secondary"), "must differ from the primary key, or neither can be replaced alone")
