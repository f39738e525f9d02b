"""`make up`: the suite in the foreground, with data in it, and everything a newcomer needs on the screen."""

import asyncio
import contextlib
import json
import logging
import os
import shlex
import signal
import sys
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rich.console import Console
from rich.logging import RichHandler

from deploy.local import lock
from deploy.local.graph import GraphError, SignIn, busiest_customer, sign_in
from deploy.local.suite import ADMINISTRATOR, ROOT, Suite
from deploy.local.supervisor import StartFailed

VAR = ROOT / "var"
LOCK = VAR / "run" / "up.lock"
READY = VAR / "ready.json"
LOADED = VAR / "loaded"  # what was loaded into this installation, one source a line
DEMONSTRATION = "demonstration"

console = Console(highlight=False, soft_wrap=True)


def up(data: str | None, *, tls: bool = False, only_servers: bool = False) -> int:
    """Runs the suite, or only its servers for a restore, until Ctrl-C or `make down`."""
    logging.basicConfig(
        level=logging.INFO, format="%(message)s", handlers=[RichHandler(console=console, show_path=False)]
    )
    try:
        with lock.held(LOCK):
            READY.unlink(missing_ok=True)
            asyncio.run(_until_told_to_stop(_serve(tls) if only_servers else _run(data, tls=tls)))
    except (lock.AlreadyRunning, StartFailed, GraphError, RuntimeError) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    return 0


def down() -> int:
    """Stops the suite that runs in this folder and waits until it is gone."""
    console.print("The suite is stopped." if lock.end_holder(LOCK) else "No suite runs here.")
    return 0


def demo(data: str | None) -> int:
    """Loads the demonstration company, or the data in a folder, into the running suite."""
    if not READY.exists():
        console.print("No suite serves here: start it with `make up` first.", style="red")
        return 1
    ready = json.loads(READY.read_text())
    return asyncio.run(_load(data, ready["graph"], ready["token"], ready["authority"]))


async def _until_told_to_stop(work: Coroutine[Any, Any, None]) -> None:
    main = asyncio.current_task()
    assert main is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, main.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().remove_signal_handler(number)


async def _serve(tls: bool) -> None:
    suite = Suite(VAR, tls=tls)
    try:
        await suite.start_servers()
        console.print(f"PostgreSQL and NATS are ready; roundel restore … uses {VAR / 'installation.json'}.")
        await asyncio.Event().wait()
    finally:
        await suite.stop()


async def _run(data: str | None, *, tls: bool) -> None:
    began = time.monotonic()
    async with Suite(VAR, tls=tls) as suite:
        try:
            session = await _sign_in(suite)
            if not _is_loaded(data):
                await _load(data, suite.graph, session.token, suite.authority)
            session = await _sign_in(suite)
            await _announce(suite, session)
            console.print(
                f"Ready after {time.monotonic() - began:.1f} s. Ctrl-C stops everything.", style="bold"
            )
            await _keep_token_fresh(suite, session)
        finally:
            READY.unlink(missing_ok=True)
            console.print("Stopping …")


async def _sign_in(suite: Suite) -> SignIn:
    return await sign_in(suite.graph, ADMINISTRATOR, suite.administrator_password, tls=suite.tls)


def _is_loaded(data: str | None) -> bool:
    loaded = LOADED.read_text().splitlines() if LOADED.exists() else []
    return data in loaded if data else bool(loaded)


async def _load(data: str | None, graph: str, token: str, authority: str | None) -> int:
    """Runs the loader of the demonstration company, or the importer when the user names data."""
    words = ("roundel_cli", "import", data) if data else ("demo", "load")
    environment = {**os.environ, "ROUNDEL_GRAPH": graph, "ROUNDEL_TOKEN": token}  # arguments are public
    environment |= {"SSL_CERT_FILE": authority} if authority else {}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *words, cwd=ROOT, env=environment)
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if code:
        console.print(f"Loading failed (exit {code}); `make demo` tries again.", style="red")
    else:
        with LOADED.open("a") as file:
            file.write(f"{data or DEMONSTRATION}\n")
    return code


async def _announce(suite: Suite, session: SignIn) -> None:
    customer = await busiest_customer(suite.graph, session.token, tls=suite.tls)
    query = (ROOT / "docs/graphql/customer360.graphql").read_text()
    request = VAR / "customer360.json"
    request.write_text(json.dumps({"query": query, "variables": {"id": customer}}))
    curl = ["curl", "-s", suite.graph, "-H", "content-type: application/json"]
    curl += ["-H", f"authorization: Bearer {session.token}", "--data", f"@{request}"]
    curl += ["--cacert", suite.authority] if suite.authority else []
    _write_ready(suite, session, customer)
    console.print(f"\nGraph     {suite.graph}")
    signed_in = urlencode({"token": session.token, "id": customer or ""})  # a fragment is never sent
    console.print(f"Explore   {suite.graph.removesuffix('graphql')}#{signed_in}", markup=False)
    console.print(f"Sign in   {ADMINISTRATOR}  {suite.administrator_password}", markup=False)
    console.print(f"\nA customer from every side:\n{shlex.join(curl)}\n", markup=False)


def _write_ready(suite: Suite, session: SignIn, customer: str | None) -> None:
    content = {
        "graph": suite.graph,
        "token": session.token,
        "customerId": customer,
        "email": ADMINISTRATOR,
        "authority": suite.authority,  # whose certificates the addresses show; null when they are plain
        "services": suite.service_urls(),
    }
    _replace(READY, json.dumps(content, indent=2))


def _replace(file: Path, content: str) -> None:
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(content)
    new.replace(file)


async def _keep_token_fresh(suite: Suite, session: SignIn) -> None:
    """Replaces the token in ready.json before it expires, for as long as the suite runs."""
    while True:
        life = (session.expires_at - datetime.now(UTC)).total_seconds()
        await asyncio.sleep(max(life / 2, 5))
        with contextlib.suppress(GraphError):
            session = await _sign_in(suite)
            ready = json.loads(READY.read_text()) | {"token": session.token}
            _replace(READY, json.dumps(ready, indent=2))
