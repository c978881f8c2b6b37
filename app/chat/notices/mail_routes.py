"""The way out of e-mails, for whoever has the link from one: no login is needed, and none is looked at."""

from __future__ import annotations

from bson import ObjectId
from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.auth.models import User
from app.chat.notices import letters
from app.errors import NotFound, wants_page

mail = Blueprint("mail", __name__)


@mail.get("/unsubscribe/<token>")
def ask(token: str) -> ResponseReturnValue:
    """Programs open links in mails to look at them, so this changes nothing yet."""
    _whose(token)
    return render_template("mail/unsubscribe.html", is_done=False)


@mail.post("/unsubscribe/<token>")
def unsubscribe(token: str) -> ResponseReturnValue:
    """Also what mail programs send by themselves: RFC 8058."""
    User.objects(id=_whose(token)).update_one(set__mail_mentions=False)
    return render_template("mail/unsubscribe.html", is_done=True) if wants_page() else jsonify(ok=True)


def _whose(token: str) -> ObjectId:
    user_id = letters.unsubscribed(token)
    if user_id is None or not ObjectId.is_valid(user_id):
        raise NotFound
    return ObjectId(user_id)
