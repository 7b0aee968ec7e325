//! Another organization's owner: the answer for a row that is not theirs is, word for word, the answer for a row that does not exist.

use cordboard_schema::permission::{Permission, Role};
use serde_json::json;
use uuid::Uuid;

use super::asker::{Asker, Reply, Request};
use super::table::{self, Opens, OwnAction};
use super::{filled, setup};
use crate::entries::Conversation;
use crate::isolation::{First, another_organization, first, somebody};
use crate::people::bearer;
use crate::recording::recorded;
use crate::setup::Setup;

/// Placeholder in a body for the id of one of the client's profiles.
const PROFILE: &str = "PROFILE";

/// The rows of an organization, by the names of paths' parameters.
struct Rows(Vec<(String, String)>);

impl Rows {
    /// Returns the rows of the first organization.
    fn of(first: &First, call: &str) -> Self {
        let mut rows: Vec<(String, String)> =
            first.rows.iter().map(|(collection, id)| (format!("{collection}/"), id.clone())).collect();
        rows.retain(|(collection, _)| collection != "calls/");
        rows.push(("calls/".to_owned(), call.to_owned()));
        let names = [
            "tool_id",
            "replay_id",
            "example_id",
            "shadow_call_id",
            "delivery_id",
            "note_id",
            "other_id",
            "name",
            "profile_id",
            "contact_id",
            "link_id",
            "number",
        ];
        for name in names {
            rows.push((name.to_owned(), first.id(name).to_owned()));
        }
        Self(rows)
    }

    fn profile(&self) -> &str {
        self.find("agent-profiles/").unwrap()
    }

    fn find(&self, what: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == what).map(|(_, id)| id.as_str())
    }

    /// Returns the value of a path's parameter, by its name or its collection; none if it names no row.
    fn value(&self, path: &str, name: &str) -> Option<&str> {
        let before = path.split(&format!("{{{name}}}")).next().unwrap();
        let collection = before.trim_end_matches('/').rsplit('/').next().unwrap();
        match name {
            "kind" | "digits" | "version" | "draft" | "port" => None,
            "id" => Some(self.find(&format!("{collection}/")).unwrap_or_else(|| {
                panic!(
                    "{path}: no row of `{collection}` is known: add one to `first` of tests/api/isolation.rs"
                )
            })),
            _ => Some(self.find(name).unwrap_or_else(|| {
                panic!(
                    "{path}: no {{{name}}} is known: add it to `Rows::of` of tests/api/identities/foreign.rs"
                )
            })),
        }
    }
}

/// Returns a value for a path's parameter that names no row.
fn usual(name: &str) -> String {
    match name {
        "kind" => "openai".to_owned(),
        "digits" => "0".to_owned(),
        "draft" => "b".to_owned(),
        _ => "1".to_owned(),
    }
}

/// Returns the names of a path's parameters.
fn parameters(path: &str) -> Vec<&str> {
    path.split('{').skip(1).map(|part| part.split('}').next().unwrap()).collect()
}

/// Returns an id that does not exist, in the form of this parameter.
fn nobodys(name: &str) -> String {
    match name {
        "name" => "absent".to_owned(),
        "number" => "+4930555999999".to_owned(),
        _ => Uuid::now_v7().to_string(),
    }
}

/// Returns the answer without the requested ids.
fn without(told: Reply, ids: &[String]) -> (u16, String) {
    (told.status, ids.iter().fold(told.body, |body, id| body.replace(id.as_str(), "ID")))
}

#[test]
fn another_organizations_row_is_answered_like_an_absent_one() {
    let setup = setup();
    setup.answers.lock().unwrap().instruct = Ok(());
    setup.answers.lock().unwrap().end_call = Ok(());
    let first = first(&setup);
    let call = recorded(&setup).split('/').nth(4).unwrap().to_owned();
    let mut theirs = Rows::of(&first, &call);
    // A note on that call.
    let written =
        bearer(&setup, "POST", &format!("/api/v1/calls/{call}/notes"), &first.owner, &json!({ "text": "x" }));
    theirs.0.insert(0, ("note_id".to_owned(), written.json()["id"].as_str().unwrap().to_owned()));
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    let hers = of_another(&setup, &eve);
    let actions = table::actions();
    let mut wrong = unknown(&actions);
    let mut asker = Asker::at(setup.address);
    let [eve, ada] =
        [&eve, &first.owner].map(|token| format!("Authorization: Bearer {}\r\n", token.as_str().unwrap()));
    for OwnAction { method, path, status, body } in &actions {
        let [body, hers_in_it] = [&theirs, &hers].map(|rows| body.replace(PROFILE, rows.profile()));
        let mut ask = |head: &str, path: &str| {
            let body = if head == eve { &hers_in_it } else { &body };
            asker.ask(Request { method, path, head, body })
        };
        let names = parameters(path);
        let of_rows: Vec<&str> =
            names.iter().copied().filter(|name| theirs.value(path, name).is_some()).collect();
        let value = |name: &str| theirs.value(path, name).map_or_else(|| usual(name), str::to_owned);
        let real = filled(path, value);
        for (at, name) in of_rows.iter().enumerate() {
            let missing = nobodys(name);
            // The parameters before it have rows of her own, if she has such rows.
            let with = |last: &str| {
                filled(path, |asked| match of_rows.iter().position(|other| *other == asked) {
                    Some(before) if before < at => hers.value(path, asked).unwrap_or_default().to_owned(),
                    Some(same) if same == at => last.to_owned(),
                    _ => value(asked),
                })
            };
            let foreign = with(&value(name));
            let ids = [value(name), missing.clone()];
            let (of_foreign, of_absent) =
                (without(ask(&eve, &foreign), &ids), without(ask(&eve, &with(&missing)), &ids));
            if of_foreign != of_absent || of_foreign.0 != 404 {
                wrong.push(format!(
                    "{method} {foreign} of another organization: {of_foreign:?}, and of an absent row: {of_absent:?}"
                ));
            }
        }
        let done = ask(&ada, &real);
        if done.status != *status {
            wrong.push(format!(
                "{method} {path} {body}: its owner gets {} {}, not {status}",
                done.status, done.body
            ));
        }
    }
    println!("{} actions, {} requests", actions.len(), asker.asked);
    assert!(wrong.is_empty(), "{} are not as they must be:\n{}", wrong.len(), wrong.join("\n"));
}

/// Creates rows of another organization, for the parameters before a row that is not theirs.
fn of_another(setup: &Setup, eve: &serde_json::Value) -> Rows {
    let made = |path: &str, body| {
        let answer = bearer(setup, "POST", path, eve, &body);
        assert_eq!(answer.status, 201, "{path}: {answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    };
    let profile = made("/api/v1/agent-profiles", json!({ "name": "hers" }));
    let hook = json!({ "url": "https://hooks.example/hers", "events": ["call.started"] });
    let hook = made("/api/v1/webhooks", hook);
    let customer = made("/api/v1/customers", json!({ "name": "hers" }));
    let campaign = made("/api/v1/campaigns", json!({ "name": "hers" }));
    let me = bearer(setup, "GET", "/api/v1/auth/me", eve, &serde_json::Value::Null).json();
    let mut said = Conversation::new(me["organization"]["id"].as_str().unwrap().parse().unwrap());
    setup.journal(said.live());
    let call = said.call_id.to_string();
    let rows = [
        ("agent-profiles/", profile),
        ("webhooks/", hook),
        ("customers/", customer),
        ("campaigns/", campaign),
        ("calls/", call),
    ];
    Rows(rows.map(|(name, id)| (name.to_owned(), id)).into())
}

/// Returns the routes that take a row's id and have no row in `ids.txt`.
fn unknown(actions: &[OwnAction]) -> Vec<String> {
    let takes_a_row = |path: &str| parameters(path).iter().any(|name| !matches!(*name, "kind" | "port"));
    let rows = table::rows();
    let of_organizations = rows.iter().filter(|row| {
        // No role of an organization may use the routes of the installation.
        let is_organizations = match row.opens {
            Opens::Everybody | Opens::Dialplan | Opens::Page | Opens::Local(..) => false,
            // Things of the installation are shown to no other organization at all.
            Opens::Scope(Permission::Installation, _) => false,
            Opens::Scope(_, least) | Opens::Socket(_, least) | Opens::Feed(_, least) => least.is_some(),
            Opens::Known | Opens::Session => true,
        };
        is_organizations && takes_a_row(&row.path) && !super::is_left_out(row)
    });
    let has = |row: &table::Row| {
        actions.iter().any(|action| action.method == row.method && action.path == row.path)
    };
    let missing = of_organizations.filter(|row| !has(row)).map(|row| {
        format!(
            "{0} {1} takes the id of a row and has no row in tests/api/identities/ids.txt. Write there what its owner is told, \
             and the body that they send:\n    {0}  {1}  200  {{}}",
            row.method, row.path
        )
    });
    missing.collect()
}
