"""The blueprint of stand-ins: what their owners choose, see and get back."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.auth import identity
from app.chat.stand_in import digest, drafts, ledger, payloads, preferences
from app.chat.stand_in.forms import AuditQuery, DigestQuery, Preferences
from app.parsing import parse, request_data

stand_ins = Blueprint("stand_ins", __name__, url_prefix="/api/stand-in")


@stand_ins.get("")
@identity.authenticated
def read() -> ResponseReturnValue:
    return jsonify(preferences.read(identity.caller().user_id))


@stand_ins.put("")
@identity.authenticated
def choose() -> ResponseReturnValue:
    return jsonify(preferences.choose(identity.caller().user_id, parse(Preferences, request_data())))


@stand_ins.get("/drafts")
@identity.authenticated
def waiting_drafts() -> ResponseReturnValue:
    return jsonify(drafts=drafts.waiting(identity.caller().user_id))


@stand_ins.get("/digest")
@identity.authenticated
def read_digest() -> ResponseReturnValue:
    query = parse(DigestQuery, request.args.to_dict())
    return jsonify(digest.of(identity.caller().user_id, query.since))


@stand_ins.get("/audit")
@identity.authenticated
def audit() -> ResponseReturnValue:
    query = parse(AuditQuery, request.args.to_dict())
    calls = ledger.calls_of(identity.caller().user_id, query.before, query.limit)
    used = ledger.spent_today(identity.caller().user_id)
    today = {"replies": used[0], "tokens": used[1], **ledger.bounds()}
    return jsonify(calls=[payloads.call(call) for call in calls], today=today)
