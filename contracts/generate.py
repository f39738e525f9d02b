"""Writes the Python code of every contract (`make proto`); `--check` only says whether it is up to date."""

import argparse
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

CONTRACTS = Path(__file__).resolve().parent
SOURCES = CONTRACTS / "proto"
PACKAGE = CONTRACTS / "roundel"


def compile_protos(protos: list[str], out: Path) -> None:
    """Compiles the protos into packages below `out`, with types for asynchronous gRPC only."""
    plugins = Path(sys.executable).parent
    failed = protoc.main(
        [
            "protoc",
            f"--proto_path={SOURCES}",
            f"--proto_path={files('grpc_tools') / '_proto'}",
            f"--plugin=protoc-gen-mypy={plugins / 'protoc-gen-mypy'}",
            f"--plugin=protoc-gen-mypy_grpc={plugins / 'protoc-gen-mypy_grpc'}",
            f"--python_out={out}",
            f"--grpc_python_out={out}",
            f"--mypy_out=quiet:{out}",
            f"--mypy_grpc_out=quiet,only_async:{out}",
            *protos,
        ]
    )
    if failed:
        sys.exit("The contracts do not compile: the message above names the file and the line.")


def make_packages(package: Path) -> None:
    """Makes every folder of generated code an importable, typed package."""
    package.mkdir(exist_ok=True)
    for folder in [package, *(path for path in package.rglob("*") if path.is_dir())]:
        (folder / "__init__.py").touch()
    (package / "py.typed").touch()


def read(package: Path) -> dict[Path, bytes]:
    """Every file of generated code with its content."""
    files = (path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(package): path.read_bytes() for path in files}


def differences(package: Path, new: Path) -> list[Path]:
    """The files that are missing from `package`, differ from `new`, or should go."""
    wanted, present = read(new), read(package)
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def replace(package: Path, new: Path) -> None:
    """Brings `package` to the state of `new` file by file, so that running programs never miss a module."""
    for name in differences(package, new):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        if (new / name).exists():
            shutil.copyfile(new / name, package / name)
        else:
            (package / name).unlink()


def main() -> None:
    """Generates everything anew, so that the code of a deleted contract goes too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    only_check = parser.parse_args().check
    protos = sorted(str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*.proto"))
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch)
        if protos:
            compile_protos(protos, out)
        make_packages(out / PACKAGE.name)
        if not only_check:
            replace(PACKAGE, out / PACKAGE.name)
        elif stale := differences(PACKAGE, out / PACKAGE.name):
            sys.exit(f"Generated code is out of date, run `make proto`: {', '.join(map(str, stale))}")


if __name__ == "__main__":
    main()
