"""What set-up installs: pinned, complete, and with no address in it that a mirror could not serve."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.server import ROOT

LISTS = ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"]
EXTRAS = {"gunicorn": {"gevent"}}
VENDOR = ROOT / "app" / "static" / "vendor"


def requirements(name: str) -> list[Requirement]:
    """The requirements of one list, and of those it includes."""
    found = []
    for line in (ROOT / name).read_text().splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            found += requirements(text.removeprefix("-r "))
        elif text:
            found.append(Requirement(text))
    return found


def needs(name: str) -> set[str]:
    """The names of the packages that an installed package needs here."""
    environments = [{"extra": extra} for extra in {"", *EXTRAS.get(name, set())}]
    stated = [Requirement(text) for text in distribution(name).requires or []]
    return {
        canonicalize_name(needed.name)
        for needed in stated
        if needed.marker is None or any(needed.marker.evaluate(environment) for environment in environments)
    }


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_pinned_exactly_and_once(name: str) -> None:
    pinned = requirements(name)
    assert [str(each) for each in pinned if [part.operator for part in each.specifier] != ["=="]] == []
    names = [canonicalize_name(each.name) for each in pinned]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_whatever_a_package_needs_is_pinned_too(name: str) -> None:
    pinned = {canonicalize_name(each.name) for each in requirements(name) if not each.marker or each.marker.evaluate()}
    missing = {each: needs(each) - pinned for each in pinned}
    assert {each: names for each, names in missing.items() if names} == {}


def imported_modules(*places: str) -> Iterator[str]:
    """The first part of the name of every module that is imported by the files in these places."""
    for place in places:
        path = ROOT / place
        for file in [path] if path.is_file() else path.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    yield from (alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("requirements.txt", ["app", "config.py", "wsgi.py", "gunicorn.conf.py"]),
        ("requirements-dev.txt", ["tests", "bin"]),
    ],
)
def test_whatever_the_code_imports_is_pinned(name: str, places: list[str]) -> None:
    pinned = {canonicalize_name(each.name) for each in requirements(name)}
    providers = packages_distributions()
    foreign = (
        set(imported_modules(*places)) - sys.stdlib_module_names - {"app", "bench", "bin", "config", "tests", "wsgi"}
    )
    unpinned = {
        module for module in foreign if not {canonicalize_name(each) for each in providers.get(module, [])} & pinned
    }
    assert unpinned == set()


def test_what_is_installed_is_what_is_pinned() -> None:
    wrong = []
    for each in requirements("requirements-dev.txt"):
        if each.marker and not each.marker.evaluate():
            continue
        try:
            installed = distribution(each.name).version
        except PackageNotFoundError:
            installed = "nothing"
        if installed not in each.specifier:
            wrong.append(f"{each}: {installed} is installed")
    assert wrong == []


def test_the_lock_file_names_no_registry_and_every_checksum() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = [package for path, package in lock["packages"].items() if path]
    assert [package for package in packages if "resolved" in package or "integrity" not in package] == []


def test_npm_packages_are_pinned_exactly() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    ranges = {**package["dependencies"], **package["devDependencies"]}.values()
    assert [version for version in ranges if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


@pytest.mark.parametrize(
    ("module", "licence"),
    [
        ("socket.io.esm.min.js", "MIT"),
        ("stimulus.js", "MIT"),
        ("idb-keyval.js", "Apache License"),
        ("uFuzzy.mjs", "MIT"),
    ],
)
def test_a_vendored_module_needs_no_other_and_comes_with_its_licence(module: str, licence: str) -> None:
    source = (VENDOR / module).read_text("utf-8")
    assert re.search(r"\bexport\s*\{", source)
    assert not re.search(r"\b(?:from|import)\s*\(?\s*[\"']", source)
    assert licence in (VENDOR / Path(module).with_suffix(".LICENSE")).read_text("utf-8")
