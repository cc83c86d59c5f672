"""The settings of a stack: the one place that reads configuration."""

import json
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Annotated

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret
from pydantic import Field, ValidationError

from stack.block import Block
from stack.environments import declared_problems
from stack.errors import ALLOW_EMPTY, NAMESPACE, SERVICES, Problem, StackSettingsError
from stack.fields import Switch
from stack.inference import EnvironmentSettings
from stack.inference_file import with_inference_files
from stack.problems import closest, problems_of, without_echoes
from stack.registry import RegistryLogin, RegistrySettings, host_problems
from stack.secrets import Secrets
from stack.service import ServiceSettings
from stack.service_rules import service_problems
from stack.sharing import model_problems, port_problems
from stack.source import config_of, read_stack_file


class StackSettings(Block):
    """All settings of one stack; each field is the configuration key ``modelport:<field>``."""

    registry: RegistrySettings = RegistrySettings()
    """Where registered models are kept."""
    registries: dict[str, RegistryLogin] = Field(default_factory=dict)
    """Logins at registries by host. The provider gets them from the engine; no resource ever does."""
    environments: dict[str, EnvironmentSettings] = Field(default_factory=dict)
    """Environments that services share, by name."""
    services: dict[str, ServiceSettings] = Field(default_factory=dict)
    """Scoring endpoints by name."""
    allow_empty: Annotated[bool, Switch()] = False
    """Let a stack have no services; otherwise an update that removes all of them is refused."""


def parse_settings(
    values: Mapping[str, object],
    *,
    stack_file: Mapping[str, object] | None = None,
    secret_keys: AbstractSet[str] = frozenset(),
    root: Path = Path(),
) -> StackSettings:
    """
    Read *values*, decrypted and decoded, by whole key (``modelport:services``).

    *stack_file* is the parsed file, which alone shows the encrypted leaves; *secret_keys* are the whole keys that the
    engine calls secret; files that the settings name count from *root*. Raises `StackSettingsError` with every finding.
    """
    secrets = Secrets.found_in(stack_file, secret_keys)
    files = with_inference_files(values, root)
    values = files.values
    problems = [
        *files.problems,
        *secrets.problems(values),
        *_misspelt_namespaces(stack_file),
        *declared_problems(values),
        *service_problems(values),
        *port_problems(values),
        *model_problems(values),
        *host_problems(values),
        *_removed_services(values),
    ]
    settings = None
    try:
        fields = {_field(key): value for key, value in values.items()}
        settings = StackSettings.model_validate(fields, by_alias=False, by_name=True)
    except ValidationError as error:
        found = problems_of(error, StackSettings, secrets.hides)
        problems += [problem for problem in found if not secrets.misplaced(problem.place)]
    if settings is None or problems:
        raise StackSettingsError(
            map(files.moved, without_echoes(problems))
        ) from None  # pydantic's own text quotes values
    return settings


def load_settings() -> StackSettings:
    """
    Read the settings of the stack that is running.

    Raises `StackSettingsError` with every finding, and `stack.errors.StackFileError` when the file cannot be read.
    """
    keys = sorted(key for key in {**get_config_env(), **CONFIG.get()} if key.startswith(f"{NAMESPACE}:"))
    root = Path(pulumi.get_root_directory() or ".")  # older language hosts leave it unset, and start us there
    return parse_settings(
        {key: _decoded(pulumi.Config(NAMESPACE).get(_field(key))) for key in keys},
        stack_file=read_stack_file(root, pulumi.get_stack()),
        secret_keys={key for key in keys if is_config_secret(key)},
        root=root,
    )


def _field(key: str) -> str:
    return key.removeprefix(f"{NAMESPACE}:")


def _decoded(text: str | None) -> object:
    """Decode mappings and lists, which arrive as JSON; scalars arrive as their text."""
    if text is None or not text.startswith(("{", "[")):
        return text
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def _misspelt_namespaces(stack_file: Mapping[str, object] | None) -> Iterator[Problem]:
    for key in config_of(stack_file):
        namespace, _, field = key.partition(":")
        ours = closest(field, StackSettings.model_fields)
        if namespace != NAMESPACE and ours and closest(namespace, [NAMESPACE]):
            whole = f"{NAMESPACE}:{ours}"
            yield Problem((key,), f"unknown key; did you mean {whole!r}?", suggests=whole)


def _removed_services(values: Mapping[str, object]) -> Iterator[Problem]:
    services = values.get(SERVICES)
    allowed = str(values.get(ALLOW_EMPTY)).lower() == "true"
    if not allowed and (services is None or (isinstance(services, Mapping) and not services)):
        text = f"none is declared, which would take away every running service; declare one, or set {ALLOW_EMPTY}: true"
        yield Problem((SERVICES,), text, is_missing=True)
