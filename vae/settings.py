"""Settings as people write them: their names, what each may be, and one sentence where a value is not possible."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from vae.config import RunConfig


class ConfigError(ValueError):
    """A setting that cannot be used; the message is one sentence that names it, its value and what is allowed."""


class ConflictError(ConfigError):
    """Settings that are possible each, but not together."""


def field_title(name: str) -> str:
    """The label that people see for the field `name`, e.g. "Latent dimension"."""
    return RunConfig.model_fields[name].title or name


def field_words(name: str) -> str:
    """The same within a sentence, e.g. "latent dimension", but "KL weight"."""
    title = field_title(name)
    return title if title[1].isupper() else title[0].lower() + title[1:]


def choices(field: FieldInfo) -> tuple[str, ...] | None:
    """The values that a field may take which has a list of them, or None for a number or free text."""
    if named := _extra(field).get("choices"):
        return tuple(named)
    return getattr(field.annotation, "__args__", None)


def _extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def bounds(field: FieldInfo) -> dict[str, float]:
    """The limits of a numeric field, under pydantic's names: any of `gt`, `ge`, `lt`, `le`."""
    limits = {}
    for rule in field.metadata:
        for name in ("gt", "ge", "lt", "le"):
            if hasattr(rule, name):
                limits[name] = getattr(rule, name)
    return limits


def allowed(name: str) -> str:
    """What the field `name` accepts, in words: "a whole number from 1 to 500"."""
    field = RunConfig.model_fields[name]
    if values := choices(field):
        also = _extra(field).get("also")
        return "one of " + ", ".join(values) + (f", or {also}" if also else "")
    if field.annotation is str:
        return "widths from 1 to 2048 such as 200 or 400-200, or nothing"
    limits = bounds(field)
    kind = "a whole number" if field.annotation is int else "a number"
    low = f"above {limits['gt']:g} and" if "gt" in limits else f"from {_plain(limits['ge'])}"
    return f"{kind} {low} {'up ' if 'gt' in limits else ''}to {_plain(limits['le'])}"


def parse_config(values: Mapping[str, Any], base: RunConfig | None = None) -> RunConfig:
    """The config that `base` becomes with `values` set, each given as a number or as text.

    Args:
        values: settings by field name, from a form, a URL, a flag or a file.
        base: the config to change; the tutorial's if not given.

    Raises:
        ConfigError: a name or a value that is not allowed.
    """
    for name in values:
        if name not in RunConfig.model_fields:
            raise ConfigError(
                f"There is no setting {name!r:.60}; the settings are {', '.join(RunConfig.model_fields)}."
            )
    try:
        return RunConfig.model_validate({**(base or RunConfig()).model_dump(), **values})
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:  # settings that do not go together
            raise ConflictError(first["msg"].removeprefix("Value error, ")) from None
        name = str(first["loc"][0])
        raise ConfigError(f"{name} = {values.get(name)!s:.60} is not possible: it must be {allowed(name)}.") from None


def _plain(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ") if number >= 10_000 else f"{number:g}"
