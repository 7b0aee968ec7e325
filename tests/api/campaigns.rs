//! Campaigns: lists that come as spreadsheets save them, acts at once, and who is not to be called. (Who is called: `tests/virtual/campaigns.rs`.)

use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setup::Setup;

const PATH: &str = "/api/v1/campaigns";

fn campaign(setup: &Setup) -> String {
    let made = setup.send("POST", PATH, &json!({ "name": "Renewals" }));
    assert_eq!(made.status, 201, "{}", made.text());
    format!("{PATH}/{}", made.json()["id"].as_str().unwrap())
}

#[test]
fn a_file_is_taken_in_row_by_row_and_its_wrong_rows_are_told() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let digits = "1234567890".repeat(4);
    let file = format!(
        "phone;First name;zone;consent\n\
         +493012345678;Ada;Europe/Berlin;form 7\n\
         '+493012345679;=cmd|x;;\n\
         ٠٠٤٩٣٠١٢٣٤٥٦٧٠;محمد;;\n\
         {digits};Eve;;\n\
         +{digits};Eve;;\n\
         030 12345671;local;;\n\
         +493012345672;Bo;Europe/Atlantis;\n\
         +493012345673;Cy\u{0};;\n\
         +493012345678;Ada again;;\n"
    );
    let import = format!("{campaign}/contacts.csv");
    let seen = setup.send_text("POST", &format!("{import}?preview=true"), &file).json();
    assert_eq!((&seen["rows"], &seen["good"], &seen["added"]), (&json!(9), &json!(4), &json!(0)), "{seen}");
    let wrong: Vec<_> =
        seen["errors"].as_array().unwrap().iter().map(|one| (&one["row"], &one["field"])).collect();
    let told = |row: u64, field: &'static str| (json!(row), json!(field));
    let expected =
        [told(5, "number"), told(6, "number"), told(7, "number"), told(8, "zone"), told(9, "variables")];
    assert_eq!(wrong, expected.iter().map(|(row, field)| (row, field)).collect::<Vec<_>>());
    assert_eq!(setup.json(&format!("{campaign}/contacts"))["items"], json!([]), "a preview adds nobody");

    let done = setup.send_text("POST", &format!("{import}?country_code=49"), &file).json();
    let counts = (&done["good"], &done["added"], &done["known"], &done["variables"]);
    assert_eq!(counts, (&json!(5), &json!(4), &json!(1), &json!(["first_name"])), "{done}");
    let again = setup.send_text("POST", &import, &file).json();
    assert_eq!((&again["added"], &again["known"]), (&json!(0), &json!(4)), "{again}");
    let contacts = setup.json(&format!("{campaign}/contacts"));
    let numbers: Vec<_> = contacts["items"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert_eq!(numbers, ["+493012345678", "+493012345679", "+493012345670", "+493012345671"]);
    let first = &contacts["items"][0];
    assert_eq!((&first["zone"], &first["consent"]), (&json!("Europe/Berlin"), &json!("form 7")));

    // A cell that a spreadsheet would run leaves as text, and comes back as it was.
    let export = setup.get(&import).text();
    assert!(export.contains("'+493012345679,waiting") && export.contains("'=cmd|x"), "{export}");
    let other = self::campaign(&setup);
    setup.send_text("POST", &format!("{other}/contacts.csv"), &export);
    let copied = setup.json(&format!("{other}/contacts?number=%2B493012345679"));
    assert_eq!(copied["items"][0]["variables"], json!({ "first_name": "=cmd|x" }));
    assert_eq!(setup.json(&format!("{campaign}/progress"))["waiting"], 4);
    let log = setup.json("/api/v1/audit-log").to_string();
    for action in ["campaign.contacts_imported", "contacts.looked_at", "contacts.exported"] {
        assert!(log.contains(action), "{action} is missing in {log}");
    }
}

#[test]
fn what_can_not_be_taken_is_refused_and_adds_nobody() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    for body in [
        json!({ "name": "" }),
        json!({ "name": "x", "settings": { "rules": { "per_minute_max": 0 } } }),
        json!({ "name": "x", "settings": { "profile": "nobody's" } }),
        json!({ "name": "x", "settings": { "from": "me" } }),
    ] {
        setup.send("POST", PATH, &body).problem(422);
        setup.send("PUT", &campaign, &body).problem(422);
    }
    let contacts = format!("{campaign}/contacts");
    for contact in [
        json!({ "number": "030" }),
        json!({ "number": "+493012345678", "zone": "Mars/Base" }),
        json!({ "number": "+493012345678", "variables": { "a.b": "dots are a dialler's" } }),
    ] {
        let good = json!({ "number": "+493012345679" });
        let refused = setup.send("POST", &contacts, &json!({ "contacts": [good, contact] })).problem(422);
        assert!(refused.contains("`contacts[1]."), "{refused}");
    }
    for file in ["", "name\nAda\n", "phone,phone\n", "phone,First name,first-name\n"] {
        setup.send_text("POST", &format!("{contacts}.csv"), file).problem(422);
    }
    assert_eq!(setup.json(&contacts)["items"], json!([]));
    setup.send("POST", &format!("{PATH}/{}/start", Uuid::now_v7()), &Value::Null).problem(404);
}

#[test]
fn two_who_act_at_once_come_to_one_state_and_what_can_not_be_is_a_conflict() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let act = |act: &str| setup.send("POST", &format!("{campaign}/{act}"), &Value::Null);
    assert_eq!(act("pause").problem_code(409), "campaign_state");
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| act("start"))).collect();
        for start in starts {
            assert_eq!(start.join().unwrap().json()["state"], "running");
        }
    });
    assert_eq!(setup.send("DELETE", &campaign, &Value::Null).problem_code(409), "campaign_runs");
    for (word, state) in
        [("pause", "paused"), ("pause", "paused"), ("resume", "running"), ("stop", "stopped")]
    {
        assert_eq!(act(word).json()["state"], state);
    }
    assert_eq!(act("start").problem_code(409), "campaign_state");
    let add = json!({ "contacts": [{ "number": "+493012345678" }] });
    setup.send("POST", &format!("{campaign}/contacts"), &add).problem(409);
    assert_eq!(setup.send("DELETE", &campaign, &Value::Null).status, 204);
    setup.get(&campaign).problem(404);
}

#[test]
fn a_number_is_put_on_the_list_once_and_taken_off() {
    let setup = Setup::open();
    let put = |evidence: &str| {
        let body = json!({ "number": "+49 30 12345678", "evidence": evidence });
        setup.send("POST", "/api/v1/suppressions", &body).json()
    };
    assert_eq!(put("by letter")["evidence"], "by letter");
    assert_eq!(put("once more")["evidence"], "by letter", "what was said first stays");
    assert_eq!(setup.json("/api/v1/suppressions")["items"].as_array().unwrap().len(), 1);
    let path = "/api/v1/suppressions/+493012345678";
    assert_eq!(setup.send("DELETE", path, &Value::Null).status, 204);
    setup.send("DELETE", path, &Value::Null).problem(404);
    setup.send("POST", "/api/v1/suppressions", &json!({ "number": "12" })).problem(422);
}

/// The promise not to call outlives what is known of somebody.
#[test]
fn a_customer_who_is_deleted_is_on_no_list_but_the_one_of_whom_nobody_calls() {
    let setup = Setup::open();
    let numbers = ["+493012345678", "+493012345679", "+493012345670"];
    let lists = [campaign(&setup), campaign(&setup)];
    let people: Vec<Value> =
        numbers.iter().map(|number| json!({ "number": number, "variables": { "name": "Ada" } })).collect();
    for list in &lists {
        setup.send("POST", &format!("{list}/contacts"), &json!({ "contacts": people }));
    }
    for number in &numbers[1..] {
        let body = json!({ "number": number, "evidence": "Ada said so." });
        assert_eq!(setup.send("POST", "/api/v1/suppressions", &body).status, 200);
    }
    let ada = json!({ "name": "Ada", "phone": numbers[0], "other_numbers": [numbers[1]] });
    let ada = setup.send("POST", "/api/v1/customers", &ada).json();
    let path = format!("/api/v1/customers/{}", ada["id"].as_str().unwrap());
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    for list in &lists {
        let left = setup.json(&format!("{list}/contacts"))["items"].clone();
        assert_eq!((left.as_array().unwrap().len(), &left[0]["number"]), (1, &json!(numbers[2])));
    }
    let listed = setup.json("/api/v1/suppressions")["items"].clone();
    let told: Vec<_> =
        listed.as_array().unwrap().iter().map(|one| (&one["number"], &one["evidence"])).collect();
    let (theirs, others) = (json!(numbers[1]), json!(numbers[2]));
    assert_eq!(told, [(&others, &json!("Ada said so.")), (&theirs, &json!(""))]);
}

#[test]
fn whoever_came_to_an_end_for_want_of_consent_waits_again_once_the_campaign_has_one() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let people = json!({ "contacts": [{ "number": "+493012345678" }, { "number": "+493012345679" }] });
    setup.send("POST", &format!("{campaign}/contacts"), &people);
    setup.change(|connection| {
        Ok(connection.batch_execute(
            "UPDATE contacts SET state = 'done', end_reason = CASE number WHEN '+493012345678' THEN 'no_consent' ELSE 'reached' END",
        )?)
    });
    let waiting = || setup.json(&format!("{campaign}/progress"))["waiting"].clone();
    let changed = |consent: &str| {
        let body = json!({ "name": "Renewals", "settings": { "rules": { "consent": consent } } });
        assert_eq!(setup.send("PUT", &campaign, &body).status, 200);
    };
    changed("");
    assert_eq!(waiting(), 0);
    changed("form 7 of the shop");
    assert_eq!(waiting(), 1, "the other was reached");
}
