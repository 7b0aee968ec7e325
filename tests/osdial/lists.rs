//! The dialler's lists, over HTTP and over the control socket, with text in every encoding.

use cordboard_test_support::mariadb::Schema;
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use crate::setup::{Setup, over_each};

/// The name of the call in the rows.
fn known_call(schema: Schema) -> &'static str {
    match schema {
        Schema::Osdial => "V0102030405000000002",
        Schema::Vicidial => "V1020304050000000002",
    }
}

fn column(list: &Value, field: &str) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item[field].to_string().trim_matches('"').to_owned()).collect()
}

#[test]
fn agents_campaigns_lists_and_statuses_are_listed() {
    over_each(all_is_listed);
}

fn all_is_listed(schema: Schema) {
    let mut setup = Setup::of(schema);
    assert_eq!(column(&setup.list("agents"), "user_start"), ["1001", "1010", "1020", "vaTEST1001"]);
    assert_eq!(column(&setup.list("agents?campaign_id=TEST2"), "user_start"), ["1010"]);
    assert_eq!(column(&setup.list("agents?campaign_id=test2"), "user_start"), [""; 0], "ids are exact");
    let page = setup.list("agents?limit=3");
    assert_eq!(page["next_cursor"], "3");
    assert_eq!(column(&setup.list("agents?limit=3&cursor=3"), "user_start"), ["vaTEST1001"]);
    assert_eq!(column(&setup.list("live-agents"), "user"), ["1001", "1002", "vaTEST1001", "2001"]);
    let talking = &setup.list("live-agents?limit=1&cursor=1")["items"][0].clone();
    assert_eq!([&talking["status"], &talking["callerid"]], [&json!("INCALL"), &json!(known_call(schema))]);
    let campaigns = setup.list("campaigns");
    assert_eq!(column(&campaigns, "campaign_name"), ["Test campaign one", "Rückruf"]);
    assert_eq!(column(&setup.list("lists?campaign_id=TEST2"), "list_id"), ["1002"]);
    assert_eq!(column(&setup.list("statuses"), "status").len(), 17);
    let of_one = setup.list("statuses?campaign_id=TEST1");
    let own: Vec<&Value> =
        of_one["items"].as_array().unwrap().iter().filter(|one| !one["campaign_id"].is_null()).collect();
    assert_eq!(own[1]["status_name"], "AI: übergeben");

    let mut program = setup.program();
    for (command, path) in [
        (json!({ "command": "listOsdialAgents", "campaign_id": "TEST1" }), "agents?campaign_id=TEST1"),
        (json!({ "command": "listOsdialLiveAgents" }), "live-agents"),
        (json!({ "command": "listOsdialCampaigns" }), "campaigns"),
        (json!({ "command": "listOsdialLists" }), "lists"),
        (json!({ "command": "listOsdialStatuses", "campaign_id": "TEST1" }), "statuses?campaign_id=TEST1"),
        (json!({ "command": "listOsdialLeads", "list_id": 1001 }), "leads?list_id=1001"),
    ] {
        assert_eq!(program.done(command), setup.list(path), "{path}");
    }
    assert_eq!(program.refusal(json!({ "command": "enableAgentByUserId", "user_id": "9999" })), "not_found");
    let enabled = program.done(json!({ "command": "enableAgentByCampaignId", "campaign_id": "TEST2" }));
    assert_eq!(enabled["affected"][0]["status"], "ACTIVE");
    for (command, status) in [
        (json!({ "command": "disableAgentByUserId", "user_id": "1010" }), "INACTIVE"),
        (json!({ "command": "enableAgentByUserId", "user_id": "1010" }), "ACTIVE"),
        (json!({ "command": "disableAgentByCampaignId", "campaign_id": "TEST2" }), "INACTIVE"),
    ] {
        let affected = program.done(command.clone())["affected"][0].clone();
        let stands = (&affected["user_start"], &affected["status"], &affected["was_changed"]);
        assert_eq!(stands, (&json!("1010"), &json!(status), &json!(true)), "{command}: {affected}");
    }
    let assigned = json!([{ "user_id": "1020", "campaign_id": "TEST2" }]);
    let assigned = program.done(json!({ "command": "assignAgents", "assignments": assigned }));
    assert_eq!(assigned["affected"][0]["campaign_id"], "TEST2");
    assert_eq!(
        setup.sql.rows("SELECT campaign_id FROM osdial_remote_agents WHERE user_start='1020'"),
        [["TEST2"]]
    );
}

#[test]
fn leads_in_every_encoding_are_read_correctly() {
    over_each(leads_are_read_right);
}

fn leads_are_read_right(schema: Schema) {
    let mut setup = Setup::of(schema);
    setup.sql.change("ALTER TABLE osdial_list ADD COLUMN shoe_size varchar(10), ADD COLUMN `odd name` int");
    setup.sql.change("UPDATE osdial_list SET shoe_size='46', `odd name`=7 WHERE lead_id=2");
    let leads = setup.list("leads");
    let names: Vec<&str> = leads["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lead| lead["fields"]["first_name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Ann", "Jürgen", "Jürgen", "Jürgen", "Ángel", "山田", "?ukasz", "€ “x”", "üüüüüüü"]);
    let second = &leads["items"][1]["fields"];
    assert_eq!([&second["last_name"], &second["city"]], [&json!("Müller"), &json!("Köln")]);
    assert_eq!(
        [&second["shoe_size"], &second["odd name"]],
        [&json!("46"), &json!("7")],
        "the dialler's own fields"
    );
    assert_eq!(second["date_of_birth"], Value::Null, "a zero date says nothing");
    assert_eq!(second["entry_date"], "2024-01-02 03:04:05");
    assert_eq!(leads["items"][5]["fields"]["city"], "😀");
    assert_eq!(column(&setup.list("leads?phone_number=30901821"), "lead_id"), ["3"]);
    assert_eq!(column(&setup.list("leads?lead_id=4"), "lead_id"), ["4"]);
    assert_eq!(column(&setup.list("leads?lead_id=4711"), "lead_id"), [""; 0]);
    assert_eq!(column(&setup.list("leads?lead_id=4&list_id=1001&status=NEW"), "lead_id"), ["4"]);
    for other in ["list_id=1002", "status=SALE", "phone_number=30901821", "cursor=4"] {
        assert_eq!(column(&setup.list(&format!("leads?lead_id=4&{other}")), "lead_id"), [""; 0], "{other}");
    }
    assert_eq!(column(&setup.list("leads?list_id=1002&limit=2&cursor=5"), "lead_id"), ["6", "7"]);
}

#[test]
fn the_prefix_of_another_dialler_is_reported_with_its_fix() {
    let setup = Setup::open_with(&[("osdial.table_prefix", "vicidial_")]);
    let away = setup.server.get("/api/v1/osdial/agents", Token::Admin).unwrap();
    assert_eq!(away.json()["code"], "dialler_unusable");
    assert!(away.json()["detail"].as_str().unwrap().contains("osdial.table_prefix"), "{}", away.text());
}

/// VICIdial's pages create a table of additional fields for each list that has any.
#[test]
fn a_lead_has_the_fields_of_its_original_list() {
    let mut setup = Setup::of(Schema::Vicidial);
    setup.sql.change("INSERT INTO custom_1001 (lead_id, shoe_size) VALUES (1, '44'), (2, '43')");
    let size = |setup: &Setup| setup.list("leads?lead_id=2")["items"][0]["fields"]["shoe_size"].clone();
    assert_eq!(size(&setup), Value::Null, "it came with no list that has any");
    // A moved lead keeps the fields of its original list.
    setup.sql.change("UPDATE osdial_list SET entry_list_id=1001, list_id=1002 WHERE lead_id=2");
    assert_eq!(size(&setup), "43");
    setup.sql.change("UPDATE osdial_list SET entry_list_id=1002 WHERE lead_id=2");
    assert_eq!(size(&setup), Value::Null);
}
