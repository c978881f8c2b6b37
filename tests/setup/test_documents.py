"""What docs/operations.md says against what is there."""

from __future__ import annotations

import re

from pydantic import AliasChoices

from config import Settings
from tests.server import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_the_configuration_table_names_every_setting_and_no_other() -> None:
    aliases = [field.validation_alias for field in Settings.model_fields.values()]
    settings = {str(alias.choices[0] if isinstance(alias, AliasChoices) else alias) for alias in aliases}
    table = OPERATIONS.partition("## Configuration")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == settings
