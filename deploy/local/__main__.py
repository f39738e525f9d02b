"""`python -m deploy.local up | down | demo | servers`, which `make up`, `make down`, `make demo` call."""

import argparse
import sys
from pathlib import Path

from deploy.local import up


def main() -> int:
    """Runs one command and answers its exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local")
    parser.add_argument("command", choices=("up", "down", "demo", "servers"))
    parser.add_argument("--data", help="a folder of real data to import instead of the demonstration company")
    parser.add_argument("--tls", action="store_true", help="encrypt, with certificates made here")
    words = parser.parse_args()
    data = str(Path(words.data).resolve()) if words.data else None
    if words.command == "down":
        return up.down()
    if words.command == "servers":
        return up.up(None, tls=words.tls, only_servers=True)
    return up.up(data, tls=words.tls) if words.command == "up" else up.demo(data)


if __name__ == "__main__":
    sys.exit(main())
