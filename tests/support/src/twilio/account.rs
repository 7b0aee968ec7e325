//! The account: its token, and where its webhooks are.

use std::net::SocketAddr;
use std::time::Duration;

use ureq::Body;
use ureq::http::Response;
use ureq::typestate::WithBody;

use super::sign;
use crate::twilio_rest::form;

/// An account whose webhooks lead to one server.
#[derive(Debug, Clone)]
pub struct Account {
    /// Where the server listens; a proxy that ends TLS stands before it.
    pub http: SocketAddr,
    /// The address that Twilio knows it by, without a slash at its end.
    pub public_base: String,
    /// Signs all that is asked.
    pub auth_token: String,
    /// Its name.
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
    /// The name of the account that there usually is.
    pub const SID: &str = "AC11111111111111111111111111111111";

    /// The fields of a webhook about a call; whoever posts them puts its own name in.
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

    /// Posts a form to a path, signed. None where nobody answers.
    #[must_use]
    pub fn post(&self, path: &str, fields: &[(String, String)]) -> Option<Posted> {
        let mut fields = fields.to_vec();
        for (_, value) in fields.iter_mut().filter(|(name, _)| name == "AccountSid") {
            value.clone_from(&self.sid);
        }
        let signature = sign(&self.auth_token, &format!("{}{path}", self.public_base), &fields);
        self.post_with(path, &fields, &[("X-Twilio-Signature", &signature)])
    }

    /// Posts a body to a path as it stands, signed over what it says when it is read.
    #[must_use]
    pub fn post_body(&self, path: &str, body: &str) -> Option<Posted> {
        let fields = form(body);
        let signature = sign(&self.auth_token, &format!("{}{path}", self.public_base), &fields);
        let request = self.request(path, &[("X-Twilio-Signature", &signature)]);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        request.send(body).ok().map(posted)
    }

    fn request(&self, path: &str, headers: &[(&str, &str)]) -> ureq::RequestBuilder<WithBody> {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER_LIMIT))
            .http_status_as_error(false)
            .build()
            .new_agent();
        let request = agent.post(format!("http://{}{path}", self.http));
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    /// Posts a form to a path with these headers and no other signature.
    #[must_use]
    pub fn post_with(
        &self,
        path: &str,
        fields: &[(String, String)],
        headers: &[(&str, &str)],
    ) -> Option<Posted> {
        let form = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.request(path, headers).send_form(form).ok().map(posted)
    }
}

fn posted(mut response: Response<Body>) -> Posted {
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    let (status, content_type) = (response.status().as_u16(), kind.unwrap_or_default().to_owned());
    let body = response.body_mut().read_to_string().unwrap_or_default();
    Posted { status, content_type, body }
}
