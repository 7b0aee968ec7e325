//! Filters of campaigns: what is refused, how many contacts a filter would admit, and who is left out. (Who is called:
//! `tests/virtual/campaigns/filter.rs`.)

use cordboard::store::change;
use serde_json::{Value, json};

use crate::setup::Setup;

const PATH: &str = "/api/v1/campaigns";

fn body(conditions: &Value) -> Value {
    json!({ "name": "Renewals", "settings": { "filter": { "conditions": conditions } } })
}

#[test]
fn bad_filters_are_refused_by_field_with_help() {
    let setup = Setup::open();
    let campaign =
        format!("{PATH}/{}", setup.send("POST", PATH, &body(&json!([]))).json()["id"].as_str().unwrap());
    let many = vec![json!({ "variable": "city", "is": "not_empty" }); 11];
    for (conditions, field, help) in [
        (json!([{ "variable": "city", "is": "equals" }]), "conditions[0].value", "must not be empty"),
        (json!([{ "is": "not_empty" }]), "conditions[0].variable", "letters without accents"),
        (
            json!([{ "variable": "age", "is": "less", "value": "old" }]),
            "conditions[0].value",
            "a number, as 17",
        ),
        (
            json!([{ "of": "number", "is": "begins_with", "value": "030" }]),
            "conditions[0].value",
            "with its country code",
        ),
        (json!([{ "of": "country", "is": "equals", "value": "Germany" }]), "conditions[0].value", "as DE"),
        (json!(many), "conditions", "at most 10"),
    ] {
        let body = body(&conditions);
        let filter = json!({ "filter": body["settings"]["filter"] });
        let preview = format!("{campaign}/filter-preview");
        for (method, path, body, below) in [
            ("POST", PATH, &body, "settings."),
            ("PUT", campaign.as_str(), &body, "settings."),
            ("POST", preview.as_str(), &filter, ""),
        ] {
            let refused = setup.send(method, path, body).problem(422);
            let field = format!("`{below}filter.{field}`");
            assert!(refused.contains(&field) && refused.contains(help), "{method} {path} {field}: {refused}");
        }
    }
    for unknown in [json!([{ "variable": "city", "is": "like", "value": "B" }]), json!([{ "where": "city" }])]
    {
        setup.send("POST", PATH, &body(&unknown)).problem(422);
    }
}

#[test]
fn a_filter_counts_whom_it_admits_and_leaves_out() {
    let setup = Setup::open();
    let in_berlin = json!([{ "variable": "city", "is": "equals", "value": "berlin" }]);
    let made = setup.send("POST", PATH, &body(&in_berlin)).json();
    assert_eq!(made["settings"]["filter"]["needs"], "all", "{made}");
    let campaign = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let people: Vec<Value> = ["Berlin", "BERLIN", "Köln"]
        .iter()
        .enumerate()
        .map(|(nth, city)| json!({ "number": format!("+49301234560{nth}"), "variables": { "city": city } }))
        .collect();
    setup.send("POST", &format!("{campaign}/contacts"), &json!({ "contacts": people }));
    let file = "number,city\n+493012345610,Köln\n+493012345611,Berlin\n";
    setup.send_text("POST", &format!("{campaign}/contacts.csv"), file);
    let progress = || {
        let progress = setup.json(&format!("{campaign}/progress"));
        ["contacts", "waiting", "left_out", "is_filtering"].map(|figure| progress[figure].clone())
    };
    assert_eq!(progress(), [json!(5), json!(3), json!(2), json!(false)]);
    let left_out = setup.json(&format!("{campaign}/contacts?state=left_out"));
    assert_eq!(left_out["items"].as_array().unwrap().len(), 2, "{left_out}");
    assert!(setup.get(&format!("{campaign}/contacts.csv")).text().contains("+493012345610,left_out"));

    let preview = |filter: Value| {
        setup.send("POST", &format!("{campaign}/filter-preview"), &json!({ "filter": filter })).json()
    };
    let of_koeln = json!({ "conditions": [{ "variable": "city", "is": "begins_with", "value": "kö" }] });
    let expected = json!({ "contacts": 5, "looked_at": 5, "admitted": 2, "left_out": 3, "waiting": 2 });
    assert_eq!(preview(of_koeln), expected);
    assert_eq!(preview(json!({}))["admitted"], 5);
    assert_eq!(progress()[2], json!(2), "nothing was changed");

    // A forecast simulates the contacts who wait.
    assert_eq!(setup.send("POST", &format!("{campaign}/forecast"), &json!({})).json()["waiting"], 3);

    assert_eq!(setup.send("PUT", &campaign, &json!({ "name": "Renewals", "settings": {} })).status, 200);
    assert_eq!(progress()[3], json!(true), "the new filter is not applied yet");
    let (id, owner) = (made["id"].as_str().unwrap().parse().unwrap(), setup.store.organization_id());
    assert!(!setup.change(move |connection| change::apply_filter_to_some(connection, owner, id)));
    assert_eq!(progress(), [json!(5), json!(5), json!(0), json!(false)]);
}

#[test]
fn a_zone_is_the_same_by_each_of_its_names() {
    let setup = Setup::open();
    let in_new_york = json!([{ "of": "zone", "is": "equals", "value": "America/New_York" }]);
    let made = setup.send("POST", PATH, &body(&in_new_york)).json();
    let campaign = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let people: Vec<Value> = ["US/Eastern", "America/New_York", "US/Pacific"]
        .iter()
        .enumerate()
        .map(|(nth, zone)| json!({ "number": format!("+1212555012{nth}"), "zone": zone }))
        .collect();
    setup.send("POST", &format!("{campaign}/contacts"), &json!({ "contacts": people }));
    let progress = setup.json(&format!("{campaign}/progress"));
    assert_eq!([&progress["waiting"], &progress["left_out"]], [2, 1], "{progress}");

    let preview = |is: &str| {
        let conditions = json!([{ "of": "zone", "is": is, "value": "us/eastern" }]);
        let filter = json!({ "filter": { "conditions": conditions } });
        setup.send("POST", &format!("{campaign}/filter-preview"), &filter).json()["admitted"].clone()
    };
    assert_eq!([preview("equals"), preview("not_equals")], [2, 1]);
}
