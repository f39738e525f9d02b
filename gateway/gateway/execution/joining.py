"""Questions that differ only in what they ask about become one, and its answer theirs."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import orjson

from gateway.execution.lookups import Lookup, numbered
from gateway.execution.questions import EntityList, Question, head

Answer = dict[str, Any]
Path = Sequence[Any]
# The data of each question, and what tells whose error it is that has a path, and the path there.
Split = tuple[list[Answer], Callable[[Path], tuple[int, Path]]]

MOST_ENTITIES = 100
MOST_LOOKUPS = 8  # each number of them is a document of its own, which the subgraph keeps


class AboutAll(Exception):
    """An answer says something that is not about one of the questions."""


def shape(question: Question) -> Hashable:
    """What all questions have that can be asked as one; None if this one can only be asked alone."""
    fetch = question.fetch
    if fetch.lists:
        return fetch.service, fetch.head, orjson.dumps(question.variables) if question.variables else b""
    return (fetch.service, fetch.head) if fetch.lookup else None


def share(question: Question) -> float:
    """How much of what may be asked at once this question is."""
    if question.fetch.lookup:
        return 1 / MOST_LOOKUPS
    return sum([len(each) for each in question.entities.values()]) / MOST_ENTITIES


def together(questions: Sequence[Question]) -> Question:
    """One question instead of several of one shape."""
    first = questions[0]
    fetch = first.fetch
    if len(questions) == 1:
        return first
    if fetch.lookup is None:
        names = [each.variable for each in fetch.lists]
        joined = {name: [e for each in questions for e in each.entities[name]] for name in names}
        return Question(fetch, fetch.head, first.variables, joined)
    several = head(fetch.lookup.several(len(questions)))
    given = enumerate([each.variables.items() for each in questions])
    variables = {numbered(number, name): value for number, items in given for name, value in items}
    return Question(fetch, several, variables, {})


def parts(answer: Answer, questions: Sequence[Question]) -> list[Answer]:
    """The answer to each of several questions; raises AboutAll."""
    data, fetch = answer.get("data"), questions[0].fetch
    if type(data) is not dict:
        raise AboutAll
    kept = {name: value for name, value in answer.items() if name not in ("data", "errors")}
    each, owner = _lookups(data, questions, fetch.lookup) if fetch.lookup else _lists(data, questions)
    found: list[Answer] = [{"data": own, **kept} for own in each]
    for error in answer.get("errors") or ():
        number, path = owner(error.get("path") or ())
        found[number].setdefault("errors", []).append({**error, "path": path})
    return found


def _lookups(data: Answer, questions: Sequence[Question], lookup: Lookup) -> Split:
    owners = {
        numbered(number, name): (number, name) for number in range(len(questions)) for name in lookup.names
    }
    each: list[Answer] = [{} for _ in questions]
    for alias, value in data.items():
        if alias not in owners:
            raise AboutAll
        number, name = owners[alias]
        each[number][name] = value

    def owner(path: Path) -> tuple[int, Path]:
        if not path or path[0] not in owners:
            raise AboutAll
        number, name = owners[path[0]]
        return number, [name, *path[1:]]

    return each, owner


def _lists(data: Answer, questions: Sequence[Question]) -> Split:
    each: list[Answer] = [{} for _ in questions]
    owners = {}
    for asked in questions[0].fetch.lists:
        owners[asked.alias] = counted = _counted(asked, questions)
        answers = data.get(asked.alias)
        if type(answers) is not list or len(answers) != len(counted):
            raise AboutAll
        for own in each:
            own[asked.alias] = []
        for (number, _), entity in zip(counted, answers, strict=True):
            each[number][asked.alias].append(entity)

    def owner(path: Path) -> tuple[int, Path]:
        if len(path) < 2 or type(path[1]) is not int or path[1] >= len(owners.get(path[0], ())):
            raise AboutAll
        number, place = owners[path[0]][path[1]]
        return number, [path[0], place, *path[2:]]

    return each, owner


def _counted(asked: EntityList, questions: Sequence[Question]) -> list[tuple[int, int]]:
    """Of each entity by its place: whose it is, and its place there."""
    counts = [len(each.entities[asked.variable]) for each in questions]
    return [(number, place) for number, count in enumerate(counts) for place in range(count)]
