"""`make bench-gateway`: this gateway, its peers and the floor on the same services, interleaved."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys

from benchmarks.gateway import growth, measuring, report
from benchmarks.gateway.contestants import (
    FLOOR,
    NAMES,
    TITLES,
    USUAL,
    Contestant,
    Contestants,
    Impossible,
)
from benchmarks.gateway.measuring import Differs
from benchmarks.gateway.stack import Stack, running
from deploy.local.suite import ROOT
from deploy.local.supervisor import StartFailed

FOLDER = ROOT / "var" / "bench"
WARM_SECONDS = 3.0


def main() -> int:
    """Measure what the command line names; only what cannot be measured fails."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    words = _parser().parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_interruptible(words))
    except asyncio.CancelledError:
        return 130
    except (Differs, RuntimeError, StartFailed) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each cell is measured")
    parser.add_argument("--rounds", type=int, default=3, help="how often; medians count")
    parser.add_argument("--connections", type=_numbers, default=(1, 16), help="for example 1,16,64,256")
    parser.add_argument("--only", type=_names, default=NAMES, help=f"some of {','.join(NAMES)}")
    parser.add_argument("--growth", action="store_true", help="measure how cost grows instead")
    parser.add_argument(
        "--write", action="store_true", help=f"write the ratios to {report.PAGE.relative_to(ROOT)}"
    )
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _names(text: str) -> tuple[str, ...]:
    names = text.split(",")
    if unknown := set(names) - set(NAMES):
        raise argparse.ArgumentTypeError(f"{unknown.pop()} is none of {', '.join(NAMES)}")
    return tuple(name for name in NAMES if name in names)


async def _interruptible(words: argparse.Namespace) -> None:
    """Ctrl-C or SIGTERM ends all that was started."""
    this = asyncio.current_task()
    assert this is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    async with running(FOLDER) as stack, contextlib.AsyncExitStack() as cleanup:
        starting = Contestants(stack, FOLDER)
        cleanup.push_async_callback(starting.stop)
        if words.growth:
            await _growth(words, starting, stack)
        else:
            await _comparison(words, starting, stack)


async def _started(names: tuple[str, ...], starting: Contestants) -> list[Contestant]:
    found = []
    for name in names:
        try:
            found.append(await starting.start(name))
        except Impossible as error:
            sys.stderr.write(f"{error}\n")
    return found


async def _comparison(words: argparse.Namespace, starting: Contestants, stack: Stack) -> None:
    bodies = stack.bodies()
    contestants = await _started(tuple(name for name in words.only if name != USUAL), starting)
    await measuring.check(stack, contestants, bodies)
    peer = report.best_peer(await _warm(contestants, stack, words.seconds), 16)
    if USUAL in words.only and peer:
        usual = await starting.start_usual(peer)
        await measuring.check(stack, [*contestants[:1], usual], bodies)
        await _warm([usual], stack, words.seconds)
        contestants.append(usual)
        sys.stderr.write(f"{TITLES[USUAL]}: {TITLES[peer]} before stock Strawberry on FastAPI\n")
    cells = await measuring.rounds(
        contestants, stack, bodies, connections=words.connections, seconds=words.seconds, count=words.rounds
    )
    sys.stdout.write(f"\n{report.table(cells)}\n\n")
    sys.stdout.writelines(f"{target}\n" for target in report.targets(cells))
    if words.write:
        report.write("comparison", report.comparison(cells, _command()))


async def _growth(words: argparse.Namespace, starting: Contestants, stack: Stack) -> None:
    names = tuple(name for name in words.only if name not in (FLOOR, USUAL))
    contestants = await _started(names, starting)
    await _warm(contestants, stack, words.seconds)
    callers = await growth.by_connections(contestants, stack, seconds=words.seconds, count=words.rounds)
    growth.tell("The 360 by connections", callers)
    sizes = await growth.by_fields(contestants, stack, seconds=words.seconds, count=words.rounds)
    growth.tell("A list by fields in the response, one connection", sizes)
    if words.write:
        report.write("growth", growth.section(callers, sizes, _command()))


async def _warm(contestants: list[Contestant], stack: Stack, seconds: float) -> report.Cells:
    """Let caches fill and compilers compile; the figures only choose the best peer."""
    return await measuring.rounds(
        contestants, stack, stack.bodies(), connections=(16,), seconds=max(seconds, WARM_SECONDS), count=1
    )


def _command() -> str:
    words = " ".join(word for word in sys.argv[1:] if word != "--write")
    return f'make bench-gateway ARGS="{words} --write"' if words else 'make bench-gateway ARGS="--write"'


if __name__ == "__main__":
    sys.exit(main())
