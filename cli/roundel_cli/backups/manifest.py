"""The list of what belongs to one backup; written last, so a backup without it is none."""

from dataclasses import dataclass
from typing import Any

import orjson

from roundel_cli.backups.installation import BackupError
from roundel_cli.backups.stores import Store, collected

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Part:
    """One object of a backup; `about` is what its own first line tells, for a database its revision."""

    kind: str
    file: str
    bytes: int
    sha256: str
    about: dict[str, Any]


@dataclass(frozen=True)
class Manifest:
    """A backup: its name, which is the time it was taken, and its parts by name."""

    name: str
    parts: dict[str, Part]

    def path(self, part: str) -> str:
        """Where a part is in the store."""
        return f"{self.name}/{self.parts[part].file}"

    @property
    def size(self) -> int:
        """The bytes of all parts."""
        return sum(part.bytes for part in self.parts.values())

    @property
    def is_encrypted(self) -> bool:
        """Whether every part is."""
        return all(part.about.get("key") for part in self.parts.values())

    def written(self) -> bytes:
        """The manifest as it is stored."""
        content = {"format": FORMAT, "name": self.name, "parts": self.parts}
        return orjson.dumps(content, option=orjson.OPT_INDENT_2)


async def read(store: Store, name: str) -> Manifest:
    """Read the manifest of a backup; raises BackupError when it is none of ours."""
    content = await collected(store.pieces(f"{name}/{MANIFEST}"))
    try:
        found = orjson.loads(content)
        if found["format"] != FORMAT or found["name"] != name:
            raise BackupError(f"{store.target}/{name} says it is {found['name']} in format {found['format']}")
        return Manifest(name, {part: Part(**given) for part, given in found["parts"].items()})
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{store.target}/{name}/{MANIFEST} is not readable: {error}") from error


async def names(store: Store) -> list[str]:
    """The names of the complete backups, oldest first."""
    suffix = f"/{MANIFEST}"
    return [path.removesuffix(suffix) for path in await store.paths() if path.endswith(suffix)]


async def verify(store: Store, manifest: Manifest) -> None:
    """Read every part; raises BackupError naming those that are missing or not what was written."""
    wrong = []
    for name, part in manifest.parts.items():
        try:
            found = await store.measured(manifest.path(name))
        except BackupError:
            wrong.append(f"{part.file} is missing")
            continue
        if (found.bytes, found.sha256) != (part.bytes, part.sha256):
            wrong.append(f"{part.file} is not what was written")
    if wrong:
        raise BackupError(f"The backup {manifest.name} in {store.target} is damaged: {'; '.join(wrong)}")
