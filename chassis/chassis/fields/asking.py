"""Values of other services' records: asked for outside of transactions, used inside of them.

No transaction waits for another service. Work that needs such values notes what it needs, is not committed,
and is done once more with the answers: one question for all records that it needs the same fields of.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from chassis.access import Principal, acting_as, current
from chassis.audit.recording import RecordingSession
from chassis.contention import Contended
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.fields.definition import Json
from chassis.rpc.client import Peers

MOST_IDS = 500  # in one question
ROUNDS = 3

Path = tuple[str | int, ...]
R = TypeVar("R")


@dataclass(frozen=True)
class Sources:
    """Which service owns records that fields may point to, by kind of object, and how it is asked.

    `stub` and `request` are what the contract has for `BatchGetRecords`; see serving.Records.
    """

    owners: Mapping[str, str]
    stub: Callable[[Any], Any]
    request: Callable[..., Any]


class _Question(NamedTuple):
    kind: str
    names: tuple[str, ...]


@dataclass(slots=True)
class _Need:
    """Who needs an answer, for which records and fields, and where in the input that was said."""

    caller: Principal
    path: Path
    ids: set[UUID] = field(default_factory=set)
    into: set[str] = field(default_factory=set)


class _Unanswered(Exception):
    """Leaves a transaction that lacks an answer without a commit."""


class _Work:
    """What one piece of work needs to know, and what it was answered."""

    def __init__(self, sources: Sources, peers: Peers) -> None:
        self.sources = sources
        self._peers = peers
        self.needs: dict[_Question, _Need] = {}
        self.fields: dict[_Question, Mapping[str, str]] = {}
        self.records: dict[_Question, dict[UUID, Mapping[str, Json] | None]] = {}

    def need(self, question: _Question, path: Path) -> _Need:
        return self.needs.setdefault(question, _Need(current(), path))

    async def ask(self) -> None:
        needs, self.needs = self.needs, {}
        for question, need in needs.items():
            service = self.sources.owners[question.kind]
            try:
                with acting_as(need.caller):
                    await self._ask(self.sources.stub(self._peers.channel(service)), question, need.ids)
            except Unavailable as error:
                raise _away(error, service, need) from error

    async def _ask(self, stub: Any, question: _Question, needed: Iterable[UUID]) -> None:
        ids = sorted(needed)
        for some in [ids[at : at + MOST_IDS] for at in range(0, len(ids), MOST_IDS)] or [[]]:
            asked = self.sources.request(object=question.kind, ids=map(str, some), fields=question.names)
            answer = await stub.BatchGetRecords(asked)
            self.fields[question] = dict(answer.fields)
            found = {UUID(id): orjson.loads(record) for id, record in answer.records.items()}
            self.records.setdefault(question, {}).update({id: found.get(id) for id in some})


def _away(error: Unavailable, service: str, need: _Need) -> Unavailable:
    fields = sorted(need.into)
    instead = f", or give {', '.join(fields)} yourself" if fields else ""
    return Unavailable(
        f"{error.message}{instead}. Nothing was changed here", path=need.path, service=service, fields=fields
    )


_registered: WeakKeyDictionary[Engine, tuple[Sources, Peers]] = WeakKeyDictionary()
_present: ContextVar[_Work | None] = ContextVar("asking", default=None)


def use(database: Database, sources: Sources | None, peers: Peers) -> None:
    """Let work on this database ask these services."""
    if sources is not None:
        _registered[database.engine.sync_engine] = sources, peers


async def answered(database: Database, work: Callable[[], Awaitable[R]]) -> R:
    """Return what the work gives, whole transactions, done again when it needs values from elsewhere.

    Raises Unavailable when a service that has them does not answer; nothing of the work stays then.
    """
    registered = _registered.get(database.engine.sync_engine)
    if registered is None:
        return await work()
    present = _Work(*registered)
    for _ in range(ROUNDS):
        token = _present.set(present)
        try:
            return await work()
        except Exception:  # also a refusal may come only of what is not answered yet
            if not present.needs:
                raise
        finally:
            _present.reset(token)
        await present.ask()
    raise Contended("What this needs of other services changes all the time; nothing was changed here")


@event.listens_for(RecordingSession, "before_commit")
def _wait(session: Session) -> None:
    work = _present.get()
    if work is not None and work.needs and not session.in_nested_transaction():
        raise _Unanswered


def is_asked(kind: str) -> bool:
    """Tell whether another service can be asked for records of this kind."""
    work = _present.get()
    return work is not None and kind in work.sources.owners


def names(kind: str, wanted: Iterable[str], path: Path) -> Mapping[str, str] | None:
    """Return how its service calls those of the fields that it has; None while that is not answered."""
    work, question = _present.get(), _Question(kind, tuple(sorted(set(wanted))))
    assert work is not None
    if question not in work.fields:
        work.need(question, path)
    return work.fields.get(question)


def record(kind: str, id: UUID, wanted: Mapping[str, str], path: Path = ()) -> Mapping[str, Json]:
    """Return what the caller may read of a record, of the fields that others get (`wanted`, by their keys).

    It is empty while that is not answered. Raises Unavailable where nobody can be asked.
    """
    work, question = _present.get(), _Question(kind, tuple(sorted(set(wanted.values()))))
    if work is None or kind not in work.sources.owners:
        raise Unavailable(
            f"No service is known here that has {kind}; give {', '.join(sorted(wanted))} yourself", path=path
        )
    answers = work.records.get(question, {})
    if id not in answers:
        need = work.need(question, path)
        need.ids.add(id)
        need.into.update(wanted)
    return answers.get(id) or {}


def unknown(kind: str, ids: Iterable[UUID], path: Path) -> set[UUID]:
    """Return those of the records that the caller may not read or that are not; none while not answered."""
    work, found = _present.get(), set[UUID]()
    for id in ids if work is not None and kind in work.sources.owners else ():
        assert work is not None
        told = [each[id] for question, each in work.records.items() if question.kind == kind and id in each]
        if told and told[0] is None:
            found.add(id)
        if not told and not any(asked.kind == kind and id in each.ids for asked, each in work.needs.items()):
            work.need(_Question(kind, ()), path).ids.add(id)
    return found
