//! Saved views of the list of calls.

use cordboard_schema::permission::Role;
use serde_json::{Value, json};

use crate::floor::{Person, each, faulty};
use crate::setup::Setup;

const PATH: &str = "/api/v1/call-views";

#[test]
fn a_view_is_its_owners_until_it_is_shared() {
    let setup = Setup::open();
    let [ada, grace, root] = [("Ada", Role::Agent), ("Grace", Role::Agent), ("Root", Role::Admin)]
        .map(|(name, role)| Person::of(&setup, name, role));
    let names = |who: &Person| each(&who.send(&setup, "GET", PATH, &Value::Null).json(), "name");
    let body = json!({
        "name": "Missed <b>today</b>", "filters": { "cause": "no_answer", "q": "roof" }, "columns": ["caller", "tags"],
        "shared": false, "default": true,
    });
    let made = ada.send(&setup, "POST", PATH, &body);
    assert_eq!(made.status, 201, "{made:?}");
    let view = made.json();
    let path = format!("{PATH}/{}", view["id"].as_str().unwrap());
    for (member, value) in body.as_object().unwrap() {
        assert_eq!(&view[member], value, "{member}");
    }
    assert_eq!((names(&ada), names(&grace)), (vec![body["name"].clone()], vec![]));
    grace.send(&setup, "PUT", &path, &body).problem(404);
    assert_eq!(ada.send(&setup, "POST", PATH, &body).problem_code(409), "name_taken");

    let mut shared = body.clone();
    shared["shared"] = json!(true);
    assert_eq!(ada.send(&setup, "PUT", &path, &shared).json()["shared"], true);
    assert_eq!(names(&grace), [body["name"].clone()]);
    assert_eq!(grace.send(&setup, "PUT", &path, &shared).problem_code(403), "not_allowed");
    // One shared view is the default, and one of the user's own views.
    for (who, name, shared) in [(&root, "All", true), (&grace, "Mine", false)] {
        let body = json!({ "name": name, "shared": shared, "default": true });
        assert_eq!(who.send(&setup, "POST", PATH, &body).status, 201);
    }
    let list = grace.send(&setup, "GET", PATH, &Value::Null).json();
    assert_eq!(each(&list, "name"), [body["name"].clone(), json!("All"), json!("Mine")]);
    assert_eq!(each(&list, "default"), [false, true, true].map(Value::from));
    for (member, value) in [
        ("name", json!("")),
        ("filters", json!({ "q": "x".repeat(5_000) })),
        ("columns", json!(vec!["x"; 21])),
    ] {
        let mut body = body.clone();
        body[member] = value;
        assert_eq!(faulty(&ada.send(&setup, "POST", PATH, &body)), [member]);
    }
    assert_eq!(root.send(&setup, "DELETE", &path, &Value::Null).status, 204);
    assert_eq!(names(&ada), [json!("All")]);
}
