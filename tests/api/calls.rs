//! Calls, their journal and transcript, as a program sees them.

use cordboard::store::change;
use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::customer::Customer;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{CustomerId, EffectId, LegId};
use cordboard_schema::permission::Role;
use cordboard_schema::switch::HandoffFailure;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::{Conversation, now};
use crate::floor::{Person, each};
use crate::live::open_as;
use crate::setup::{ADMIN, Setup};

#[test]
fn a_call_is_shown_with_what_was_said() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    setup.journal(said.ended(NextStep::Hangup));
    let path = format!("/api/v1/calls/{}", said.call_id);
    let call = setup.json(&path);
    assert_eq!(call["id"], said.call_id.to_string());
    assert_eq!(call["state"], "ended");
    assert_eq!(call["from"], "+49301234");
    assert_eq!(call["outside_ids"], json!([{ "kind": "audiosocket", "value": said.uuid.to_string() }]));
    assert_eq!((&call["hangup_cause"], &call["hangup_by"]), (&json!("normal_clearing"), &json!("caller")));
    assert!(call["started_at"].as_str().unwrap().ends_with('Z'));
    assert!(call.get("organization_id").is_none());

    let first = setup.json(&format!("{path}/events?limit=3"));
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    let second = setup.json(&format!("{path}/events?cursor={}", first["next_cursor"].as_str().unwrap()));
    let kinds: Vec<_> = second["items"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["assistant_said", "caller_said", "leg_left", "ended"]);
    assert_eq!(second["items"][0]["seq"], 4);
    assert!(second["items"][0]["at"].as_str().unwrap().ends_with('Z'));
    assert!(second["next_cursor"].is_null());

    let transcript = setup.json(&format!("{path}/transcript"));
    let line = &transcript["items"][1];
    assert_eq!((&line["role"], &line["text"]), (&json!("caller"), &json!("I would like a table")));
}

#[test]
fn every_call_is_on_exactly_one_page() {
    let setup = Setup::open();
    let mut ids = Vec::new();
    for _ in 0..7 {
        let mut said = Conversation::new(setup.store.organization_id());
        setup.journal(said.live());
        ids.insert(0, said.call_id.to_string());
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = setup.json(&format!("/api/v1/calls?state=live&limit=3{cursor}"));
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|call| call["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ids);
    assert_eq!(setup.json("/api/v1/calls?state=ended")["items"], json!([]));
}

#[test]
fn a_file_of_calls_continues_after_its_last_row() {
    let setup = Setup::open();
    for _ in 0..3 {
        let mut said = Conversation::new(setup.store.organization_id());
        setup.journal(said.live());
    }
    let ids = |query: &str| -> Vec<String> {
        let file = setup.get(&format!("/api/v1/calls.csv{query}")).text();
        file.lines().skip(1).map(|row| row.split(',').next().unwrap().to_owned()).collect()
    };
    let all = ids("");
    assert_eq!(all.len(), 3);
    assert_eq!(ids(&format!("?cursor={}", all[1])), all[2..]);
}

#[test]
fn a_call_left_by_a_dead_server_lasted_until_then() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = said.live();
    let answered_at = entries[2].at;
    let ending = Ending { cause: HangupCause::server_restart(), by: HangupBy::Server };
    for (after_ms, event) in [
        (3_690_000, Event::from(Fact::ServerRestarted { recorded_ms: None, away_ms: Some(3_600_000) })),
        (3_720_000, Decision::Ended { ending, next: NextStep::Hangup }.into()),
    ] {
        entries.push(JournalEntry { at: answered_at + after_ms, ..said.entry(event) });
    }
    setup.journal(entries);
    let mut other = Conversation::new(setup.store.organization_id());
    setup.journal(other.live());
    assert_eq!(setup.json(&format!("/api/v1/calls/{}", said.call_id))["talk_ms"], 90_000);
    assert_eq!(setup.json(&format!("/api/v1/calls/{}", other.call_id))["talk_ms"], Value::Null, "it goes on");

    let file = setup.get("/api/v1/calls.csv?state=ended").text();
    let cells = |row: usize| file.lines().nth(row).unwrap().split(',').map(str::to_owned).collect::<Vec<_>>();
    let place = cells(0).iter().position(|name| name.ends_with("duration_s")).unwrap();
    assert_eq!(cells(1)[place], "90", "{file}");
}

#[test]
fn calls_of_a_number_belong_to_one_person() {
    let setup = Setup::open();
    let own = "+493098765000";
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].clone();
    let number = json!({ "number": own, "profile_id": profile });
    assert_eq!(setup.send("POST", "/api/v1/phone-numbers", &number).status, 201);
    // A number that begins with another one, one of our own as a caller's number that a switch reports, and one of our own as the dialled number.
    let mut ids = Vec::new();
    for (from, to) in [
        ("+49 30 1234567", own),
        ("+4930123456789", own),
        (own, "100"),
        ("anonymous", own),
        ("Web visitor", "100"),
        ("", "100"),
        ("unknown", "100"),
        ("+", "100"),
    ] {
        let mut said = Conversation::new(setup.store.organization_id());
        setup.journal(vec![said.started_by(from, to)]);
        ids.push(said.call_id.to_string());
    }
    let of = |party: &str| -> Vec<String> {
        let items = setup.json(&format!("/api/v1/calls?party={party}"))["items"].as_array().unwrap().clone();
        items.iter().map(|call| call["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of("%2B49301234567"), ids[..1]);
    assert_eq!(of("0049+30+1234-567"), ids[..1]);
    assert_eq!(
        of("%2B493098765000"),
        Vec::<String>::new(),
        "calls of several people were taken for one person's"
    );
    assert_eq!(of("").len(), ids.len(), "an empty field of a form narrows nothing");
    let rows = setup.get("/api/v1/calls.csv?party=%2B49301234567").text().lines().count();
    assert_eq!(rows, 2, "the heading and one call");
    for nobody in ["anonymous", "Web+visitor", "unknown", "%2B", "100"] {
        setup.get(&format!("/api/v1/calls?party={nobody}")).problem(400);
    }
}

#[test]
fn a_number_without_its_encoded_plus_names_the_fix() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(vec![said.started_by("+49301234567", "+493055500100")]);
    let listed = setup.json("/api/v1/calls?number=%2B493055500100");
    assert_eq!(listed["items"][0]["id"], said.call_id.to_string());
    for list in [
        "calls?number=+493055500100",
        "calls?party=+49301234567",
        "customers?phone=+49301234567",
        "suppressions?number=+49301234567",
    ] {
        let why = setup.get(&format!("/api/v1/{list}")).problem(400);
        assert!(why.contains("`%2B`"), "{list}: {why}");
    }
}

#[test]
fn calls_of_a_customer_are_found_in_both_spellings() {
    let setup = Setup::open();
    let organization_id = setup.store.organization_id();
    // An earlier version stored the zero that is dialled only within the country. The last two customers have one number in two spellings.
    for phone in ["+4903055501", "+4903055502", "+493055502"] {
        let phone = phone.parse().ok();
        let customer = Customer::new(CustomerId(Uuid::now_v7()), organization_id, phone, now());
        setup.change(move |connection| change::create_customer(connection, &customer));
    }
    let ids = ["+493055501", "+493055502", "+4903055503"].map(|from| {
        let mut said = Conversation::new(organization_id);
        setup.journal(vec![said.started_by(from, "100")]);
        said.call_id.to_string()
    });
    let of = |party: &str| -> Vec<String> {
        let items = setup.json(&format!("/api/v1/calls?party={party}"))["items"].as_array().unwrap().clone();
        items.iter().map(|call| call["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of("%2B4903055501"), ids[..1]);
    assert_eq!(of("%2B4903055502"), Vec::<String>::new(), "they are calls of another customer");
    assert_eq!(of("%2B493055502"), ids[1..2]);
    assert_eq!(of("%2B493055503"), ids[2..]);
}

#[test]
fn calls_are_found_by_party_time_profile_cause_and_words() {
    let setup = Setup::open();
    let mut quiet = Conversation::new(setup.store.organization_id());
    setup.journal(quiet.live());
    let mut talked = Conversation::new(setup.store.organization_id());
    setup.journal(talked.live());
    let announcement = Announcement {
        from: Some("Ann_O'Hara 50%".to_owned()),
        to: Some("+49 800".to_owned()),
        ..Announcement::default()
    };
    setup.journal(vec![talked.entry(Fact::Announced { announcement }), talked.said("Ein Tisch für ZWEI")]);
    setup.journal(talked.ended(NextStep::Hangup));
    let profile = setup.json(&format!("/api/v1/calls/{}", talked.call_id))["profile_id"].clone();
    let (one, both) =
        (vec![talked.call_id.to_string()], vec![talked.call_id.to_string(), quiet.call_id.to_string()]);

    let ids = |query: &str| -> Vec<String> {
        let page = setup.json(&format!("/api/v1/calls?{query}"));
        let items = page["items"].as_array().unwrap().clone();
        items.iter().map(|call| call["id"].as_str().unwrap().to_owned()).collect()
    };
    for query in [
        "from=ANN",
        "from=o%27hara",
        "from=50%25",
        "from=n_o",
        "to=800",
        "to=8-0%200",
        "cause=normal_clearing",
        &format!("profile_id={}", profile.as_str().unwrap()),
        "q=zwei",
        "q=TISCH+f%C3%BCr",
        // In any order, without accents, and with the last word as a prefix.
        "q=zwei+ein+fur",
        "q=table+tis",
        "state=ended&q=table&from=ann",
    ] {
        assert_eq!(ids(query), one, "{query}");
    }
    for query in [
        "",
        "from=&to=&cause=&q=",
        "since=2026-01-01T00:00:00Z",
        "until=2999-01-01T01:00:00%2B01:00",
        "since=-262143-01-01T00:00:00Z&until=%2B262142-01-01T00:00:00Z",
        "q=table",
    ] {
        assert_eq!(ids(query), both, "{query}");
    }
    // Wildcards of the database are ordinary characters.
    for query in [
        "from=%25%25",
        "from=_____________",
        "from=5_",
        "to=0%258",
        "q=%25",
        "q=isch",
        "q=tis+zwei",
        "q=%F0%9F%A6%86",
        "since=2999-01-01T00:00:00Z",
        "since=%2B12345-01-01T00:00:00Z",
        "until=2026-01-01T00:00:00Z",
        "cause=normal",
    ] {
        assert_eq!(ids(query), Vec::<String>::new(), "{query}");
    }
}

#[test]
fn a_mistaken_parameter_is_named_with_its_fix() {
    let setup = Setup::open();
    for (query, parts) in [
        ("since=2026-11-21T14:03:07+02:00", ["`since`", "`%2B`"]),
        ("state=live&until=2026-11-21", ["`until`", "its zone"]),
        ("limit=ten", ["`limit`", "invalid digit"]),
        ("profile_id=sales", ["`profile_id`", "is not as it must be"]),
    ] {
        let detail = setup.get(&format!("/api/v1/calls?{query}")).problem(400);
        assert!(parts.iter().all(|part| detail.contains(part)), "{query}: {detail}");
    }
}

#[test]
fn a_call_says_who_answered_it_and_what_it_cost() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let path = format!("/api/v1/calls/{}", said.call_id);
    let figures = |call: serde_json::Value| {
        (call["provider"].clone(), call["cost_micros"].clone(), call["currency"].clone())
    };
    assert_eq!(figures(setup.json(&path)), (json!(null), json!(0), json!("USD")));
    let ready = Fact::AssistantReady { leg: LegId(2), provider: "openai".to_owned(), speaks_text: true };
    let charged = Decision::Charged { model: "gpt-realtime".to_owned(), cost_micros: 1_234_567 };
    setup.journal(vec![said.entry(ready), said.entry(charged)]);
    assert_eq!(figures(setup.json(&path)), (json!("openai"), json!(1_234_567), json!("USD")));
}

#[test]
fn a_call_names_its_agents_and_is_found_by_them() {
    let setup = Setup::open();
    let [ada, grace] = ["Ada", "Grace"].map(|name| Person::of(&setup, name, Role::Agent));
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let path = format!("/api/v1/calls/{}", said.call_id);
    assert_eq!(setup.json(&path)["agents"], json!([]));
    setup.journal(vec![said.passed(ada.user_id(), HandoffFailure::NoAnswer)]);
    setup.journal(said.joined(grace.user_id()));
    let call = setup.json(&path);
    let joined = call["agents"][1]["joined_at"].clone();
    assert!(joined.as_str().unwrap().ends_with('Z'), "{call}");
    let missed = json!({
        "user_id": ada.id, "name": "Ada", "outcome": "missed", "joined_at": null, "left_at": null, "talked_ms": 0,
    });
    let talking = json!({
        "user_id": grace.id, "name": "Grace", "outcome": "talking", "joined_at": joined, "left_at": null, "talked_ms": 0,
    });
    assert_eq!(call["agents"], json!([missed, talking]));
    setup.journal(vec![said.left(grace.user_id(), 61_500)]);
    setup.journal(said.ended(NextStep::Hangup));
    let call = setup.json(&path);
    let talked = &call["agents"][1];
    assert_eq!((&talked["outcome"], &talked["talked_ms"]), (&json!("talked"), &json!(61_500)));
    assert!(talked["left_at"].as_str() >= joined.as_str(), "{call}");

    let mut other = Conversation::new(setup.store.organization_id());
    setup.journal(other.live());
    setup.journal(vec![other.passed(ada.user_id(), HandoffFailure::Declined)]);
    let ids = |query: &str| each(&setup.json(&format!("/api/v1/calls?{query}")), "id");
    let (of_ada, of_grace) = (
        format!("agent_id={}", ada.id.as_str().unwrap()),
        format!("agent_id={}", grace.id.as_str().unwrap()),
    );
    let (first, second) = (json!(said.call_id), json!(other.call_id));
    assert_eq!(ids(&of_ada), [second.clone(), first.clone()]);
    assert_eq!(ids(&format!("{of_ada}&agent_outcome=missed")), std::slice::from_ref(&first));
    assert_eq!(ids(&format!("{of_ada}&agent_outcome=missed&state=live")), [Value::Null; 0]);
    assert_eq!(ids(&format!("{of_grace}&agent_outcome=talked")), std::slice::from_ref(&first));
    assert_eq!(ids("agent_outcome=declined"), [second]);
    let listed = setup.json(&format!("/api/v1/calls?{of_grace}"));
    assert_eq!(listed["items"][0]["agents"], call["agents"]);
    for wrong in ["agent_id=17", "agent_id=me", "agent_outcome=asleep"] {
        setup.get(&format!("/api/v1/calls?{wrong}")).problem(400);
    }
    // The actions of a removed user stay known.
    assert_eq!(setup.send("DELETE", &ada.at("/api/v1/users"), &Value::Null).status, 204);
    let agents = setup.json(&path)["agents"].clone();
    assert_eq!((&agents[0]["user_id"], &agents[0]["name"]), (&ada.id, &Value::Null));
    assert_eq!(agents[1]["name"], "Grace");
}

#[test]
fn a_call_says_whether_a_person_has_the_caller() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let mut viewer = open_as(&setup, "?topics=board", ADMIN);
    let snapshot = viewer.event();
    assert_eq!(snapshot["calls"][0]["with_person"], json!(false), "{snapshot}");

    let path = format!("/api/v1/calls/{}", said.call_id);
    let handoff = EffectId(7);
    for (decision, with_person) in
        [(Decision::HandoffBridged { handoff }, true), (Decision::CallerReturned { handoff }, false)]
    {
        setup.journal(vec![said.entry(decision)]);
        let event = viewer.event();
        assert_eq!((&event["kind"], &event["call"]["with_person"]), (&json!("call"), &json!(with_person)));
        assert_eq!(setup.json(&path)["with_person"], json!(with_person));
    }
    setup.journal(vec![said.entry(Decision::HandoffBridged { handoff })]);
    setup.journal(said.ended(NextStep::Hangup));
    assert_eq!(setup.json(&path)["with_person"], json!(false), "a call that is over");
}

#[test]
fn a_journal_is_read_from_a_given_entry() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let path = format!("/api/v1/calls/{}/events", said.call_id);
    let page = setup.json(&format!("{path}?after_seq=3&limit=1"));
    assert_eq!((&page["items"][0]["seq"], &page["next_cursor"]), (&json!(4), &json!("4")));
    assert_eq!(setup.json(&format!("{path}?after_seq=5"))["items"], json!([]));
}

#[test]
fn activities_are_listed_by_call() {
    let setup = Setup::open();
    let page = setup.json(&format!("/api/v1/activities?call_id={}", Uuid::now_v7()));
    assert_eq!(page, json!({ "items": [], "next_cursor": null }));
}
