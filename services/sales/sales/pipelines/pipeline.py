"""A pipeline: its stages in order, and what an opportunity still lacks to go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.conditions.python import compiled
from chassis.conditions.tree import Group, Rule, parse
from chassis.errors import Invalid
from sales.pipelines.models import PipelineStage


class _AnyField:
    """Evidence has whatever keys the criteria name."""

    def __contains__(self, name: object) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages in their order."""

    stages: Sequence[PipelineStage]

    @property
    def first(self) -> PipelineStage:
        """Where opportunities begin."""
        return self.stages[0]

    @property
    def won(self) -> PipelineStage:
        """Where won opportunities end."""
        return self.stages[-1]

    def stage(self, key: str) -> PipelineStage:
        """Return the stage; raise Invalid when the pipeline has none of this key."""
        for stage in self.stages:
            if stage.key == key:
                return stage
        known = ", ".join(stage.key for stage in self.stages)
        raise Invalid(f"{key!r} is no stage; use one of {known}", path=("input", "stage"))

    def after(self, key: str) -> PipelineStage:
        """Return the next stage, the last one for itself."""
        place = self.stages.index(self.stage(key))
        return self.stages[min(place + 1, len(self.stages) - 1)]

    def missing(self, key: str, record: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the criteria that keep an opportunity from the stage after this one."""
        criteria = list(self.stage(key).exit_criteria)
        if self.after(key) is self.won:
            criteria += self.won.exit_criteria
        return _unmet(criteria, record)

    def is_won(self, record: Mapping[str, Any]) -> bool:
        """Tell whether all is there that winning takes."""
        return not _unmet(self.won.exit_criteria, record)


def _unmet(criteria: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = ("key", "label_zh", "label_en")
    return [
        {name: criterion[name] for name in names} for criterion in criteria if not _met(criterion, record)
    ]


def _met(criterion: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    tree: Group | Rule = parse(criterion["condition"], fields=_AnyField())
    try:
        return compiled(tree)(record)
    except (TypeError, AttributeError):  # evidence of another type than the criterion compares with
        return False
