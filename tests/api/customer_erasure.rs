//! Erasing everything about a customer: who may, the confirmation, and the progress.

use cordboard::customer_erasure::CustomerEraser;
use cordboard::recordings::RecordingFiles;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::limits::RECORDING_SETTLED_MS;
use cordboard_schema::permission::Role;
use serde_json::{Value, json};

use crate::customer_doubles::made;
use crate::entries::{Conversation, now};
use crate::floor::last_done;
use crate::isolation::{another_organization, somebody};
use crate::people::bearer;
use crate::setup::Setup;

const PATH: &str = "/api/v1/customers";

#[test]
fn a_person_is_erased_if_their_name_is_repeated() {
    let setup = Setup::open();
    let first = setup.store.organization_id();
    let (agent, admin) = (somebody(&setup, first, Role::Agent), somebody(&setup, first, Role::Admin));
    let stranger = somebody(&setup, another_organization(&setup), Role::Owner);
    let ada = made(&setup, PATH, &json!({ "name": "Ada Lovelace", "phone": "+493011111111" }));
    let bob = made(&setup, PATH, &json!({ "name": "Bob", "phone": "+493033333333" }));
    let lead = json!({ "name": "Ada", "need": "A roof", "phone": "+493011111111" });
    let lead = made(&setup, "/api/v1/leads", &lead);
    let (customer, path) = (format!("{PATH}/{ada}"), format!("{PATH}/{ada}/erasure"));
    let mut said = Conversation::new(first);
    setup.journal(said.live_by("+493011111111"));

    let confirmed = json!({ "name": "Ada Lovelace" });
    let erase = |token: &Value, body: &Value| bearer(&setup, "POST", &path, token, body);
    let show = |token: &Value| bearer(&setup, "GET", &path, token, &Value::Null);
    assert_eq!(show(&stranger).problem_code(404), "not_found");
    assert_eq!(erase(&stranger, &confirmed).problem_code(404), "not_found");
    assert_eq!(erase(&agent, &confirmed).problem_code(403), "forbidden", "an agent deletes no calls");
    let found = show(&agent).json();
    assert_eq!((&found["erasing_since"], &found["live_calls"]), (&Value::Null, &json!(1)));
    assert_eq!((&found["left"]["calls"], &found["left"]["leads"]), (&json!(1), &json!(1)), "{found}");
    let wrong = erase(&admin, &json!({ "name": "ada lovelace" }));
    assert_eq!(wrong.problem_code(422), "invalid");
    let fault = &wrong.json()["errors"][0];
    assert_eq!((&fault["field"], &fault["code"]), (&json!("name"), &json!("customer_name")));
    assert_eq!(erase(&admin, &confirmed).problem_code(409), "calls_live");
    setup.journal(said.ended(NextStep::Hangup));

    let begun = erase(&admin, &confirmed);
    assert_eq!(begun.status, 202, "{begun:?}");
    let begun = begun.json();
    assert!(begun["erasing_since"].is_string(), "{begun}");
    assert_eq!(last_done(&setup).0, "customer.erasure_begun");
    assert_eq!(erase(&admin, &confirmed).json(), begun, "the mark stays");
    let change = setup.send("PATCH", &customer, &json!({ "phone": "+493022222222" }));
    assert_eq!(change.problem_code(409), "being_deleted");
    let merge = setup.send("POST", &format!("{PATH}/{bob}/merge/{ada}"), &json!({}));
    assert_eq!(merge.problem_code(409), "being_deleted");

    let files = RecordingFiles::new(setup.recording_path(""), None);
    let eraser = CustomerEraser { store: setup.store.clone(), files };
    setup.block_on(eraser.run_pass(now())).unwrap();
    let progress = show(&admin).json();
    assert_eq!(
        (&progress["left"]["calls"], &progress["erasing_since"]),
        (&json!(1), &begun["erasing_since"])
    );
    setup.block_on(eraser.run_pass(now() + 2 * RECORDING_SETTLED_MS)).unwrap();
    for gone in [&path, &customer, &format!("/api/v1/leads/{lead}")] {
        setup.get(gone).problem(404);
    }
    assert_eq!(setup.get(&format!("{PATH}/{bob}")).status, 200);
    assert_eq!(last_done(&setup), ("customer.erased".to_owned(), "calls 1, leads 1".to_owned()));
}
