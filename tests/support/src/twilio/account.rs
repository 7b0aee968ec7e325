//! The account: its token, and where its webhooks are.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;

use super::{form, form_text, sign};
use crate::http::ask;

/// An account whose webhooks lead to one server.
#[derive(Debug, Clone)]
pub struct Account {
    /// The address at which the server listens; a proxy that ends TLS is in front of it.
    pub http: SocketAddr,
    /// The address under which Twilio reaches it, without a slash at its end.
    pub public_base: String,
    /// Signs every request.
    pub auth_token: String,
    /// Its SID.
    pub sid: String,
}

/// The answer to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The status.
    pub status: u16,
    /// The media type.
    pub content_type: String,
    /// The body.
    pub body: String,
}

/// How long a webhook may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);

impl Account {
    /// The SID of the usual account.
    pub const SID: &str = "AC11111111111111111111111111111111";

    /// The fields of a webhook about a call; the code that posts them adds the account's SID.
    #[must_use]
    pub fn fields(call: &str, from: &str, to: &str, status: &str) -> Vec<(String, String)> {
        let fields = [
            ("AccountSid", Self::SID),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", call),
            ("From", from),
            ("To", to),
            ("Caller", from),
            ("Called", to),
            ("Direction", "inbound"),
            ("CallStatus", status),
            ("FromCity", ""),
        ];
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// Posts a form to a path, signed. `None` where nothing answers.
    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> Option<Posted> {
        let mut fields = fields.to_vec();
        for (_, value) in fields.iter_mut().filter(|(name, _)| name == "AccountSid") {
            value.clone_from(&self.sid);
        }
        let signature = sign(&self.auth_token, &format!("{}{path}", self.public_base), &fields);
        self.post_with(path, &fields, &[("X-Twilio-Signature", &signature)]).await
    }

    /// Posts a body to a path as it is; the signature covers its parsed fields.
    pub async fn post_body(&self, path: &str, body: &str) -> Option<Posted> {
        let signature = sign(&self.auth_token, &format!("{}{path}", self.public_base), &form(body));
        self.request(path, &[("X-Twilio-Signature", &signature)], body).await
    }

    /// Posts a form to a path with these headers and no other signature.
    pub async fn post_with(
        &self,
        path: &str,
        fields: &[(String, String)],
        headers: &[(&str, &str)],
    ) -> Option<Posted> {
        self.request(path, headers, &form_text(fields)).await
    }

    async fn request(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Posted> {
        let of_form = ("Content-Type", "application/x-www-form-urlencoded");
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain([of_form]).collect();
        let asked = ask(self.http, "POST", path, &headers, body.as_bytes());
        let reply = timeout(ANSWER_LIMIT, asked).await.ok()?.ok()?;
        let content_type = reply.header("content-type").unwrap_or_default().to_owned();
        Some(Posted {
            status: reply.status,
            content_type,
            body: String::from_utf8_lossy(&reply.body).into_owned(),
        })
    }
}
