//! A server that Twilio calls.

use std::path::Path;

use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::{Account, Caller, Posted};
use cordboard_test_support::twilio_rest::Rest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::suites::book::Book;
use crate::world::{Setting, World};

pub(crate) const PUBLIC_BASE: &str = "https://calls.example.com";
pub(crate) const TOKEN: &str = "f00dfeedcafe0123456789abcdef0123";
pub(crate) const OTHER_TOKEN: &str = "00000000000000000000000000000002";
pub(crate) const FROM: &str = "+15550100002";
pub(crate) const TO: &str = "+15550100001";

/// A server, and the account's API.
pub(crate) struct Setup {
    world: World,
    rest: Rest,
    /// Its folder, where nothing else holds it.
    _folder: Option<TempDir>,
}

impl Setup {
    /// With more settings.
    pub(crate) async fn open(more: &[Setting<'_>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let setup = Self::open_at(folder.path(), rest, more).await;
        Self { _folder: Some(folder), ..setup }
    }

    /// In this folder, with this API.
    pub(crate) async fn open_at(folder: &Path, rest: Rest, more: &[Setting<'_>]) -> Self {
        let api = rest.base_url();
        let settings = [
            ("twilio.api_base_url", api.as_str()),
            ("http.public_base_url", PUBLIC_BASE),
            ("TWILIO_ACCOUNT_SID", Account::SID),
            ("TWILIO_AUTH_TOKEN", TOKEN),
            ("twilio.second_auth_token", OTHER_TOKEN),
            ("calls.silence_prompt_s", "300"),
            ("calls.meet_timeout_s", "3"),
        ];
        let settings: Vec<Setting<'_>> = settings.iter().chain(more).copied().collect();
        Self { world: World::open(folder, &settings).await, rest, _folder: None }
    }

    /// The remains of Twilio when the server is killed.
    pub(crate) fn left(self) -> Rest {
        self.rest
    }

    /// Sets what happens to callers when a person leaves them.
    pub(crate) async fn set_after_handoff(&self, after: &str) {
        self.change_profile(&json!({ "after_handoff": after })).await;
    }

    /// Changes members of the receptionist's profile.
    pub(crate) async fn change_profile(&self, changes: &Value) {
        let mut profile = self.items("/api/v1/agent-profiles").await[0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        let fields = profile.as_object_mut().unwrap();
        fields.remove("id");
        fields.extend(changes.as_object().unwrap().clone());
        let answer = self.server().put(&path, &profile, Token::Admin).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Describes the business for the first time.
    pub(crate) async fn describe_business(&self, business: &Value) {
        let mut body = business.clone();
        body.as_object_mut().unwrap().insert("revision".to_owned(), json!(0));
        let answer = self.server().put("/api/v1/business-profile", &body, Token::Admin).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// The account's API.
    pub(crate) fn rest(&self) -> &Rest {
        &self.rest
    }

    /// The path of one of our addresses.
    pub(crate) fn path_of(&self, url: &str) -> String {
        url.strip_prefix(PUBLIC_BASE).unwrap_or_else(|| panic!("{url} is none of ours")).to_owned()
    }

    /// The account whose webhooks come here.
    pub(crate) fn account(&self) -> Account {
        self.account_of(TOKEN)
    }

    /// The same, signing with this token.
    pub(crate) fn account_of(&self, token: &str) -> Account {
        let http = self.server().http;
        Account {
            http,
            public_base: PUBLIC_BASE.to_owned(),
            auth_token: token.to_owned(),
            sid: Account::SID.to_owned(),
        }
    }

    /// A caller who is answered, and the id of their call.
    pub(crate) async fn call(&self, number: u32) -> (Caller, String) {
        let caller = Caller::dial_here(&self.account(), &sid(number), FROM, TO);
        let id = self.wait_written("the call", async || self.id_of(number).await).await;
        self.event(&id, "answered").await;
        (caller, id)
    }

    /// The answer to a webhook about this call from `FROM`, with more fields; it has to be TwiML.
    pub(crate) async fn asked(&self, path: &str, number: u32, more: &[(&str, &str)]) -> String {
        let mut fields = Account::fields(&sid(number), FROM, TO, "in-progress");
        for (name, value) in more {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let Posted { status, content_type, body } = self.account().post(path, &fields).await.unwrap();
        assert_eq!((status, content_type.as_str()), (200, "text/xml; charset=utf-8"), "{path}: {body}");
        body
    }

    /// The answer to a new call from `FROM` to `TO`.
    pub(crate) async fn rings(&self, number: u32) -> String {
        self.asked("/twilio/voice", number, &[("CallStatus", "ringing")]).await
    }

    /// Twilio reports that a call is over.
    pub(crate) async fn is_over(&self, number: u32, status: &str) {
        let fields = Account::fields(&sid(number), FROM, TO, status);
        assert_eq!(self.account().post("/twilio/status", &fields).await.unwrap().status, 204);
    }

    /// The number `TO` belongs to the first organization, whose receptionist answers it, with these settings.
    pub(crate) async fn has_number(&self, settings: Value) -> Value {
        let mut body = settings;
        body["number"] = TO.into();
        body["profile_id"] = self.items("/api/v1/agent-profiles").await[0]["id"].clone();
        let made = self.server().post("/api/v1/phone-numbers", &body, Token::Admin).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()
    }

    /// The business of the first organization never opens.
    pub(crate) async fn is_closed(&self) {
        let body = serde_json::json!({ "revision": 0, "trade": "plumber", "name": "Closed", "hours": {} });
        let set = self.server().put("/api/v1/business-profile", &body, Token::Admin).await;
        assert!(set.status < 300, "{}", set.text());
    }

    /// The id of the call with this number at Twilio.
    pub(crate) async fn id_of(&self, number: u32) -> Option<String> {
        let name = sid(number);
        let is_it = |call: &Value| call["outside_ids"][0]["value"] == name.as_str();
        let call = self.calls().await.into_iter().find(is_it)?;
        call["id"].as_str().map(str::to_owned)
    }

    /// Ends a test: nothing panicked, and nothing of a call is left.
    pub(crate) async fn close(self) {
        self.world.balanced().await;
        self.rest.finish();
        assert!(!self.world.log().contains(TOKEN), "the log holds the token");
        self.world.close().await;
    }
}

impl Book for Setup {
    fn world(&self) -> &World {
        &self.world
    }
}

/// The SID of a call at Twilio.
pub(crate) fn sid(number: u32) -> String {
    format!("CA{number:032x}")
}
