//! Bodies of requests: objects, as a whole and in their parts.

use serde_json::json;

use crate::setup::Setup;

#[test]
fn a_body_that_is_no_object_creates_nothing() {
    let setup = Setup::open();
    for body in ["[null, null]", "[]", "null", "\"Ada\"", "17", "-1.5", "true"] {
        let answer = setup.send_text("POST", "/api/v1/customers", body);
        assert_eq!(answer.problem_code(400), "bad_input", "{body}");
        assert!(answer.problem(400).contains("must be a JSON object"), "{body}");
    }
    assert_eq!(setup.json("/api/v1/customers")["items"], json!([]));
    for path in ["/api/v1/auth/login", "/api/v1/auth/session", "/api/v1/auth/register"] {
        let answer = setup.send_text(
            "POST",
            path,
            "[\"ada@example.com\", \"correct horse battery\", null, null, null]",
        );
        assert_eq!(answer.problem_code(400), "bad_input", "{path}");
    }
}

#[test]
fn an_array_inside_a_body_is_no_object() {
    let setup = Setup::open();
    let style = json!([50, 50, 50, 50, 50, 50, null, null]);
    let profile = json!({ "name": "sales", "style": style });
    assert_eq!(setup.send("POST", "/api/v1/agent-profiles", &profile).problem_code(422), "invalid");
    let keys = json!({ "name": "sales", "dtmf_actions": [["0", { "action": "repeat" }]] });
    assert_eq!(setup.send("POST", "/api/v1/agent-profiles", &keys).problem_code(422), "invalid");
    let business = json!({ "revision": 0, "services": [["Boiler", null, 60, ""]] });
    assert_eq!(setup.send("PUT", "/api/v1/business-profile", &business).problem_code(422), "invalid");
}
