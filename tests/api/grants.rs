//! The installation's telephony that another organization may use: nothing, until the operator grants it by name.

use cordboard::config::{Config, Dialling as DialPolicySettings, ExtensionName, Extensions, Loaded};
use cordboard::store::{change, query};
use cordboard_actors::messages::{NoSwitch, PlaceRefused, SwitchLine, ToSwitch};
use cordboard_schema::extension::Extension;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::permission::Role;
use cordboard_schema::switch::{ExtensionChecked, ExtensionState};
use cordboard_schema::time::UnixMs;
use serde_json::{Value, json};

use crate::isolation::{another_organization, somebody};
use crate::people::bearer;
use crate::setup::{Answer, Setup};

const EXTENSIONS: &str = "/api/v1/extensions";
const POLICY: &str = "/api/v1/dial-policy";
/// An address that a stranger tries to have the installation's Asterisk dial.
const TOLL: &str = "outbound-pstn,9011447700900123,1";

/// A switch that finds every phone reachable.
fn pbx(name: &str) -> (String, SwitchLine) {
    let (line, mut mailbox) = SwitchLine::open();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        while let Some(asked) = runtime.block_on(mailbox.recv()) {
            if let ToSwitch::AskExtension { reply, .. } = asked {
                let checked =
                    ExtensionChecked { state: ExtensionState::InCall, found_by: "show channels".to_owned() };
                drop(reply.send(Some(checked)));
            }
        }
    });
    (name.to_owned(), line)
}

fn config() -> Loaded {
    let name: ExtensionName = "operator".parse().unwrap();
    let allowed = ["+4930*", "110"].map(|pattern| pattern.parse().unwrap());
    let config = Config {
        extensions: Extensions::from_iter([(name, "internal,2001,1".parse().unwrap())]),
        dial_policy: DialPolicySettings {
            numbers_allowed: Some(allowed.into_iter().collect()),
            ..Default::default()
        },
        ..Config::default()
    };
    Loaded::from(config)
}

/// A server, and the owner of an organization that registered there.
struct Stranger {
    setup: Setup,
    id: OrganizationId,
    token: Value,
}

impl Stranger {
    fn comes() -> Self {
        let setup = Setup::open_among(config(), vec![pbx("pbx1"), pbx("pbx2")]);
        let id = another_organization(&setup);
        let token = somebody(&setup, id, Role::Owner);
        Self { setup, id, token }
    }

    fn asks(&self, method: &str, path: &str, body: Value) -> Answer {
        bearer(&self.setup, method, path, &self.token, &body)
    }

    fn grants_at(&self) -> String {
        format!("/api/v1/organizations/{}/grants", self.id)
    }

    #[track_caller]
    fn is_granted(&self, grants: Value) {
        let set = self.setup.send("PUT", &self.grants_at(), &grants);
        assert_eq!(set.status, 200, "{set:?}");
    }
}

#[test]
fn organizations_have_no_telephony_until_the_operator_grants_it() {
    let stranger = Stranger::comes();
    let (setup, at) = (&stranger.setup, stranger.grants_at());
    let none = json!({ "everything": false, "switches": [], "contexts": [], "trunks": [], "caller_ids": [] });
    assert_eq!(setup.json(&at), none);
    let wanted = json!({
        "switches": ["pbx1"], "contexts": ["tenant-b"], "trunks": ["pbx1"], "caller_ids": ["+493098765"],
    });
    let set = setup.send("PUT", &at, &wanted);
    assert_eq!((set.status, &set.json()["contexts"]), (200, &json!(["tenant-b"])));
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(setup.json(&at)[name], *value);
    }
    let audit = setup.json("/api/v1/audit-log")["items"][0].clone();
    assert_eq!((&audit["action"], &audit["subject"]), (&json!("grants.changed"), &json!(stranger.id)));
    assert!(audit["detail"].as_str().unwrap().contains("trunks: pbx1"), "{audit}");
    // A member that is left out is revoked.
    stranger.is_granted(json!({ "switches": ["pbx1"] }));
    assert_eq!((&setup.json(&at)["switches"], &setup.json(&at)["trunks"]), (&json!(["pbx1"]), &json!([])));
    // The server's own organization has everything, whatever is set.
    let own = format!("/api/v1/organizations/{}/grants", setup.store.organization_id());
    assert_eq!(setup.json(&own)["everything"], true);
    assert_eq!(setup.send("PUT", &own, &json!({})).problem_code(409), "everything");
    // Users of an organization can't grant anything, and can't see grants.
    for method in ["GET", "PUT"] {
        assert_eq!(stranger.asks(method, &at, json!({})).problem_code(403), "forbidden");
    }
    let absent = format!("/api/v1/organizations/{}/grants", uuid::Uuid::now_v7());
    setup.get(&absent).problem(404);
    setup.send("PUT", &absent, &json!({})).problem(404);
    for (body, field) in [
        (json!({ "switches": ["pbx9"] }), "switches"),
        (json!({ "switches": ["pbx1"], "trunks": ["pbx2"] }), "trunks"),
        (json!({ "contexts": ["a b"] }), "contexts"),
        (json!({ "contexts": [" internal"] }), "contexts"),
        (json!({ "contexts": (0..101).map(|n| format!("c{n}")).collect::<Vec<_>>() }), "contexts"),
        (json!({ "caller_ids": ["anonymous"] }), "caller_ids"),
        (json!({ "trunk": ["pbx1"] }), "body"),
    ] {
        let refused = setup.send("PUT", &at, &body);
        assert_eq!(refused.problem_code(422), "invalid", "{body}");
        assert_eq!(refused.json()["errors"][0]["field"], field, "{body}");
    }
}

#[test]
fn an_extension_must_be_in_a_granted_context() {
    let stranger = Stranger::comes();
    let make = |name: &str, target: &str| {
        stranger.asks("POST", EXTENSIONS, json!({ "name": name, "target": target }))
    };
    for target in [TOLL, "internal,2001,1"] {
        let refused = make("sales", target);
        assert_eq!(refused.problem_code(422), "invalid", "{target}");
        let context = target.split(',').next().unwrap();
        let detail = refused.problem(422);
        assert!(detail.contains(&format!("ask the operator to grant context {context}")), "{detail}");
    }
    stranger.is_granted(json!({ "switches": ["pbx1"], "contexts": ["tenant-b"] }));
    assert_eq!(make("sales", "tenant-b,17,1").status, 201);
    make("toll", TOLL).problem(422);
    let at = format!("{EXTENSIONS}/sales");
    stranger.asks("PUT", &at, json!({ "target": TOLL })).problem(422);
    assert_eq!(stranger.asks("PUT", &at, json!({ "target": "tenant-b,18,1" })).status, 200);
    // An organization only sees its own extensions. It does not learn of those of the configuration.
    let listed = stranger.asks("GET", EXTENSIONS, Value::Null).json();
    let names: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, [&json!("sales")]);
    for (method, status) in [("GET", 404), ("DELETE", 404)] {
        stranger.asks(method, &format!("{EXTENSIONS}/operator"), Value::Null).problem(status);
    }
    let queue = json!({ "name": "help", "overflow": { "to": "extension", "name": "operator" } });
    stranger.asks("POST", "/api/v1/queues", queue).problem(422);
    stranger.is_granted(json!({ "contexts": ["internal"] }));
    let shown = stranger.asks("GET", &format!("{EXTENSIONS}/operator"), Value::Null);
    assert_eq!(shown.json()["target"], "internal,2001,1");
}

#[test]
fn a_switch_that_was_not_granted_is_never_asked() {
    let stranger = Stranger::comes();
    // An older row, or one whose context was revoked.
    let old = Extension {
        organization_id: stranger.id,
        name: "old".to_owned(),
        title: String::new(),
        target: "internal,2001,1".parse().unwrap(),
    };
    stranger.setup.change(move |connection| change::create_extension(connection, &old));
    let presence = |name: &str| stranger.asks("GET", &format!("{EXTENSIONS}/{name}/presence"), Value::Null);
    let detail = presence("old").problem(403);
    assert!(detail.contains("ask the operator to grant context internal"), "{detail}");
    presence("operator").problem(404);
    stranger.is_granted(json!({ "contexts": ["internal"] }));
    for name in ["old", "operator"] {
        let detail = presence(name).problem(403);
        assert!(detail.contains("no switch was granted"), "{detail}");
    }
    stranger.is_granted(json!({ "contexts": ["internal"], "switches": ["pbx2"] }));
    assert_eq!(presence("old").json()["switch"], "pbx2", "the other switch is not asked");
}

#[test]
fn the_installations_dial_policy_is_a_ceiling() {
    let stranger = Stranger::comes();
    let refused = |body: Value| {
        let answer = stranger.asks("PUT", POLICY, body);
        assert_eq!(answer.problem_code(422), "invalid");
        answer.json()["errors"][0].clone()
    };
    for pattern in ["9011*", "+44*", "+49*", "1*"] {
        let fault = refused(json!({ "numbers_allowed": [pattern] }));
        assert_eq!(fault["field"], "numbers_allowed", "{pattern}");
        let reason = fault["reason"].as_str().unwrap();
        assert!(reason.contains("dial_policy.numbers_allowed") && reason.contains(pattern), "{reason}");
    }
    assert_eq!(refused(json!({ "per_call_max": 6 }))["field"], "per_call_max");
    assert_eq!(refused(json!({ "per_day_max": 1_001 }))["field"], "per_day_max");
    let narrow = json!({ "numbers_allowed": ["+49301*", "110"], "per_call_max": 2, "per_day_max": 10 });
    let set = stranger.asks("PUT", POLICY, narrow.clone());
    let mut told = set.json();
    told.as_object_mut().unwrap().remove("revision").unwrap();
    assert_eq!((set.status, told), (200, narrow));
    // An older row, from before the ceiling, admits no more than the ceiling.
    let (id, wide) = (stranger.id, json!({ "numbers_allowed": ["9011*", "+49*"], "per_call_max": 999 }));
    let wide = serde_json::from_value(wide).unwrap();
    stranger.setup.change(move |connection| change::set_dial_policy(connection, id, &wide));
    let mut shown = stranger.asks("GET", POLICY, Value::Null).json();
    shown.as_object_mut().unwrap().remove("revision").unwrap();
    let expected = json!({ "numbers_allowed": ["+4930*"], "per_call_max": 5, "per_day_max": 1_000 });
    assert_eq!(shown, expected);
    // The server's own organization is no exception.
    let own = stranger.setup.send("PUT", POLICY, &json!({ "numbers_allowed": ["+44*"] }));
    assert_eq!(own.problem_code(422), "invalid");
}

#[test]
fn new_calls_get_the_granted_telephony() {
    let stranger = Stranger::comes();
    stranger.is_granted(json!({ "switches": ["pbx1"], "contexts": ["tenant-b"], "trunks": ["pbx1"] }));
    let (store, day) = (stranger.setup.store.clone(), UnixMs(0));
    let read = store.reads().run(move |connection| query::dialling_everywhere(connection, day));
    let all = actix::System::new().block_on(read).unwrap();
    let grants = &all.found[&stranger.id].grants;
    assert!(grants.switches.contains("pbx1") && grants.trunks.contains("pbx1"));
    assert_eq!(grants.contexts.iter().collect::<Vec<_>>(), ["tenant-b"]);
}

#[test]
fn a_call_without_a_grant_says_whom_to_ask() {
    let setup = Setup::open();
    let from = "+493098765".parse().unwrap();
    let table: [(PlaceRefused, u16, &str, &str); 3] = [
        (NoSwitch::NotGranted.into(), 409, "no_switch", "ask the operator"),
        (PlaceRefused::TrunkNotGranted { switch: "pbx1".to_owned() }, 403, "not_allowed", "its trunk"),
        (PlaceRefused::CallerIdNotGranted { from }, 403, "not_allowed", "+493098765"),
    ];
    for (refused, status, code, said) in table {
        setup.answers.lock().unwrap().place = Some(refused);
        let answer = setup.send("POST", "/api/v1/calls", &json!({ "to": "+49301234" }));
        assert_eq!(answer.problem_code(status), code);
        assert!(answer.problem(status).contains(said), "{answer:?}");
    }
}

#[test]
fn a_campaign_shows_only_caller_ids_granted_to_its_organization() {
    let stranger = Stranger::comes();
    let with = |numbers: [&str; 2]| json!({ "name": "Renewals", "settings": { "caller_ids": numbers } });
    let (own, others) = (["+493012345", "+4989123456"], ["+493012345", "+4940123456"]);
    stranger.is_granted(json!({ "caller_ids": own }));
    let refused = stranger.asks("POST", "/api/v1/campaigns", with(others)).problem(422);
    assert!(refused.contains("`settings.caller_ids`") && refused.contains(others[1]), "{refused}");
    assert_eq!(stranger.asks("POST", "/api/v1/campaigns", with(own)).status, 201);
}

#[test]
fn an_organization_learns_which_numbers_its_campaigns_may_show() {
    let stranger = Stranger::comes();
    let may_show = || stranger.asks("GET", "/api/v1/caller-ids", Value::Null).json();
    assert_eq!(may_show(), json!({ "numbers": [], "others": false }));
    // A number without its country is for calls that name it that way.
    stranger.is_granted(json!({ "caller_ids": ["+4989123456", "+493012345", "4711"] }));
    assert_eq!(may_show(), json!({ "numbers": ["+493012345", "+4989123456"], "others": false }));
    // The first organization may show any number.
    assert_eq!(stranger.setup.json("/api/v1/caller-ids"), json!({ "numbers": [], "others": true }));
}
