"""The engine in use, and its replacement while requests run."""

import asyncio
import gc
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from chassis import memory
from gateway.engine import Engine
from gateway.metrics import RELOADS, SUPERGRAPH
from gateway.planning.limits import Limits
from gateway.planning.trusted import Manifest, UnfitManifest, document_id, read_manifest
from gateway.supergraph.reading import supergraph_text

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0

Build = Callable[[str, Manifest | None], Engine]
Told = Callable[[Engine], None]
Settled = Callable[[], None]
Signature = list[tuple[int, int, int] | None]


@dataclass(frozen=True)
class Content:
    """What the files held at one moment."""

    supergraph: str
    manifest: bytes | None


@dataclass(frozen=True)
class Files:
    """Where the supergraph and the manifest of trusted documents are."""

    supergraph: Path
    manifest: Path | None = None

    def read(self) -> Content:
        """Read both."""
        supergraph = supergraph_text(self.supergraph)
        if self.manifest is None:
            return Content(supergraph, None)
        if not self.manifest.is_file():
            raise UnfitManifest(f"There is no {self.manifest}; write it with `python -m gateway trust`.")
        return Content(supergraph, self.manifest.read_bytes())

    def signature(self) -> Signature:
        """Something that changes when a file does, also where a symbolic link is turned to another."""
        return [_signature(file) for file in (self.supergraph, self.manifest) if file is not None]


class _Generation:
    """An engine, what it was built from, and how many requests it answers now."""

    def __init__(self, content: Content, build: Build) -> None:
        manifest = content.manifest
        trusted = None if manifest is None else read_manifest(manifest, content.supergraph)
        self.content = content
        self.engine = build(content.supergraph, trusted)
        self.users = 0
        self.idle = asyncio.Event()


class Engines:
    """Lends the engine of the files as they are; broken ones are refused, and the old engine stays."""

    def __init__(
        self,
        files: Files,
        build: Build,
        urls: Mapping[str, str],
        *,
        drain_seconds: float,
        told: Told,
        settled: Settled,
    ) -> None:
        """Build the first engine; a file that does not fit is raised.

        `told` hears of each engine in use; `settled` is called when what was built will stay for long.
        """
        self._files = files
        self._build = build
        self._urls = urls
        self._drain_seconds = drain_seconds
        self._told = told
        self._settled = settled
        self._loaded = files.signature()
        self._current = _Generation(files.read(), build)
        self._asked = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._retiring: set[asyncio.Task[None]] = set()

    @property
    def urls(self) -> Mapping[str, str]:
        """The services' addresses as the supergraph tells them."""
        return self._current.engine.supergraph.urls

    async def start(self) -> None:
        """Start the engine, and look at the files from now on, each second and on SIGHUP."""
        await self._current.engine.start(self._urls)
        self._started(self._current)
        self._settled()
        self._watching = asyncio.create_task(self._watch())
        if threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._asked.set)

    async def stop(self) -> None:
        """Stop every engine."""
        tasks = [task for task in (self._watching, *self._retiring) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._current.engine.stop()

    @property
    def limits(self) -> Limits:
        """The limits of the engine in use."""
        return self._current.engine.limits

    @property
    def plans(self) -> bool:
        """Whether operations can be planned now, or need not be."""
        return self._current.engine.plans

    @contextmanager
    def lent(self) -> Iterator[Engine]:
        """The engine in use; it stays open for as long as the caller needs it, within the drain time."""
        generation = self._current
        generation.users += 1
        try:
            yield generation.engine
        finally:
            generation.users -= 1
            if generation.users == 0:
                generation.idle.set()

    async def _watch(self) -> None:
        before = self._loaded
        while True:
            asked = await self._pause()
            now = self._files.signature()
            # a file that is being written looks different each time
            if asked or (now == before and now != self._loaded):
                self._loaded = now
                await self._reload()
            before = now

    async def _pause(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._asked.wait()
        asked = self._asked.is_set()
        self._asked.clear()
        return asked

    async def _reload(self) -> None:
        try:
            content = await asyncio.to_thread(self._files.read)
            if content == self._current.content:
                return
            new = await asyncio.to_thread(_Generation, content, self._build)
            await new.engine.start(self._urls)
        except Exception as error:  # whatever is wrong with the files, the old engine must go on
            log.error("The new supergraph is refused, the old one stays: %s", error)
            RELOADS.labels("refused").inc()
            return
        old, self._current = self._current, new
        self._started(new)
        RELOADS.labels("done").inc()
        task = asyncio.create_task(self._retire(old))
        self._retiring.add(task)
        task.add_done_callback(self._retired)

    async def _retire(self, old: _Generation) -> None:
        old.idle.clear()
        try:
            if old.users:
                async with asyncio.timeout(self._drain_seconds):
                    await old.idle.wait()
        except TimeoutError:
            log.warning("%s requests still ran on the old supergraph when it was closed", old.users)
        finally:
            await old.engine.stop()

    def _retired(self, task: asyncio.Task[None]) -> None:
        self._retiring.discard(task)
        self._settled()

    def _started(self, generation: _Generation) -> None:
        id = document_id(generation.content.supergraph)
        log.info("Serving the supergraph %s", id)
        SUPERGRAPH.clear()
        SUPERGRAPH.labels(id.removeprefix("sha256:")).set_to_current_time()
        self._told(generation.engine)


def freeze() -> None:
    """Collect what is garbage now, and never look at the rest again.

    A schema lives long; collecting over it is what makes requests late.
    """
    gc.unfreeze()
    memory.settle()


def _signature(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
