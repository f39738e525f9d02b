"""The list of what belongs to one backup; written last, so a backup without it is none."""

from collections.abc import Set
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from roundel_cli.backups.installation import BackupError
from roundel_cli.backups.stores import Store, collected

FORMAT = 1
MANIFEST = "manifest.json"
FILES = "files"  # the folder of what several backups share


@dataclass(frozen=True)
class Part:
    """One object of a backup; `about` is what its own first line tells, for a database its revision."""

    kind: str
    file: str
    bytes: int
    sha256: str
    about: dict[str, Any]

    @property
    def has_folder(self) -> bool:
        """Whether its service keeps files in a folder, which go into the backup."""
        return bool(self.about.get("files")) and self.bucket is None

    @property
    def bucket(self) -> str | None:
        """The S3-compatible storage where its service keeps files, which has versions of its own."""
        where = str(self.about.get("files", ""))
        return where if where.startswith("s3:") else None


@dataclass(frozen=True)
class Kept:
    """The copy of one file that a record shows, and the name of the master key that encrypted it."""

    file: str
    bytes: int
    sha256: str
    key: str


@dataclass(frozen=True)
class Manifest:
    """A backup: its name, which is the time it was taken, and its parts by name.

    Files are named by service and the digest of their content, `lost` are those that services do not have.
    """

    name: str
    parts: dict[str, Part]
    files: dict[str, dict[str, Kept]] = field(default_factory=dict)
    lost: dict[str, list[str]] = field(default_factory=dict)

    def path(self, part: str) -> str:
        """Where a part is in the store."""
        return f"{self.name}/{self.parts[part].file}"

    def objects(self) -> dict[str, Part | Kept]:
        """All that it consists of besides the manifest, by the path in the store."""
        files = {file.file: file for held in self.files.values() for file in held.values()}
        return {self.path(name): part for name, part in self.parts.items()} | files

    @property
    def size(self) -> int:
        """The bytes of all parts and files."""
        return sum(each.bytes for each in self.objects().values())

    @property
    def is_encrypted(self) -> bool:
        """Whether every part is."""
        return all(part.about.get("key") for part in self.parts.values())

    def written(self) -> bytes:
        """The manifest as it is stored."""
        return orjson.dumps({"format": FORMAT, **asdict(self)}, option=orjson.OPT_INDENT_2)


async def read(store: Store, name: str) -> Manifest:
    """Read the manifest of a backup; raises BackupError when it is none of ours."""
    content = await collected(store.pieces(f"{name}/{MANIFEST}"))
    try:
        found = orjson.loads(content)
        if found["format"] != FORMAT or found["name"] != name:
            raise BackupError(f"{store.target}/{name} says it is {found['name']} in format {found['format']}")
        return Manifest(
            name,
            {part: Part(**given) for part, given in found["parts"].items()},
            {
                service: {digest: Kept(**given) for digest, given in files.items()}
                for service, files in found.get("files", {}).items()
            },
            found.get("lost", {}),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{store.target}/{name}/{MANIFEST} is not readable: {error}") from error


async def names(store: Store) -> list[str]:
    """The names of the complete backups, oldest first."""
    suffix = f"/{MANIFEST}"
    return [path.removesuffix(suffix) for path in await store.paths() if path.endswith(suffix)]


async def verify(store: Store, manifest: Manifest, trusted: Set[str] = frozenset()) -> None:
    """Read all but trusted paths; raises BackupError naming what is missing or not what was written."""
    wrong = []
    for path, object in manifest.objects().items():
        if path in trusted:
            continue
        named = path.removeprefix(f"{manifest.name}/")
        try:
            found = await store.measured(path)
        except BackupError:
            wrong.append(f"{named} is missing")
            continue
        if (found.bytes, found.sha256) != (object.bytes, object.sha256):
            wrong.append(f"{named} is not what was written")
    if wrong:
        raise BackupError(f"The backup {manifest.name} in {store.target} is damaged: {'; '.join(wrong)}")
