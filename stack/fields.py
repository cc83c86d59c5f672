"""
How one value of the stack file is read: its rule for the reader, its rule as JSON Schema, its rule in an error.

``pulumi config set --path`` writes 0.5 as ``"0.5"``, so numbers and switches are also taken from text. The other way
round is refused where it loses something: YAML reads 1.10 as 1.1, and a date as a time stamp.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from modelport.keys import KEY_RULE, is_usable
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SecretStr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

BROKEN_RULE = "broken_rule"
"""Type of the errors raised here; its context holds ``rule`` and ``hidden`` (the value must not be shown)."""

_WHOLE = re.compile(r"[+-]?[0-9]+")
_TIME_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+")  # how the engine prints a YAML date


def broken(rule: str, *, hidden: bool = False) -> PydanticCustomError:
    """Make the error of a value that breaks *rule*; *hidden* keeps the value out of the message."""
    return PydanticCustomError(BROKEN_RULE, "{rule}", {"rule": rule, "hidden": hidden})


class Rule:
    """What stands in ``Annotated[type, Rule]``: pydantic asks it to read the value and to describe itself."""

    def read(self, value: object) -> object:
        """Turn *value* into the setting; raise `broken` when it breaks the rule."""
        raise broken(repr(value))

    def schema(self) -> JsonSchemaValue:
        """Describe what `read` accepts."""
        return {}

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return self.schema()


@dataclass(frozen=True)
class Whole(Rule):
    """A whole number from *minimum* to *maximum*, both included."""

    minimum: int
    maximum: int

    def read(self, value: object) -> int:
        """Take an integer, a float without fraction, or either written as text."""
        number = _whole(value)
        if number is None or not self.minimum <= number <= self.maximum:
            msg = f"must be a whole number from {self.minimum} to {self.maximum}"
            raise broken(msg)
        return number

    def schema(self) -> JsonSchemaValue:
        """Accept digits in quotes as well."""
        number = {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}
        return {"anyOf": [number, {"type": "string", "pattern": "^[+-]?[0-9]+$"}]}


def _whole(value: object) -> int | None:
    if isinstance(value, str) and len(value) <= 20 and _WHOLE.fullmatch(value):  # noqa: PLR2004 - more digits are no count
        return int(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


@dataclass(frozen=True)
class Amount(Rule):
    """A number above 0 (or, when *zero* is allowed, from 0), at most *maximum*, in *unit*."""

    unit: str
    maximum: float
    zero: bool = False

    def read(self, value: object) -> float:
        """Take a finite number, or one written as text."""
        number = _number(value)
        if number is None or not 0 <= number <= self.maximum or (number == 0 and not self.zero):
            bound = "from 0" if self.zero else "above 0"
            msg = f"must be a number of {self.unit} {bound} to {self.maximum:g}"
            raise broken(msg)
        return number

    def schema(self) -> JsonSchemaValue:
        """Accept a number in quotes as well."""
        bound = {"minimum": 0} if self.zero else {"exclusiveMinimum": 0}
        number = {"type": "number", **bound, "maximum": self.maximum}
        return {"anyOf": [number, {"type": "string", "pattern": r"^[0-9]*\.?[0-9]+$"}]}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True)
class Switch(Rule):
    """True or false."""

    def read(self, value: object) -> bool:
        """Take a boolean, or ``"true"`` and ``"false"``."""
        known = {True: True, False: False, "true": True, "false": False}
        if not isinstance(value, bool | str) or value not in known:
            msg = "must be true or false"
            raise broken(msg)
        return known[value]

    def schema(self) -> JsonSchemaValue:
        """Accept both words in quotes as well."""
        return {"anyOf": [{"type": "boolean"}, {"enum": ["true", "false"]}]}


@dataclass(frozen=True)
class Text(Rule):
    """Text that is not empty; *whole* numbers are taken too, when said so; *hidden* values are not shown in errors."""

    whole: bool = False
    hidden: bool = False

    def read(self, value: object) -> str:
        """Take text; refuse what YAML has already turned into something else."""
        if self.whole and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, int | float):
            msg = "must be text: quote it, because YAML reads 1.10 as the number 1.1"
            raise broken(msg, hidden=self.hidden)
        if isinstance(value, str) and self.whole and _TIME_STAMP.fullmatch(value):
            msg = "must be text: quote it, because YAML reads a date as a time stamp"
            raise broken(msg, hidden=self.hidden)
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            msg = "must be text that is not empty"
            raise broken(msg, hidden=self.hidden)
        return value

    def schema(self) -> JsonSchemaValue:
        """Accept what `read` does."""
        text: JsonSchemaValue = {"type": "string", "minLength": 1}
        return {"anyOf": [text, {"type": "integer"}]} if self.whole else text


VERSION_LIKE = Text(whole=True)
"""For versions, tag and property values: text that looks like a number."""


@dataclass(frozen=True)
class Matching(Rule):
    """Text that *fault* finds no fault with; *pattern* says the same in JSON Schema."""

    fault: Callable[[str], str | None]
    pattern: str

    def read(self, value: object) -> str:
        """Take text that passes."""
        text = Text().read(value)
        fault = self.fault(text)
        if fault is not None:
            raise broken(fault)
        return text

    def schema(self) -> JsonSchemaValue:
        """Say the pattern."""
        return {"type": "string", "pattern": self.pattern}


@dataclass(frozen=True)
class Address(Rule):
    """An IP address of this machine to listen on."""

    def read(self, value: object) -> str:
        """Take an IPv4 or IPv6 address and write it in its shortest form."""
        try:
            return str(ip_address(value)) if isinstance(value, str) else self._refuse()
        except ValueError:
            return self._refuse()

    def _refuse(self) -> str:
        msg = "must be an IP address, such as 127.0.0.1 (this machine only) or 0.0.0.0 (every network it is in)"
        raise broken(msg)

    def schema(self) -> JsonSchemaValue:
        """Accept both families."""
        return {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}


@dataclass(frozen=True)
class Url(Rule):
    """An http(s) URL without a password, which would otherwise be stored in clear."""

    def read(self, value: object) -> str:
        """Take an http or https URL; never show one that is refused, since it may hold a password."""
        text = Text(hidden=True).read(value)
        try:
            parts = urlsplit(text)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            msg = "must be an http:// or https:// URL"
            raise broken(msg, hidden=True)
        if "@" in parts.netloc:
            msg = "must be a URL without user or password, which would be stored in clear: put them into ~/.netrc"
            raise broken(msg, hidden=True)
        return text

    def schema(self) -> JsonSchemaValue:
        """Say the pattern."""
        return {"type": "string", "pattern": "^https?://[^@/]+(/.*)?$"}


@dataclass(frozen=True)
class Secret(Rule):
    """A value that `pulumi config set --secret` encrypts; read into a `SecretStr`, and never shown."""

    rule: str = f"text of {KEY_RULE}, because it travels in a header"
    fits: Callable[[str], bool] = is_usable

    def read(self, value: object) -> SecretStr:
        """Take text that fits."""
        if isinstance(value, SecretStr):
            return value
        if isinstance(value, str) and self.fits(value):
            return SecretStr(value)
        msg = f"must be {self.rule}"
        raise broken(msg, hidden=True)

    def schema(self) -> JsonSchemaValue:
        """Accept the encrypted form, which is how it should stand in a file, and text."""
        encrypted = {
            "type": "object",
            "properties": {"secure": {"type": "string"}},
            "required": ["secure"],
            "additionalProperties": False,
        }
        return {"anyOf": [encrypted, {"type": "string", "minLength": 1}]}
