"""A pytest plugin: `--features` prints one line for each item of the mission and the tests that prove it."""

from collections.abc import Generator, Iterator

import pytest

ITEMS = (*(f"F{number}" for number in range(1, 131)), *(f"N{number}" for number in range(1, 13)))
_VERDICTS = {"passed": "pass", "failed": "fail", "skipped": "skip"}
_RANK = ("pass", "skip", "fail")

_Results = dict[str, dict[str, str]]
_results = pytest.StashKey[_Results]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--features", action="store_true", help="run only tests of features; one line for each")


def pytest_configure(config: pytest.Config) -> None:
    results: _Results = {item: {} for item in ITEMS}
    config.stash[_results] = results


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unknown = {name for item in items for name in _names(item)} - set(ITEMS)
    if unknown:
        raise pytest.UsageError(
            f"Not items of the mission: {', '.join(sorted(unknown))}. They are F1–F130, N1–N12."
        )
    if config.getoption("--features"):
        items[:] = [item for item in items if any(_names(item))]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" or not report.passed:
        for name in _names(item):
            tests = item.config.stash[_results][name]
            if tests.get(item.nodeid) != "fail":
                tests[item.nodeid] = _VERDICTS[report.outcome]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--features"):
        for name, tests in config.stash[_results].items():
            terminalreporter.write_line(_line(name, tests))


def _names(item: pytest.Item) -> Iterator[str]:
    return (str(name) for marker in item.iter_markers("feature") for name in marker.args)


def _line(name: str, tests: dict[str, str]) -> str:
    if not tests:
        return f"{name} none"
    verdict = max(tests.values(), key=_RANK.index)
    return f"{name} {verdict} {' '.join(sorted(tests))}"
