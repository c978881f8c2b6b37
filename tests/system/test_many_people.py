"""A workspace that is too large to be told of at once."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.chat.room_forms import PEOPLE_LIMIT
from tests.chat.stored import Documents, crowd
from tests.people import Person
from tests.server import wait_for
from tests.system.pages import Chat


def test_a_page_knows_people_of_whom_it_was_not_told(
    enter: Callable[..., Chat], meet: Callable[[str], Person], documents: Documents
) -> None:
    ada = meet("Ada")
    with crowd(documents, ada, PEOPLE_LIMIT + 10):
        chat = enter(ada)
        with chat.page.expect_response(re.compile(r"/api/users\?after=")) as last_page:
            chat.page.reload()
        last_page.value.finished()
        found = chat.page.get_by_role("listbox", name="Members to mention").get_by_role("option", name="ZzCrowd0500")

        def is_found() -> bool:
            chat.composer.fill("")
            chat.composer.press_sequentially("@ZzCrowd050")
            return found.count() == 1

        wait_for(is_found, "somebody from a later page to be found")
