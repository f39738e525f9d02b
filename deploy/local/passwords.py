"""The passwords of one local installation: made once, kept in one file that only its owner reads."""

import json
import os
import secrets
from pathlib import Path


class Passwords:
    """Passwords by name; one asked for the first time is generated and remembered."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def of(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = secrets.token_urlsafe(18)
            self._save()
        return self._known[name]

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(self._known, file, indent=2)
        new.replace(self._file)
