//! One example of each message. A test checks them against the document's schemas and the types of the messages.

mod osdial;

use cordboard_schema::wire::control::EventKind;
use serde_json::{Value, json};

const CALL_ID: &str = "019a9f0e-7c11-7d3a-9d2e-0c5b8f0e6a11";
const PROFILE_ID: &str = "019a9f0e-0000-7d3a-9d2e-0c5b8f0e6a11";
const AT: &str = "2026-11-21T01:20:00.000Z";

/// A command as a program sends it.
pub(super) fn command(name: &str) -> Value {
    let mut command = match name {
        "originate" => json!({
            "key": "order-4711",
            "call": { "to": "+493012345", "profile": "receptionist", "variables": { "order": "4711" } },
        }),
        "hangup" | "hold" | "unhold" | "park" | "getCall" => json!({ "call_id": CALL_ID }),
        "setVariables" => json!({ "call_id": CALL_ID, "variables": { "order": "4711" } }),
        "transfer" | "bridge" => json!({ "call_id": CALL_ID, "target": "sales" }),
        "say" => json!({ "call_id": CALL_ID, "text": "Your table is booked." }),
        "sendDtmf" => json!({ "call_id": CALL_ID, "digits": "12#" }),
        "listCalls" => json!({ "state": "live", "limit": 20 }),
        "setAgentProfile" => json!({
            "profile_id": PROFILE_ID,
            "profile": { "greeting": "Good evening.", "revision": 2 },
        }),
        "subscribe" => json!({ "topics": ["calls", "transcripts"], "after": 1_795_223_000_000_007_u64 }),
        "enableAgentByCampaignId" | "disableAgentByCampaignId" => json!({ "campaign_id": "TEST1" }),
        "enableAgentByUserId" | "disableAgentByUserId" => json!({ "user_id": "1001" }),
        "assignAgents" => json!({ "assignments": [{ "user_id": "1001", "campaign_id": "TEST1" }] }),
        "listOsdialAgents" | "listOsdialLiveAgents" => json!({ "campaign_id": "TEST1", "limit": 20 }),
        "listOsdialLists" | "listOsdialStatuses" => json!({ "campaign_id": "TEST1" }),
        "listOsdialLeads" => json!({ "list_id": 1001, "cursor": "5", "limit": 20 }),
        _ => json!({}),
    };
    command["id"] = "7".into();
    command["command"] = name.into();
    command
}

/// The result of a command.
pub(super) fn result(name: &str) -> Value {
    match name {
        "originate" | "getCall" => listed_call(),
        "listCalls" => json!({ "items": [listed_call()], "next_cursor": CALL_ID }),
        "enableAgentByCampaignId"
        | "disableAgentByCampaignId"
        | "enableAgentByUserId"
        | "disableAgentByUserId"
        | "assignAgents" => osdial::affected(),
        name if name.starts_with("listOsdial") => osdial::listed(name),
        "listAgentProfiles" => json!({ "items": [profile()], "next_cursor": null, "unreadable": [] }),
        "setAgentProfile" => profile(),
        "listExtensions" => json!({
            "items": [
                {
                    "name": "sales", "title": "Sales", "target": "internal,2001,1", "origin": "organization",
                    "revision": "9f86d081884c7d65",
                },
            ],
            "next_cursor": null,
        }),
        "subscribe" => json!({ "resumed": true, "seq": 1_795_223_000_000_009_u64 }),
        _ => json!({}),
    }
}

pub(super) fn refusal() -> Value {
    let error = json!({ "kind": "call_over", "title": "Conflict", "detail": "the call is over" });
    json!({ "id": "7", "ok": false, "error": error })
}

pub(super) fn event(kind: EventKind) -> Value {
    let mut event = match kind {
        EventKind::Snapshot => json!({ "topics": ["calls"], "calls": [call()] }),
        EventKind::Call => json!({ "call": call() }),
        EventKind::Entry => json!({
            "entry": { "call_id": CALL_ID, "seq": 6, "at": AT, "kind": "caller_said", "text": "a table for two" },
        }),
        EventKind::Transcript => json!({
            "call_id": CALL_ID,
            "line": { "seq": 6, "at": AT, "role": "caller", "text": "a table for two", "interrupted": false },
        }),
        EventKind::Actors => json!({
            "actors": {
                "registry": { "restarts": 0, "mailbox": 0, "since": AT },
                "calls": [],
                "limits": [{ "name": "calls", "organization": null, "used": 1, "max": 200 }],
                "failures": [],
                "unreadable": [],
                "ledger": [{
                    "kind": "calls", "is_of_calls": true, "open": 1, "opened": 5, "closed": 4, "most": 2, "oldest_ms": 1200,
                }],
            },
        }),
        EventKind::Osdial => json!({
            "change": { "what": "remote_agents", "changed": [osdial::remote_agent()], "gone": [] },
        }),
        EventKind::Metrics => json!({ "metrics": { "cordboard_calls_live": 1.0 } }),
    };
    event["seq"] = 1_795_223_000_000_008_u64.into();
    event["at"] = AT.into();
    event["kind"] = kind.name().into();
    event
}

/// A call as in an answer: with its tags and the judge's cost, which are left out in reports of live calls.
fn listed_call() -> Value {
    let mut call = call();
    call["tags"] = json!(["urgent"]);
    call["judge_micros"] = json!(0);
    call
}

fn call() -> Value {
    json!({
        "id": CALL_ID,
        "state": "live",
        "direction": "inbound",
        "from": "+493012345",
        "to": "5000",
        "leg_kind": "audiosocket",
        "held_since": null,
        "talk_ms": null,
        "with_person": false,
        "outside_ids": [],
        "started_at": AT,
        "answered_at": AT,
        "ended_at": null,
        "failure": null,
        "hangup_cause": null,
        "hangup_by": null,
        "profile_id": PROFILE_ID,
        "identity": null,
        "recording_ms": null,
        "recording_lost_ms": 0,
        "last_seq": 5,
        "provider": "builtin",
        "cost_micros": 0,
        "currency": "USD",
        "agents": [],
    })
}

fn profile() -> Value {
    json!({
        "id": PROFILE_ID,
        "name": "receptionist",
        "language": "en",
        "instructions": "",
        "greeting": "Good evening.",
        "voice": null,
        "speed_percent": 100,
        "turn_detection": { "type": "semantic_vad", "eagerness": "auto" },
        "noise_reduction": null,
        "transcription": true,
        "max_output_tokens": null,
        "agent": null,
        "voices": [],
        "must_stay_in": null,
        "shadow": null,
        "tools": ["end_call"],
        "dtmf_actions": [],
        "after_handoff": "release",
        "assistant_in_handoff": "released",
        "handoff_style": "blind",
        "handoff_words": { "enabled": true, "target": "front_desk", "phrases": { "en": ["talk to a person"] } },
        "style": {
            "formality": 50,
            "warmth": 80,
            "pace": 50,
            "verbosity": 30,
            "assertiveness": 50,
            "interruptibility": 50,
            "response_delay_ms": null,
            "silence_reminder_s": 12,
        },
        "notice": "This call is answered by an AI and recorded.",
        "extraction": [],
        "topics": [],
        "revision": 3,
        "published_version": 2,
        "has_unpublished_changes": false,
    })
}
