//! Campaigns: lists as spreadsheets save them, immediate actions, and numbers that must not be called. (Who is called: `tests/virtual/campaigns.rs`.)

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use cordboard::store::{Closing, change};
use cordboard_campaigns::attempt::Outcome;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::{CONTACTS_AT_ONCE_MAX, CSV_CONTACTS_ROWS_MAX};
use cordboard_schema::time::UnixMs;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::setup::{ADMIN, Setup};

const PATH: &str = "/api/v1/campaigns";

fn campaign(setup: &Setup) -> String {
    let made = setup.send("POST", PATH, &json!({ "name": "Renewals" }));
    assert_eq!(made.status, 201, "{}", made.text());
    format!("{PATH}/{}", made.json()["id"].as_str().unwrap())
}

#[test]
fn good_rows_are_imported_and_wrong_ones_are_reported() {
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
    assert_eq!(setup.json(&format!("{campaign}/contacts"))["items"], json!([]), "a preview adds no contact");

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

    // A cell that a spreadsheet would run is exported as text, and imported as it was.
    let export = setup.get(&import).text();
    assert!(export.contains("'+493012345679,waiting") && export.contains("'=cmd|x"), "{export}");
    let other = self::campaign(&setup);
    let copy = setup.send_text("POST", &format!("{other}/contacts.csv"), &export).json();
    assert_eq!(
        (&copy["columns_left_out"][0], &copy["columns_left_out"][1]),
        (&json!("id"), &json!("state")),
        "{copy}"
    );
    let copied = setup.json(&format!("{other}/contacts?number=%2B493012345679"));
    assert_eq!(copied["items"][0]["variables"], json!({ "first_name": "=cmd|x" }));
    assert_eq!(setup.json(&format!("{campaign}/progress"))["waiting"], 4);
    let log = setup.json("/api/v1/audit-log").to_string();
    for action in ["campaign.contacts_imported", "contacts.looked_at", "contacts.exported"] {
        assert!(log.contains(action), "{action} is missing in {log}");
    }
}

#[test]
fn agents_talk_only_with_a_queue_and_an_abandoned_message() {
    let setup = Setup::open();
    let queue = json!({ "name": "sales", "title": "Sales", "members": [] });
    assert_eq!(setup.send("POST", "/api/v1/queues", &queue).status, 201);
    let whole = json!({
        "queue": "sales", "abandoned_message": "This was Miller, 030 1234.",
        "rules": { "mode": "predictive", "abandoned_permille_max": 10 },
    });
    for (field, value) in [
        ("queue", json!(null)),
        ("queue", json!("support")),
        ("abandoned_message", json!(" ")),
        ("answer_timeout_s", json!(14)),
        ("rules", json!({ "mode": "predictive", "abandoned_permille_max": 31 })),
    ] {
        let mut settings = whole.clone();
        settings[field] = value;
        let refused = setup.send("POST", PATH, &json!({ "name": "x", "settings": settings })).problem(422);
        assert!(refused.contains(field), "{field}: {refused}");
    }
    let made = setup.send("POST", PATH, &json!({ "name": "Renewals", "settings": whole })).json();
    let settings = &made["settings"];
    assert_eq!((&settings["queue"], &settings["rules"]["mode"]), (&json!("sales"), &json!("predictive")));
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let rate = setup.json(&format!("{path}/progress"))["abandon_rate"].clone();
    assert_eq!(rate, json!({ "live": 0, "abandoned": 0, "permille": 0 }));
    let by_assistants = campaign(&setup);
    assert_eq!(setup.json(&format!("{by_assistants}/progress"))["abandon_rate"], Value::Null);
}

#[test]
fn invalid_contacts_are_refused_and_add_nobody() {
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
    let swallows = "phone,name\n+493012345678,\"Ada\n+493012345679,Bo\n";
    for file in ["", "name\nAda\n", "phone,phone\n", "phone,First name,first-name\n", swallows] {
        setup.send_text("POST", &format!("{contacts}.csv"), file).problem(422);
    }
    assert_eq!(setup.json(&contacts)["items"], json!([]));
    setup.send("POST", &format!("{PATH}/{}/start", Uuid::now_v7()), &Value::Null).problem(404);
}

#[test]
fn simultaneous_actions_reach_one_state_and_impossible_ones_conflict() {
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

/// Each request gets the result of its action, and the campaign is in the state in which the second action left it.
#[test]
fn opposite_simultaneous_actions_reach_one_state() {
    let setup = Setup::open();
    let nothing: &[&str] = &[];
    for (before, acts, ends) in [
        (nothing, ["start", "stop"], &["stopped"][..]),
        (&["start"][..], ["pause", "stop"], &["stopped"][..]),
        (&["start"][..], ["pause", "resume"], &["paused", "running"][..]),
        (&["start", "pause"][..], ["resume", "pause"], &["paused", "running"][..]),
        (&["start", "pause"][..], ["resume", "stop"], &["stopped"][..]),
    ] {
        for round in 0..4 {
            let campaign = campaign(&setup);
            let act = |act: &str| setup.send("POST", &format!("{campaign}/{act}"), &Value::Null);
            for word in before {
                assert_eq!(act(word).status, 200, "{word}");
            }
            let answers: Vec<Answer> = std::thread::scope(|scope| {
                let act = &act;
                let asked = acts.map(|word| scope.spawn(move || act(word)));
                asked.into_iter().map(|one| one.join().unwrap()).collect()
            });
            let state = setup.json(&campaign)["state"].clone();
            assert!(ends.iter().any(|end| state == **end), "{before:?} {acts:?}: {state}");
            for (word, answer) in acts.into_iter().zip(answers) {
                let told = answer.json();
                // An action after a stop, or one that found nothing to resume, is a conflict. Any other returns the state that it caused.
                let is_done = answer.status == 200 && told["state"].is_string();
                let is_conflict = answer.status == 409 && told["code"] == "campaign_state";
                assert!(is_done || is_conflict, "{word} in round {round}: {} {told}", answer.status);
                assert!(word != "stop" || told["state"] == "stopped", "{told}");
            }
            assert_eq!(setup.send("DELETE", &campaign, &Value::Null).status == 204, state != "running");
        }
    }
}

/// A start between two of the parts is refused, as for any stopped campaign: it would call the rest of the list.
#[test]
fn a_campaign_removed_in_parts_is_stopped_with_the_first() {
    let setup = Setup::open();
    let (short, long) = (campaign(&setup), campaign(&setup));
    for (path, count) in [(&short, 3), (&long, 5_001)] {
        let rows = (0..count).map(|nth| format!("+4930{:08}\n", 20_000_000 + nth));
        let file = format!("number\n{}", rows.collect::<String>());
        assert_eq!(setup.send_text("POST", &format!("{path}/contacts.csv"), &file).json()["added"], count);
        assert_eq!(setup.send("DELETE", path, &Value::Null).status, 204);
        setup.get(path).problem(404);
    }
    let log = setup.json("/api/v1/audit-log");
    let told = |path: &str| -> Vec<String> {
        let id = path.rsplit('/').next().unwrap();
        let lines = log["items"].as_array().unwrap().iter().filter(|line| line["subject"] == id);
        lines.map(|line| line["action"].as_str().unwrap().to_owned()).collect()
    };
    let before = ["campaign.contacts_imported", "campaign.created"];
    assert_eq!(told(&short), [&["campaign.deleted"][..], &before[..]].concat());
    assert_eq!(told(&long), [&["campaign.deleted", "campaign.stopped"][..], &before[..]].concat());
}

/// Nobody can pause or stop it any more.
#[test]
fn a_damaged_campaign_says_what_to_do_and_is_removed() {
    let setup = Setup::open();
    let (damaged, good) = (campaign(&setup), campaign(&setup));
    let people = json!({ "contacts": [{ "number": "+493012345678" }] });
    assert_eq!(setup.send("POST", &format!("{damaged}/contacts"), &people).json()["added"], 1);
    let id = damaged.rsplit('/').next().unwrap();
    setup
        .stranger()
        .batch_execute(&format!("UPDATE campaigns SET settings = '{{', state = 'running' WHERE id = '{id}'"))
        .unwrap();
    for answer in [setup.get(&damaged), setup.send("POST", &format!("{damaged}/stop"), &Value::Null)] {
        let told = answer.json();
        assert_eq!(answer.status, 500, "{told}");
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.contains("remove it with `DELETE /api/v1/campaigns/{id}`"), "{told}");
    }
    assert_eq!(setup.send("DELETE", &damaged, &Value::Null).status, 204);
    setup.get(&damaged).problem(404);
    let left: Vec<_> =
        setup.json(PATH)["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(left, [good.rsplit('/').next().unwrap()]);
}

#[test]
fn a_number_is_suppressed_once_and_can_be_removed() {
    let setup = Setup::open();
    let put = |evidence: &str| {
        let body = json!({ "number": "+49 30 12345678", "evidence": evidence });
        setup.send("POST", "/api/v1/suppressions", &body).json()
    };
    assert_eq!(put("by letter")["evidence"], "by letter");
    assert_eq!(put("once more")["evidence"], "by letter", "the first evidence stays");
    assert_eq!(setup.json("/api/v1/suppressions")["items"].as_array().unwrap().len(), 1);
    let path = "/api/v1/suppressions/+493012345678";
    assert_eq!(setup.send("DELETE", path, &Value::Null).status, 204);
    setup.send("DELETE", path, &Value::Null).problem(404);
    setup.send("POST", "/api/v1/suppressions", &json!({ "number": "12" })).problem(422);
}

/// As many people as a request may have, each with the longest consent.
#[test]
fn the_most_contacts_of_a_request_fit_its_body() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let consent = "x".repeat(500);
    let people: Vec<Value> = (0..CONTACTS_AT_ONCE_MAX)
        .map(|at| json!({ "number": format!("+4930{}", 12_345_000 + at), "consent": consent }))
        .collect();
    let added = setup.send("POST", &format!("{campaign}/contacts"), &json!({ "contacts": people }));
    assert_eq!((added.status, &added.json()["added"]), (200, &json!(CONTACTS_AT_ONCE_MAX)), "{added:?}");
}

#[test]
fn suppressions_are_paged_by_an_unescaped_cursor() {
    let setup = Setup::open();
    // Without its plus, the first one is an Australian's call abroad.
    let numbers = ["+114930123456", "+390612345678", "+493012345678", "+493012345679"];
    for number in numbers {
        assert_eq!(setup.send("POST", "/api/v1/suppressions", &json!({ "number": number })).status, 200);
    }
    let mut path = "/api/v1/suppressions?limit=1".to_owned();
    for (at, number) in numbers.iter().enumerate() {
        let page = setup.json(&path);
        assert_eq!(page["items"][0]["number"], json!(number));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/v1/suppressions?limit=1&cursor={cursor}"),
            None => assert_eq!(at, numbers.len() - 1),
        }
    }
}

/// The promise not to call outlives the customer's record.
#[test]
fn a_deleted_customer_stays_on_the_suppression_list_alone() {
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
fn a_contact_with_an_unreadable_number_hides_no_others() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let people = json!({ "contacts": [{ "number": "+493012345678" }, { "number": "+493012345679" }] });
    setup.send("POST", &format!("{campaign}/contacts"), &people);
    // An earlier version took this for a number: it is `anonymous` on the keys of a telephone.
    setup.change(|connection| {
        Ok(connection
            .batch_execute("UPDATE contacts SET number = '+266696687' WHERE number = '+493012345678'")?)
    });
    let items = setup.json(&format!("{campaign}/contacts"))["items"].clone();
    let seen = |contact: &Value| (contact["number"].clone(), contact["is_unreadable"].clone());
    let expected = [(json!("+266696687"), json!(true)), (json!("+493012345679"), json!(false))];
    assert_eq!(items.as_array().unwrap().iter().map(seen).collect::<Vec<_>>(), expected);
    let one = setup.json(&format!("{campaign}/contacts/{}", items[0]["id"].as_str().unwrap()));
    assert_eq!((seen(&one), &one["attempts"]), (expected[0].clone(), &json!([])));
    let file = setup.get(&format!("{campaign}/contacts.csv")).text();
    assert!(file.contains("'+266696687,waiting") && file.contains("'+493012345679,waiting"), "{file}");
}

/// An earlier version accepted such numbers.
#[test]
fn an_unreadable_suppressed_number_is_listed_and_can_be_removed() {
    let setup = Setup::open();
    let path = "/api/v1/suppressions";
    for number in ["+193012345678", "+493012345678", "+493012345679"] {
        assert_eq!(setup.send("POST", path, &json!({ "number": number })).status, 200);
    }
    setup.change(|connection| {
        Ok(connection
            .batch_execute("UPDATE suppressions SET number = '+266696687' WHERE number = '+193012345678'")?)
    });
    let page = setup.json(&format!("{path}?limit=1"));
    let listed = (&page["items"][0]["number"], &page["items"][0]["is_unreadable"]);
    assert_eq!(listed, (&json!("+266696687"), &json!(true)));
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = setup.json(&format!("{path}?cursor={cursor}"))["items"].clone();
    let seen = |one: &Value| (one["number"].clone(), one["is_unreadable"].clone());
    assert_eq!(
        rest.as_array().unwrap().iter().map(seen).collect::<Vec<_>>(),
        [(json!("+493012345678"), json!(false)), (json!("+493012345679"), json!(false))]
    );
    assert_eq!(setup.send("DELETE", &format!("{path}/+266696687"), &Value::Null).status, 204);
    assert_eq!(setup.json(path)["items"].as_array().unwrap().len(), 2);
    setup.send("DELETE", &format!("{path}/+266696687"), &Value::Null).problem(400);
}

#[test]
fn a_try_with_an_unreadable_number_hides_no_contact() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let person = json!({ "contacts": [{ "number": "+493012345678" }] });
    setup.send("POST", &format!("{campaign}/contacts"), &person);
    setup.change(|connection| {
        Ok(connection.batch_execute(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome, shown) \
             SELECT id, organization_id, campaign_id, id, '+266696687', created_at, created_at, 'no_answer', 'me' FROM contacts",
        )?)
    });
    let listed = setup.json(&format!("{campaign}/contacts"))["items"][0].clone();
    let one = setup.json(&format!("{campaign}/contacts/{}", listed["id"].as_str().unwrap()));
    let tried = &one["attempts"][0];
    assert_eq!((&one["is_unreadable"], &tried["is_unreadable"]), (&json!(false), &json!(true)), "{one}");
    assert_eq!((&tried["number"], &tried["outcome"]), (&json!("+266696687"), &json!("no_answer")));
    let file = setup.get(&format!("{campaign}/contacts.csv")).text();
    assert!(file.contains("'+493012345678,waiting"), "{file}");
}

#[test]
fn contacts_ended_without_consent_wait_again_when_consent_exists() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let refused = json!({ "number": "+493012345670", "consent": "no" });
    let people =
        json!({ "contacts": [{ "number": "+493012345678" }, { "number": "+493012345679" }, refused] });
    setup.send("POST", &format!("{campaign}/contacts"), &people);
    setup.change(|connection| {
        Ok(connection.batch_execute(
            "UPDATE contacts SET state = 'done', end_reason = CASE number WHEN '+493012345679' THEN 'reached' ELSE 'no_consent' END",
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
    let id = campaign.rsplit('/').next().unwrap().parse().unwrap();
    let owner = setup.store.organization_id();
    setup.change(move |connection| change::apply_filter_to_some(connection, owner, id));
    assert_eq!(waiting(), 1, "of the others, one was reached and one refused");
    // Somebody who refused does not make each change pass over the whole list.
    changed("form 8 of the shop");
    assert_eq!(setup.json(&format!("{campaign}/progress"))["is_filtering"], false);
}

#[test]
fn an_import_reports_and_keeps_refusals_whatever_else_is_said() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let import = format!("{campaign}/contacts.csv");
    let file =
        "phone,consent\n+493012345678,form 3\n+493012345679,No\n+49 30 12345678,nein\n+493012345679,form 4\n";
    let seen = setup.send_text("POST", &format!("{import}?preview=true"), file).json();
    assert_eq!((&seen["good"], &seen["consent_refused"]), (&json!(4), &json!(2)), "{seen}");
    let done = setup.send_text("POST", &import, file).json();
    let counts = (&done["added"], &done["known"], &done["consent_refused"]);
    assert_eq!(counts, (&json!(2), &json!(2), &json!(2)), "{done}");
    let consents = || {
        let contacts = setup.json(&format!("{campaign}/contacts"));
        let all = contacts["items"].as_array().unwrap().iter();
        all.map(|one| one["consent"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(consents(), ["nein", "No"], "a later refusal counts, and later evidence does not undo one");
    let sent = json!({ "contacts": [{ "number": "+493012345678", "consent": "form 9" }] });
    assert_eq!(setup.send("POST", &format!("{campaign}/contacts"), &sent).json()["known"], 1);
    assert_eq!(consents(), ["nein", "No"]);
}

#[test]
fn a_change_keeps_all_members_that_it_does_not_name() {
    let setup = Setup::open();
    let settings = json!({
        "from": "+493098765", "answer_timeout_s": 40,
        "filter": { "conditions": [{ "variable": "city", "is": "equals", "value": "Berlin" }] },
        "rules": { "consent": "form 7", "at_once_max": 3 },
    });
    let made = setup.send("POST", PATH, &json!({ "name": "Renewals", "settings": settings })).json();
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());

    let change = json!({ "settings": { "answer_timeout_s": 25, "rules": { "at_once_max": 5 } } });
    let changed = setup.send("PATCH", &path, &change).json();
    let mut expected = made["settings"].clone();
    expected["answer_timeout_s"] = json!(25);
    expected["rules"]["at_once_max"] = json!(5);
    assert_eq!((&changed["name"], &changed["settings"]), (&json!("Renewals"), &expected));
    assert_eq!(
        setup.send("PATCH", &path, &json!({ "name": "Renewals of May" })).json()["settings"],
        expected
    );
    // A member of the settings is replaced as a whole, and a member without a value gets its default.
    let change = json!({ "settings": { "from": null, "filter": {} } });
    let changed = setup.send("PATCH", &path, &change).json();
    (expected["from"], expected["filter"]["conditions"]) = (Value::Null, json!([]));
    assert_eq!((&changed["name"], &changed["settings"]), (&json!("Renewals of May"), &expected));

    for (change, field) in [
        (json!({ "settings": { "answer_timeout_s": 0 } }), "settings.answer_timeout_s"),
        (json!({ "settings": { "rules": { "at_once_max": 0 } } }), "settings.rules.at_once_max"),
        (json!({ "settings": { "rules": { "colour": "red" } } }), "settings"),
        (json!({ "settings": { "rules": null } }), "settings"),
        (json!({ "settings": { "filter": ["all", []] } }), "settings"),
        (json!({ "settings": [] }), "settings"),
        (json!({ "name": "" }), "name"),
    ] {
        let refused = setup.send("PATCH", &path, &change).problem(422);
        assert!(refused.contains(&format!("`{field}`")), "{change}: {refused}");
    }
    let refused = setup.send("PUT", &path, &json!({ "name": "Renewals" })).problem(422);
    assert!(refused.contains("settings"), "{refused}");
    assert_eq!(setup.json(&path)["settings"], expected, "nothing was changed");
}

/// Versions, a second variant and a goal must exist; if other variants talk, the comparison starts again.
#[test]
fn a_second_variant_needs_an_existing_profile_and_version() {
    let setup = Setup::open();
    let profile = setup.json("/api/v1/agent-profiles")["items"][0].clone();
    let name = profile["name"].as_str().unwrap();
    let version = |number: u64| json!({ "profile": name, "version": number });
    for (field, settings) in [
        ("settings.version", json!({ "profile": name, "version": 99 })),
        ("settings.version", json!({ "version": 1 })),
        ("settings.variant", json!({ "profile": name, "variant": {} })),
        ("settings.variant.version", json!({ "profile": name, "variant": version(99) })),
        ("settings.variant.profile", json!({ "profile": name, "variant": { "profile": "nobody's" } })),
        (
            "settings.variant.share_permille",
            json!({ "variant": { "profile": name, "share_permille": 1_000 } }),
        ),
        ("settings.goal", json!({ "goal": Uuid::now_v7() })),
        ("settings.mailbox_disposition", json!({ "mailbox_disposition": Uuid::now_v7() })),
    ] {
        let refused = setup.send("POST", PATH, &json!({ "name": "x", "settings": settings })).problem(422);
        assert!(refused.contains(&format!("`{field}`")), "{field}: {refused}");
    }
    let goal = setup.json("/api/v1/dispositions")["items"][0]["id"].clone();
    let settings = |share: u64| {
        json!({
            "profile": name, "goal": goal,
            "variant": { "profile": name, "version": 1, "share_permille": share },
        })
    };
    let made = setup.send("POST", PATH, &json!({ "name": "Renewals", "settings": settings(300) })).json();
    let since = made["compared_since"].clone();
    assert!(since.is_string(), "{made}");
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let put = |settings: Value| {
        setup.send("PUT", &path, &json!({ "name": "Renewals", "settings": settings })).json()
    };
    assert_eq!(put(settings(500))["compared_since"], since, "another share starts no other comparison");
    let shown = setup.json(&format!("{path}/outcomes"));
    let comparison = &shown["comparison"];
    assert_eq!((&comparison["verdict"], &comparison["since"]), (&json!("too_few"), &since), "{shown}");
    assert_eq!((&comparison["p_value"], &comparison["answered_min"]), (&Value::Null, &json!(100)));
    let none =
        json!({ "profile": name, "version": 1, "attempts": 0, "answered": 0, "reached": 0, "share": null });
    assert_eq!(comparison["b"], none);
    assert_eq!(put(json!({ "profile": name }))["compared_since"], Value::Null);
    assert_eq!(setup.json(&format!("{path}/outcomes"))["comparison"], Value::Null);
}

/// Makes a campaign with the calls of two variants, one of them significantly better, and with their costs. Returns its path.
fn compared(setup: &Setup) -> String {
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["name"].clone();
    let settings = json!({ "profile": profile, "variant": { "version": 1 } });
    let made = setup.send("POST", PATH, &json!({ "name": "Renewals", "settings": settings })).json();
    let (id, owner) = (made["id"].as_str().unwrap().to_owned(), setup.store.organization_id());
    // 120 calls of A, of which 12 made a lead; 110 calls of B, of which 40 did; and 10 calls that a mailbox answered.
    let (mut rows, mut closed) = (String::new(), Vec::new());
    for nth in 0..240 {
        let (variant, outcome) = match nth {
            0..120 => ("a", Outcome::Talked),
            120..230 => ("b", Outcome::Talked),
            _ => ("b", Outcome::Machine),
        };
        let (call, contact) = (Uuid::now_v7(), Uuid::now_v7());
        closed.push((CallId(call), outcome));
        rows += &format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, variant, compared_since) \
             SELECT '{call}', '{owner}', id, '{contact}', '+49301000{nth:03}', '2099-01-01 00:00:00', '{variant}', compared_since \
             FROM campaigns WHERE id = '{id}'; \
             INSERT INTO calls (id, organization_id, state, direction, started_at, profile_id, next, last_seq, cost_micros, talk_ms) \
             VALUES ('{call}', '{owner}', 'ended', 'outbound', '2099-01-01 00:00:00', 'p', '{{}}', 1, 52000, 60000);"
        );
        if nth < 12 || (120..160).contains(&nth) {
            rows += &format!(
                "INSERT INTO leads (id, organization_id, call_id, name, need, urgency, budget, address, status, notes, created_at, updated_at) \
                 VALUES ('{call}', '{owner}', '{call}', 'Ada', '', '', '', '', 'new', '', '2099-01-01 00:00:00', '2099-01-01 00:00:00');"
            );
        }
    }
    let month = chrono::Utc::now().format("%Y-%m");
    rows += &format!(
        "INSERT INTO attempt_hours (organization_id, month, campaign_id, hour, nth, rang, answered) \
         VALUES ('{owner}', '{month}', '{id}', 34, 1, 100, 10), ('{owner}', '{month}', '{id}', 18, 1, 300, 120);"
    );
    setup.change(move |connection| Ok(connection.batch_execute(&rows)?));
    // As many at a time as a busy machine closes within a request.
    for closed in closed.chunks(30).map(<[_]>::to_vec) {
        setup.change(move |connection| {
            for (call_id, outcome) in closed {
                change::close_attempt(connection, owner, call_id, Closing::Ended(outcome), UnixMs(0))?;
            }
            Ok(())
        });
    }
    format!("{PATH}/{id}")
}

#[test]
fn outcomes_show_costs_and_the_better_variant() {
    let setup = Setup::open();
    let path = compared(&setup);
    let shown = setup.json(&format!("{path}/outcomes"));
    let talked = shown["outcomes"].as_array().unwrap().iter().find(|one| one["outcome"] == "talked").unwrap();
    let expected = json!({
        "outcome": "talked", "count": 230, "kept": 230, "cost_micros": 11_960_000, "talk_ms": 13_800_000, "cost_per_call_micros": 52_000,
    });
    assert_eq!(talked, &expected);
    assert_eq!((&shown["calls"], &shown["cost_micros"]), (&json!(240), &json!(12_480_000)), "{shown}");
    assert_eq!(shown["cost_per_contact_talked_micros"], 12_480_000 / 230);
    assert_eq!((&shown["reached"], &shown["cost_per_reached_micros"]), (&json!(52), &json!(240_000)));
    let hours = json!([
        { "hour": 18, "weekend": false, "rang": 300, "answered": 120, "lift": 1.22 },
        { "hour": 10, "weekend": true, "rang": 100, "answered": 10, "lift": 0.42 },
    ]);
    assert_eq!(shown["hours"], hours);
    let comparison = &shown["comparison"];
    assert_eq!(comparison["verdict"], "b_better", "{comparison}");
    assert!(comparison["p_value"].as_f64().unwrap() < 0.001, "{comparison}");
    let (a, b) = (&comparison["a"]["share"], &comparison["b"]["share"]);
    assert_eq!(a["share"], 0.1);
    assert!(a["high"].as_f64().unwrap() < b["low"].as_f64().unwrap(), "{comparison}");

    // A forecast uses the rates of these calls.
    let people: Vec<Value> =
        (100..140).map(|nth| json!({ "number": format!("+4930123{nth}"), "consent": "form 7" })).collect();
    setup.send("POST", &format!("{path}/contacts"), &json!({ "contacts": people }));
    let forecast = |body: &Value| setup.send("POST", &format!("{path}/forecast"), body);
    let usual = forecast(&json!({})).json();
    assert_eq!(
        (&usual["waiting"], &usual["contacts"], &usual["own_calls"]),
        (&json!(40), &json!(40), &json!(240))
    );
    assert_eq!((&usual["cost_per_minute_micros"], &usual["assumed"]["talk_s"]), (&json!(52_000), &json!(60)));
    assert!(usual["calls"].as_u64().unwrap() >= 40 && usual["cost_micros"].as_u64().unwrap() > 0, "{usual}");
    let other = &usual["other_hours"];
    assert_eq!(other["best_hour"], true, "{usual}");
    assert!(other["calls"].as_u64().unwrap() >= 40 && other["reached"].is_u64(), "{usual}");
    let nobody = forecast(&json!({ "assumed": { "answered_percent": 0, "machine_percent": 0 } })).json();
    let of = |outcome: &str| {
        let outcomes = nobody["outcomes"].as_array().unwrap();
        outcomes.iter().find(|one| one["outcome"] == outcome).unwrap()["count"].as_u64().unwrap()
    };
    assert_eq!((of("talked"), of("machine"), &nobody["talk_ms"]), (0, 0, &json!(0)), "{nobody}");
    let refused = forecast(&json!({ "assumed": { "answered_percent": 101 }, "agents": 0 })).problem(422);
    assert!(refused.contains("`assumed.answered_percent`") && refused.contains("`agents`"), "{refused}");
    assert_eq!(setup.json(&format!("{path}/progress"))["waiting"], 40, "no contact was called");

    // Everyone was called four times already: one of five tries is left.
    let tried: String = (1..5)
        .map(|nth| {
            format!(
                "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
                 SELECT '{nth}' || substr(id, 2), organization_id, campaign_id, id, number, '2026-01-01 00:00:00', '2026-01-01 00:00:00', \
                 'no_answer' FROM contacts;"
            )
        })
        .collect();
    setup.change(move |connection| Ok(connection.batch_execute(&tried)?));
    let last = forecast(&json!({})).json();
    assert_eq!((&last["waiting"], &last["calls"]), (&json!(40), &json!(40)), "{last}");
}

/// Without earlier calls a forecast is a guess, and says so. For agents it also reports how busy they are.
#[test]
fn a_forecast_before_any_call_is_a_guess() {
    let setup = Setup::open();
    let queue = json!({ "name": "sales", "title": "Sales", "members": [] });
    assert_eq!(setup.send("POST", "/api/v1/queues", &queue).status, 201);
    let settings = json!({
        "queue": "sales", "abandoned_message": "This was Miller, 030 1234.",
        "rules": { "mode": "predictive", "at_once_max": 20, "per_minute_max": 60 },
    });
    let made = setup.send("POST", PATH, &json!({ "name": "Renewals", "settings": settings })).json();
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let people: Vec<Value> =
        (100..200).map(|nth| json!({ "number": format!("+4930123{nth}"), "consent": "form 7" })).collect();
    setup.send("POST", &format!("{path}/contacts"), &json!({ "contacts": people }));
    let body = json!({ "agents": 3, "wrap_up_s": 10, "cost_per_minute_micros": 12_000 });
    let told = setup.send("POST", &format!("{path}/forecast"), &body).json();
    assert_eq!(
        (&told["own_calls"], &told["agents"], &told["wrap_up_s"]),
        (&Value::Null, &json!(3), &json!(10)),
        "{told}"
    );
    assert!(told["agents_busy_percent"].as_f64().unwrap() > 0.0, "{told}");
    assert!(told["abandoned_percent"].as_f64().unwrap() <= 10.0, "{told}");
}

/// Numbers are accepted with their country code, each once. (Which numbers an organization may show: `grants.rs`.)
#[test]
fn caller_ids_need_country_codes_and_each_has_its_figures() {
    let setup = Setup::open();
    let body = |settings: Value| json!({ "name": "Renewals", "settings": settings });
    for (field, settings) in [
        ("caller_ids", json!({ "caller_ids": ["030 12345"] })),
        ("caller_ids", json!({ "caller_ids": ["+493012345", "+49 30 12345"] })),
        ("caller_ids", json!({ "caller_ids": vec!["+493012345"; 101] })),
        ("caller_id_calls_per_day_max", json!({ "caller_id_calls_per_day_max": 0 })),
        ("caller_id_calls_per_day_max", json!({ "caller_id_calls_per_day_max": 1_001 })),
    ] {
        let refused = setup.send("POST", PATH, &body(settings)).problem(422);
        assert!(refused.contains(&format!("`settings.{field}`")), "{field}: {refused}");
    }
    let made =
        setup.send("POST", PATH, &body(json!({ "caller_ids": ["+49 30 12345", "+4989123456"] }))).json();
    assert_eq!(made["settings"]["caller_id_calls_per_day_max"], 100, "{made}");
    let path = format!("{PATH}/{}/caller-ids", made["id"].as_str().unwrap());
    let unused = |number: &str| {
        json!({
            "number": number, "calls_today": 0, "rang": 0, "answered": 0, "rests_until": null, "rests_because": null,
        })
    };
    assert_eq!(setup.json(&path)["items"], json!([unused("+493012345"), unused("+4989123456")]));
    let by_one = campaign(&setup);
    assert_eq!(setup.json(&format!("{by_one}/caller-ids"))["items"], json!([]));
}

#[test]
fn country_rules_are_shown_with_their_sources() {
    let setup = Setup::open();
    let rules = setup.json("/api/v1/country-rules")["items"].as_array().unwrap().clone();
    let hours = |from: u32, to: u32| json!([{ "from_minute": from * 60, "to_minute": to * 60 }]);
    let of = |country: &str, state: Value| {
        rules.iter().find(|rule| rule["country"] == country && rule["state"] == state).unwrap()
    };
    let spain = of("ES", Value::Null);
    assert_eq!((&spain["weekdays"], &spain["saturday"]), (&hours(9, 20), &json!([])), "{spain}");
    assert!(spain["source"].as_str().unwrap().contains("art. 96.2"), "{spain}");
    let island = of("US", json!("Rhode Island"));
    assert_eq!((&island["weekdays"], &island["saturday"]), (&hours(9, 18), &hours(10, 17)), "{island}");
    assert_eq!(of("US", Value::Null)["weekdays"], hours(9, 20));
    assert_eq!(rules.last().unwrap()["country"], "*");
}

/// The file has the variant and number of the newest call, and the cost of all calls; none of these becomes a variable on import.
#[test]
fn an_exported_contact_has_its_newest_call_and_total_cost() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let people = json!({ "contacts": [{ "number": "+493012345678" }, { "number": "+493012345679" }] });
    setup.send("POST", &format!("{campaign}/contacts"), &people);
    let (id, owner) = (campaign.rsplit('/').next().unwrap().to_owned(), setup.store.organization_id());
    let contact = setup.json(&format!("{campaign}/contacts"))["items"][0]["id"].as_str().unwrap().to_owned();
    let mut rows = String::new();
    // Variant, number, outcome, cost; the record of the second call is deleted.
    for (nth, (variant, shown, outcome, cost)) in [
        ("'a'", "NULL", "busy", Some(1_000)),
        ("'a'", "'+4930555'", "no_answer", None),
        ("'b'", "'+4930777'", "talked", Some(52_000)),
    ]
    .into_iter()
    .enumerate()
    {
        let call = format!("0197a000-0000-7000-8000-00000000000{nth}");
        // No one has reported a business outcome for the newest call.
        let said = match nth {
            0..2 => format!("'{owner}', 'Follow up {nth}', 'agent'"),
            _ => "NULL, NULL, NULL".to_owned(),
        };
        rows += &format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome, variant, shown, \
             disposition_id, disposition_name, disposition_by) VALUES ('{call}', '{owner}', '{id}', '{contact}', '+493012345678', \
             '2026-10-29 08:00:00', '2026-10-29 08:01:00', '{outcome}', {variant}, {shown}, {said});"
        );
        if let Some(cost) = cost {
            rows += &format!(
                "INSERT INTO calls (id, organization_id, state, direction, started_at, profile_id, next, last_seq, cost_micros, talk_ms) \
                 VALUES ('{call}', '{owner}', 'ended', 'outbound', '2026-10-29 08:00:00', 'p', '{{}}', 1, {cost}, 60000);"
            );
        }
    }
    setup.change(move |connection| Ok(connection.batch_execute(&rows)?));
    let path = format!("{campaign}/contacts.csv");
    let file = setup.get(&path).text();
    let mut lines = file.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let cells = |line: &str| {
        let of = |name: &str| {
            let at = head.iter().position(|column| *column == name).unwrap();
            line.split(',').nth(at).unwrap().to_owned()
        };
        ["last_variant", "last_shown", "last_disposition", "last_disposition_by", "cost_micros"].map(of)
    };
    assert_eq!(cells(lines.next().unwrap()), ["b", "'+4930777", "Follow up 1", "agent", "53000"]);
    assert_eq!(cells(lines.next().unwrap()), ["", "", "", "", ""]);
    let seen = setup.send_text("POST", &format!("{path}?preview=true"), &file).json();
    assert_eq!((&seen["good"], &seen["variables"]), (&json!(2), &json!([])), "{seen}");
}

#[test]
fn a_long_list_is_exported_in_parts_with_all_columns() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let path = format!("{campaign}/contacts.csv");
    let rows = (0..1_100).map(|nth| {
        let last = if nth == 1_099 { "the last" } else { "" };
        format!("+4930{:08};{last}\n", 20_000_000 + nth)
    });
    let file = format!("number;note\n{}", rows.collect::<String>());
    assert_eq!(setup.send_text("POST", &path, &file).json()["added"], 1_100);
    let export = setup.get(&path).text();
    let lines: Vec<&str> = export.lines().collect();
    assert_eq!(lines.len(), 1_101);
    assert!(lines[0].starts_with("id,number,") && lines[0].ends_with(",note"), "{}", lines[0]);
    let last = lines.iter().find(|line| line.contains("+493020001099")).unwrap();
    assert!(last.ends_with(",the last"), "{last}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("id,")).count(), 1);
}

/// Such as those of a program that gives each contact its own variable names. A file would have a column for each of them in all rows.
#[test]
fn a_list_with_too_many_variables_is_exported_by_state() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let path = format!("{campaign}/contacts.csv");
    let person = |nth: usize| {
        let variables: serde_json::Map<String, Value> =
            (0..32).map(|of| (format!("v{nth}_{of}"), json!("x"))).collect();
        json!({ "number": format!("+4930{:08}", 20_000_000 + nth), "variables": variables })
    };
    for many in [0..16, 16..32] {
        let people: Vec<Value> = many.map(person).collect();
        let added = setup.send("POST", &format!("{campaign}/contacts"), &json!({ "contacts": people }));
        assert_eq!(added.status, 200, "{}", added.text());
    }
    assert_eq!(setup.get(&path).problem_code(409), "too_many");
    assert!(setup.get(&path).problem(409).contains("`state`"));
    assert_eq!(setup.get(&format!("{path}?state=done")).text().lines().count(), 1);
}

/// By its counts the campaign has nearly as many contacts as it may have: only the first part of the file fits.
#[test]
fn the_audit_log_has_those_added_before_a_refusal() {
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let (id, owner) = (campaign.rsplit('/').next().unwrap().to_owned(), setup.store.organization_id());
    let counts = format!(
        "INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count) VALUES ('{id}', '{owner}', 'end', 'reached', 998000)"
    );
    setup.change(move |connection| Ok(connection.batch_execute(&counts)?));
    let rows = (0..2_001).map(|nth| format!("+4930{:08}\n", 20_000_000 + nth));
    let file = format!("number\n{}", rows.collect::<String>());
    let refused = setup.send_text("POST", &format!("{campaign}/contacts.csv"), &file).problem(409);
    assert!(refused.contains("no room"), "{refused}");
    assert_eq!(setup.json(&format!("{campaign}/progress"))["waiting"], 2_000);
    let newest = setup.json("/api/v1/audit-log")["items"][0].clone();
    assert_eq!(
        (&newest["action"], &newest["detail"]),
        (&json!("campaign.contacts_imported"), &json!("2000 contacts"))
    );
    // A contact on the full list is sent once more, and no contact is added.
    let send = |number: &str| {
        let body = json!({ "contacts": [{ "number": number }] });
        setup.send("POST", &format!("{campaign}/contacts"), &body)
    };
    assert_eq!(send("+493020000000").json(), json!({ "added": 0, "known": 1 }));
    assert_eq!(send("+493029999999").problem_code(409), "too_many");
}

/// Slow in a debug build: only with `tests/run --full`.
#[test]
fn importing_100_000_rows_is_complete_and_shows_progress() {
    if std::env::var_os("CORDBOARD_TEST_FULL").is_none() {
        return;
    }
    let setup = Setup::open();
    let campaign = campaign(&setup);
    let file = |rows: usize| {
        let rows = (0..rows).map(|nth| format!("+4930{:08};Ann {nth}\n", 20_000_000 + nth));
        format!("number;first_name\n{}", rows.collect::<String>())
    };
    let whole = file(CSV_CONTACTS_ROWS_MAX);
    let import = format!("{campaign}/contacts.csv");
    // As long as a debug build needs.
    let take_in = |file: &str| {
        let mut stream = TcpStream::connect(setup.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(600))).unwrap();
        let head = format!(
            "POST {import} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {ADMIN}\r\n\
             Content-Type: text/csv\r\nContent-Length: {}\r\n\r\n",
            file.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(file.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Answer::parse(&answer)
    };
    let contacts = || setup.json(&format!("{campaign}/progress"))["contacts"].as_u64().unwrap();
    let mut seen = Vec::new();
    let taken_in = std::thread::scope(|scope| {
        let taking = scope.spawn(|| take_in(&whole));
        while !taking.is_finished() {
            seen.push(contacts());
        }
        taking.join().unwrap().json()
    });
    let counts = |answer: &Value| {
        ["rows", "good", "added", "known"]
            .map(|name| answer[name].as_u64().unwrap_or_else(|| panic!("{answer}")))
    };
    assert_eq!(counts(&taken_in), [100_000, 100_000, 100_000, 0]);
    assert_eq!(contacts(), 100_000);
    assert!(seen.is_sorted(), "{seen:?}");
    assert!(seen.iter().any(|count| (1..100_000).contains(count)), "no request saw it grow: {seen:?}");
    // A contact of the last part.
    let last = setup.json(&format!("{campaign}/contacts?number=%2B493020099999"));
    assert_eq!(last["items"][0]["variables"], json!({ "first_name": "Ann 99999" }), "{last}");
    let again = take_in(&whole).json();
    assert_eq!(counts(&again), [100_000, 100_000, 0, 100_000]);
    let refused = take_in(&file(CSV_CONTACTS_ROWS_MAX + 1));
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(contacts(), 100_000);
}
