"""What docs/operations.md says against what is there."""

from __future__ import annotations

import re

from config import Settings
from tests.server import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_the_configuration_table_names_every_setting_and_no_other() -> None:
    settings = {str(field.validation_alias) for field in Settings.model_fields.values()}
    table = OPERATIONS.partition("## Configuration")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == settings
