//! Examples of a dialler's data.

use serde_json::{Value, json};

/// Remote agents affected by a command.
pub(super) fn affected() -> Value {
    let mut agent = remote_agent();
    agent["lines"] = json!([{ "user": "1001", "status": "READY" }, { "user": "1002", "status": null }]);
    agent["was_changed"] = true.into();
    json!({ "affected": [agent] })
}

/// A page of a list.
pub(super) fn listed(name: &str) -> Value {
    let item = match name {
        "listOsdialAgents" => remote_agent(),
        "listOsdialLiveAgents" => json!({
            "live_agent_id": 41,
            "user": "1001",
            "server_ip": "10.0.0.5",
            "conf_exten": "8801",
            "extension": "R/1001",
            "status": "INCALL",
            "campaign_id": "TEST1",
            "lead_id": 2,
            "uniqueid": "1400000000.12",
            "callerid": "V0102030405000000002",
            "channel": "SIP/trunk-00000001",
            "calls_today": 7,
        }),
        "listOsdialCampaigns" => json!({
            "campaign_id": "TEST1",
            "campaign_name": "Test campaign one",
            "is_active": true,
            "dial_method": "RATIO",
            "auto_dial_level": "1",
        }),
        "listOsdialLists" => {
            json!({ "list_id": 1001, "list_name": "Leads one", "campaign_id": "TEST1", "is_active": true })
        }
        "listOsdialLeads" => json!({
            "lead_id": 2,
            "list_id": 1001,
            "status": "NEW",
            "fields": { "first_name": "Jürgen", "phone_number": "30901820" },
        }),
        _ => json!({
            "status": "SALE",
            "status_name": "Sale Made",
            "campaign_id": null,
            "is_selectable": true,
            "is_human_answered": true,
            "category": "SALE",
        }),
    };
    json!({ "items": [item], "next_cursor": null })
}

/// A remote agent.
pub(super) fn remote_agent() -> Value {
    json!({
        "remote_agent_id": 1,
        "user_start": "1001",
        "number_of_lines": 2,
        "server_ip": "10.0.0.5",
        "conf_exten": "8801",
        "status": "ACTIVE",
        "campaign_id": "TEST1",
        "closer_campaigns": " -",
    })
}
