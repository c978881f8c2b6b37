"""The pages lead where they say, and name what is there."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)?(#[^)\s]+)?\)")


def slug(heading: str) -> str:
    """The anchor that code hosts give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {f"#{slug(heading)}" for heading in re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text("utf-8")):
        if path.startswith(("http://", "https://")):
            continue
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), anchor


def test_every_test_that_a_page_names_is_there() -> None:
    named = [pair for page in PAGES for pair in re.findall(r"`([\w/]+\.py)::(test_\w+)`", page.read_text("utf-8"))]
    assert len(named) > 50
    for path, name in named:
        assert f"\ndef {name}(" in (ROOT / "tests" / path).read_text("utf-8"), f"{path}::{name}"


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    for page in sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")):
        title = page.read_text("utf-8").splitlines()[0].split(". ", 1)[1]
        assert f"| [{int(page.name[:4])}]({page.name}) | {title} |" in index


def test_every_name_in_the_architecture_page_is_a_name_in_the_code() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    modules = [module.name for module in pkgutil.walk_packages(app.__path__, "app.") if ".realtime" not in module.name]
    by_last_name: dict[str, list[str]] = {}
    for name in modules:
        by_last_name.setdefault(name.rsplit(".", 1)[1], []).append(name)
    named = [pair for pair in re.findall(r"`(\w+)\.(\w+)`", text) if pair[0] in by_last_name and pair[1] != "py"]
    assert len(named) > 10
    for module, name in named:
        assert any(hasattr(importlib.import_module(each), name) for each in by_last_name[module]), f"{module}.{name}"
