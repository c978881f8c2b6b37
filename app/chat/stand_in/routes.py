"""The blueprint of stand-ins: what their owners choose, see and get back."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.auth import identity
from app.chat.stand_in import administration, digest, drafts, ledger, payloads, preferences, previews, summaries
from app.chat.stand_in.forms import AdminQuery, AuditQuery, DigestQuery, Preferences, PreviewQuery, Switch
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


@stand_ins.get("/preview")
@identity.authenticated
def preview() -> ResponseReturnValue:
    query = parse(PreviewQuery, request.args.to_dict())
    return jsonify(previews.of(identity.caller().user_id, query.room_id, query.question))


@stand_ins.get("/drafts")
@identity.authenticated
def waiting_drafts() -> ResponseReturnValue:
    return jsonify(drafts=drafts.waiting(identity.caller().user_id))


@stand_ins.get("/digest")
@identity.authenticated
def read_digest() -> ResponseReturnValue:
    query = parse(DigestQuery, request.args.to_dict())
    return jsonify(digest.of(identity.caller().user_id, query.since, query.room_id))


@stand_ins.post("/digest/summary")
@identity.authenticated
def summarise() -> ResponseReturnValue:
    form = parse(DigestQuery, request_data())
    return jsonify(summary=summaries.write(identity.caller().user_id, form.since, form.room_id))


@stand_ins.get("/audit")
@identity.authenticated
def audit() -> ResponseReturnValue:
    query = parse(AuditQuery, request.args.to_dict())
    calls = ledger.calls_of(identity.caller().user_id, query.before, query.limit)
    today = {**asdict(ledger.spent_today(identity.caller().user_id)), **ledger.bounds()}
    return jsonify(calls=[payloads.call(call) for call in calls], today=today)


@stand_ins.get("/admin")
@identity.authenticated
def administer() -> ResponseReturnValue:
    query = parse(AdminQuery, request.args.to_dict())
    return jsonify(administration.overview(identity.caller().user_id, query.days))


@stand_ins.put("/admin")
@identity.authenticated
def turn() -> ResponseReturnValue:
    return jsonify(administration.turn(identity.caller().user_id, on=parse(Switch, request_data()).enabled))
