//! Another organization on the server, with its owner signed in and a number of its own.

use cordboard_test_support::book::Book;
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use crate::house::House;

/// Who owns it. The server has to take registrations: `registration = open`.
pub(crate) struct Owner<'a> {
    house: &'a House,
    token: String,
    /// The number that its callers dial.
    pub(crate) number: String,
}

impl<'a> Owner<'a> {
    /// A new organization, whose number is answered by its receptionist.
    #[track_caller]
    pub(crate) fn of(house: &'a House, name: &str, number: &str) -> Self {
        let account = json!({
            "email": format!("{name}@example.com"), "password": "correct horse battery staple", "name": name,
            "organization": format!("{name} Plumbing"),
        });
        let made = house.server().post("/api/v1/auth/register", &account, Token::None).unwrap();
        assert_eq!(made.status, 201, "{}", made.text());
        let token = made.json()["access_token"].as_str().unwrap().to_owned();
        let owner = Self { house, token, number: number.to_owned() };
        let profile = owner.items("/api/v1/agent-profiles")[0]["id"].clone();
        owner.send("POST", "/api/v1/phone-numbers", &json!({ "number": number, "profile_id": profile }), 201);
        owner
    }

    /// A request that is answered so.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let answer = self.house.server().send(method, path, Some(&self.token), body).unwrap();
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        answer.json()
    }

    /// Calls the number until its profile is known to new calls: it is read again every 2 s. The calls' names begin with `first`.
    #[track_caller]
    pub(crate) fn wait_answered(&self, first: u32) {
        let mut call = first;
        self.house.wait("the organization's profile", || {
            call += 1;
            let more = [("To", self.number.as_str()), ("CallStatus", "ringing")];
            self.house.asked("/twilio/voice", call, &more).contains("<Stream").then_some(())
        });
    }

    #[track_caller]
    pub(crate) fn items(&self, path: &str) -> Vec<Value> {
        self.send("GET", path, &Value::Null, 200)["items"].as_array().unwrap().clone()
    }
}
