"""Keep the catalogs of app/translations in step with the texts in the code: `python bin/texts.py`.

It looks through templates, scripts and Python for what is marked, adds to each catalog what is new, and takes out what
is gone. What is then left to translate has an empty `msgstr`; a test finds it.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "app"
METHODS = [
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
    ("static/js/**.js", "javascript"),
]
OPTIONS = {
    "templates/**.html": {"trimmed": "true"},
    "templates/**.txt": {"trimmed": "true"},
    "static/js/**.js": {"parse_template_string": "true"},  # those within ${} as well
}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "N_": None,
    "saying": None,
    "ngettext": (1, 2),
    "nsaying": (1, 2),
    "pgettext": ((1, "c"), 2),
    "standing_for": (2,),
}


def marked() -> Catalog:
    """Everything that is to be translated, each with the files that say it."""
    found = Catalog(project="Standin", charset="utf-8")
    for name, _line, text, comments, context in extract_from_dir(
        APP, METHODS, OPTIONS, KEYWORDS, ("NOTE:",), strip_comment_tags=True
    ):
        found.add(text, None, [(f"app/{name}", 1)], auto_comments=comments, context=context)
    return found


def catalogs() -> list[Path]:
    return sorted(APP.glob("translations/*/LC_MESSAGES/messages.po"))


def update(path: Path, template: Catalog) -> int:
    """Bring one catalog up to date. How many texts of it are still to be translated."""
    before = path.read_bytes()
    catalog = read_po(io.BytesIO(before), path.parent.parent.name)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    written = io.BytesIO()
    write_po(written, catalog, width=120, include_lineno=False, sort_by_file=True)
    if written.getvalue() != before:
        path.write_bytes(written.getvalue())
    return sum(1 for message in catalog if message.id and not all(_forms(message.string)))


def _forms(string: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, list | tuple) else (string or "",)


def main() -> None:
    template = marked()
    for path in catalogs():
        print(f"{path.relative_to(ROOT)}: {len(template)} texts, {update(path, template)} to translate")


if __name__ == "__main__":
    sys.exit(main())
