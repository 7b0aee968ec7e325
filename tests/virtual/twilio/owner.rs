//! Another organization on the server, with its owner signed in and a number of its own.

use std::time::Duration;

use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::{Account, Caller, Posted};
use cordboard_test_support::twilio_rest::Rest;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::setup::{FROM, Setup, sid};
use crate::suites::book::Book as _;

/// The SIP domain of the extensions of an organization with an account of its own.
pub(crate) const HOST: &str = "pbx.of-the-owner.example";

/// Its owner. The server has to accept registrations: `registration = open`.
pub(crate) struct Owner<'a> {
    setup: &'a Setup,
    token: String,
    /// The number that its callers dial.
    pub(crate) number: String,
    /// The account whose webhooks bring its calls.
    pub(crate) account: Account,
}

/// The remains of an owner without a server.
pub(crate) struct Left {
    token: String,
    number: String,
    account: Account,
}

impl<'a> Owner<'a> {
    /// A new organization, whose number is answered by its receptionist.
    pub(crate) async fn of(setup: &'a Setup, name: &str, number: &str) -> Self {
        let account = json!({
            "email": format!("{name}@example.com"), "password": "correct horse battery staple", "name": name,
            "organization": format!("{name} Plumbing"),
        });
        let made = setup.server().post("/api/v1/auth/register", &account, Token::None).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let token = made.json()["access_token"].as_str().unwrap().to_owned();
        let owner = Self { setup, token, number: number.to_owned(), account: setup.account() };
        owner.is_given(number).await;
        owner
    }

    /// The operator assigns this number to the organization, and its receptionist answers it.
    pub(crate) async fn is_given(&self, number: &str) {
        let profile = self.items("/api/v1/agent-profiles").await[0]["id"].clone();
        let me = self.send("GET", "/api/v1/auth/me", &Value::Null, 200).await;
        let organization = me["organization"]["id"].as_str().unwrap();
        let body = json!({ "number": number, "profile_id": profile });
        let given = self.setup.server().post_in(organization, "/api/v1/phone-numbers", &body).await;
        assert_eq!(given.status, 201, "{}", given.text());
    }

    /// The same owner after the server was started again.
    pub(crate) fn again(setup: &'a Setup, left: Left) -> Self {
        let Left { token, number, account } = left;
        Self { setup, token, number, account: Account { http: setup.server().http, ..account } }
    }

    /// The remains of an owner when the server is started again.
    pub(crate) fn leave(self) -> Left {
        Left { token: self.token, number: self.number, account: self.account }
    }

    /// A request that is answered with this status.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let answer = self.setup.server().send(method, path, Some(&self.token), body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        answer.json()
    }

    /// Sets this account as the organization's own, with its API at `rest`.
    pub(crate) async fn has_account(&mut self, account: Account, rest: &Rest) {
        self.has_keys(account, json!({}), rest).await;
    }

    /// The same with more secrets.
    pub(crate) async fn has_keys(&mut self, account: Account, secrets: Value, rest: &Rest) {
        let settings = json!({
            "account_sid": account.sid, "base_url": rest.base_url(), "caller_id": self.number, "sip_domain": HOST,
        });
        let mut secrets = secrets;
        secrets["auth_token"] = json!(account.auth_token);
        let body = json!({ "settings": settings, "secrets": secrets });
        let set = self.send("PUT", "/api/v1/integrations/twilio", &body, 200).await;
        assert_eq!(set["unused_because"], Value::Null);
        self.account = account;
    }

    /// The answer to a webhook of the account about this call to the organization's number.
    pub(crate) async fn posts(&self, path: &str, number: u32, more: &[(&str, &str)]) -> Posted {
        let mut fields = Account::fields(&sid(number), FROM, &self.number, "in-progress");
        for (name, value) in more {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.account.post(path, &fields).await.unwrap()
    }

    /// Calls the number until it is answered: accounts are read again every 2 s. The calls' numbers begin after `first`.
    pub(crate) async fn wait_answered(&self, first: u32) {
        let mut calls = first + 1..first + 22;
        while !self.is_answered_in_vain(calls.next().expect("accounts are read again every 2 s")).await {
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Makes a call whose caller hangs up before the stream; returns whether it was answered.
    pub(crate) async fn is_answered_in_vain(&self, call: u32) -> bool {
        let answer = self.posts("/twilio/voice", call, &[("CallStatus", "ringing")]).await;
        if !answer.body.contains("<Stream") {
            return false;
        }
        let id = self.setup.wait("the call", async || self.id_of(call).await).await;
        let over = self.posts("/twilio/status", call, &[("CallStatus", "completed")]).await;
        assert_eq!(over.status, 204, "{}", over.body);
        self.event(&id, "call_started").await;
        true
    }

    /// A caller who is answered, and the id of their call.
    pub(crate) async fn call(&self, number: u32) -> (Caller, String) {
        let caller = Caller::dial_here(&self.account, &sid(number), FROM, &self.number);
        let id = self.setup.wait("the call", async || self.id_of(number).await).await;
        self.event(&id, "answered").await;
        (caller, id)
    }

    /// The id of the organization's call with this number at Twilio.
    pub(crate) async fn id_of(&self, number: u32) -> Option<String> {
        let name = sid(number);
        let calls = self.items("/api/v1/calls?limit=200").await;
        let is_it = |call: &&Value| call["outside_ids"].to_string().contains(&name);
        calls.iter().find(is_it).map(|call| call["id"].as_str().unwrap().to_owned())
    }

    /// Waits for the first entry of this kind in the call's journal, and returns it.
    pub(crate) async fn event(&self, id: &str, kind: &str) -> Value {
        let path = format!("/api/v1/calls/{id}/events?limit=200");
        self.setup
            .wait(&format!("{kind} in the journal"), async || {
                self.items(&path).await.into_iter().find(|event| event["kind"] == kind)
            })
            .await
    }

    /// Waits until the call is over; returns its row.
    pub(crate) async fn ended(&self, id: &str) -> Value {
        let path = format!("/api/v1/calls/{id}");
        self.setup
            .wait("the end of the call", async || {
                Some(self.send("GET", &path, &Value::Null, 200).await).filter(|row| row["state"] == "ended")
            })
            .await
    }

    pub(crate) async fn items(&self, path: &str) -> Vec<Value> {
        self.send("GET", path, &Value::Null, 200).await["items"].as_array().unwrap().clone()
    }
}
