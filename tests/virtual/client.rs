//! Requests of programs and people to the server's API, as tasks next to the server.

use std::net::SocketAddr;

use cordboard_test_support::http::ask;
use cordboard_test_support::server::{ADMIN_TOKEN, Answer, DIALPLAN_TOKEN, Token};
use serde_json::Value;

/// A client. Each request has a connection of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) http: SocketAddr,
}

impl Client {
    /// `GET` of a path.
    pub(crate) async fn get(self, path: &str, token: Token) -> Answer {
        self.send("GET", path, bearer(token), &Value::Null).await
    }

    /// `POST` of JSON to a path.
    pub(crate) async fn post(self, path: &str, body: &Value, token: Token) -> Answer {
        self.send("POST", path, bearer(token), body).await
    }

    /// `PUT` of JSON to a path.
    pub(crate) async fn put(self, path: &str, body: &Value, token: Token) -> Answer {
        self.send("PUT", path, bearer(token), body).await
    }

    /// `POST` of JSON to a path, by the installation's operator on behalf of this organization.
    pub(crate) async fn post_in(self, organization: &str, path: &str, body: &Value) -> Answer {
        self.asked("POST", path, bearer(Token::Admin), &[("X-Organization", organization)], body).await
    }

    /// `POST` of JSON to a path, with this `Idempotency-Key`, by the installation's operator.
    pub(crate) async fn post_keyed(self, key: &str, path: &str, body: &Value) -> Answer {
        self.asked("POST", path, bearer(Token::Admin), &[("Idempotency-Key", key)], body).await
    }

    /// A request of a signed-in user, or of nobody; a null body is sent as no body.
    pub(crate) async fn send(self, method: &str, path: &str, bearer: Option<&str>, body: &Value) -> Answer {
        self.asked(method, path, bearer, &[], body).await
    }

    async fn asked(
        self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        more: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let authorization = bearer.map(|token| format!("Bearer {token}"));
        let authorization = authorization.as_deref().map(|value| ("Authorization", value));
        let of_json = ("Content-Type", "application/json");
        let headers: Vec<(&str, &str)> = more.iter().copied().chain([of_json]).chain(authorization).collect();
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let reply = ask(self.http, method, path, &headers, &bytes).await;
        let reply = reply.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        Answer { status: reply.status, body: reply.body }
    }
}

const fn bearer(token: Token) -> Option<&'static str> {
    match token {
        Token::Admin => Some(ADMIN_TOKEN),
        Token::Dialplan => Some(DIALPLAN_TOKEN),
        Token::None => None,
    }
}
