"""Mapping files: how the columns of somebody's files become fields of our mutations."""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class MappingError(Exception):
    """A mapping file cannot be used as it is."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(_Strict):
    """Where a field's value comes from, and how it is cleaned.

    One of `column`, `template` (with `{column}` in it) or `value`. `replace` maps dirty spellings to
    clean ones and every use is reported. `lookup` turns the value into the id of an earlier step's record.
    A `money` needs its `currency`.
    """

    column: str | None = None
    template: str | None = None
    value: Any = None
    replace: dict[str, str] = Field(default_factory=dict)
    choices: dict[str, str] = Field(default_factory=dict)
    lookup: str | None = None
    type: Literal["text", "integer", "decimal", "money", "date", "slug"] = "text"
    times: int = 1
    currency: str | None = None
    report_empty: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Target":
        if sum(source is not None for source in (self.column, self.template, self.value)) != 1:
            raise ValueError("a field needs exactly one of column, template and value")
        if (self.type == "money") != (self.currency is not None):
            raise ValueError("type money and currency go together")
        return self


class Step(_Strict):
    """One file sent through one mutation.

    `mutation` is a bulk one (`import…`: an input with `rows`) or one called per row. `key` is the column
    (or template) by which later steps look records up. `only` skips rows where that column is empty and
    `distinct` takes one row per value.
    """

    name: str
    file: str
    mutation: str
    fields: dict[str, Target]
    key: str | None = None
    only: str | None = None
    distinct: str | None = None

    @property
    def bulk(self) -> bool:
        """Tell whether the mutation takes many rows."""
        return self.mutation.startswith("import")


class Mapping(_Strict):
    """All steps, in the order they are taken."""

    steps: list[Step]

    @model_validator(mode="after")
    def _lookups_point_back(self) -> "Mapping":
        known: set[str] = set()
        for step in self.steps:
            for name, target in step.fields.items():
                if target.lookup is not None and target.lookup not in known:
                    raise ValueError(f"{step.name}.{name} looks up {target.lookup}, which is no earlier step")
            known.add(step.name)
        return self


def load(path: Path) -> Mapping:
    """Return the mapping in a YAML file; raise MappingError naming what is wrong with it."""
    try:
        return Mapping.model_validate(yaml.safe_load(path.read_text()))
    except OSError as error:
        raise MappingError(f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise MappingError(f"{path} is no YAML: {error}") from error
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(str(part) for part in wrong["loc"])
        raise MappingError(f"{path}: {where}: {wrong['msg']}") from error


def shipped(folder: Path) -> Path:
    """Return the mapping that comes with this command for a folder of this name."""
    path = Path(__file__).parent.parent / "mappings" / f"{folder.name}.yaml"
    if not path.exists():
        raise MappingError(f"There is no mapping for {folder.name}; name one with --mapping")
    return path
