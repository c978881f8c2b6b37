"""What is accepted about previews."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.chat.models import BODY_LIMIT
from app.parsing import Id, Input


class MessageUnfurl(Input):
    """`on` is false to take the preview of a link away, true to let it come back."""

    message_id: Id
    url: Annotated[str, Field(min_length=1, max_length=BODY_LIMIT)]
    on: bool
