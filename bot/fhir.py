"""FHIR resources as text, each checked first against the published R4B models by a library.

The library checks structure; the codes of FHIR's closed sets are checked here, from the sets that it carries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

OPEN_SET = "+"  # stands in a set of the library that is not whole


class NotInstalled(Exception):
    """The library is an extra of the package, which few clinics need."""


def as_json(resource: Mapping[str, Any]) -> str:
    """The resource as it is written to a file. Raises: NotInstalled, ValueError for one that is no R4B."""
    try:
        from fhir.resources.R4B import get_fhir_model_class
    except ImportError:
        raise NotInstalled from None
    model = get_fhir_model_class(resource["resourceType"]).model_validate(dict(resource))
    if wrong := sorted(set(_outside(model))):
        raise ValueError(f"codes that FHIR does not know: {', '.join(wrong)}")
    return str(model.model_dump_json(indent=2))


def _outside(model: BaseModel) -> Iterator[str]:
    """Fields whose code is none of its closed set, through the whole tree."""
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        extra = info.json_schema_extra
        allowed = extra.get("enum_values") if isinstance(extra, dict) else None
        if isinstance(allowed, list) and OPEN_SET not in allowed:
            told = value if isinstance(value, list) else [value]
            if any(one is not None and one not in allowed for one in told):
                yield f"{type(model).__name__}.{name}"
        for one in value if isinstance(value, list) else [value]:
            if hasattr(type(one), "model_fields"):
                yield from _outside(one)
