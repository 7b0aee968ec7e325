//! The client of the REST API: one try of a request by HTTP, bounded in time and size.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::limits::{TWILIO_CONNECT_MS_MAX, TWILIO_REQUEST_MS_MAX};
use cordboard_schema::wire::twilio::AccountSid;
use cordboard_schema::wire::twilio::rest::{Method, RestRequest};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};

use super::retry::Tried;
use crate::error_text::innermost;
use crate::outside_access::{BoundedBody, OutsideAccess};

/// The password of requests. It is never printed.
#[derive(Clone)]
pub struct RestSecret(String);

impl RestSecret {
    /// Takes the auth token, or the secret of an API key.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for RestSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}

/// Address of the API, and the account that uses it.
#[derive(Clone, Debug)]
pub struct RestAccess {
    /// Its address, as `https://api.twilio.com`.
    pub base_url: String,
    /// The account whose resources are requested.
    pub account: AccountSid,
    /// The user: the account's SID, or an API key's.
    pub user: String,
    /// The user's password.
    pub secret: RestSecret,
}

/// A client of the API. Clones share its connections.
#[derive(Clone, Debug)]
pub(in crate::twilio) struct RestClient {
    http: reqwest::Client,
    access: Arc<RestAccess>,
}

impl RestClient {
    /// Returns a client that uses this kind of access.
    ///
    /// # Errors
    /// Why TLS can't be set up, as a text.
    pub(in crate::twilio) fn new(access: RestAccess, way: &OutsideAccess) -> Result<Self, String> {
        let http = way
            .client()
            .connect_timeout(Duration::from_millis(TWILIO_CONNECT_MS_MAX))
            .timeout(Duration::from_millis(TWILIO_REQUEST_MS_MAX))
            .build()
            .map_err(|error| innermost(&error))?;
        Ok(Self { http, access: Arc::new(access) })
    }

    /// Returns the API's address, for an administrator.
    pub(in crate::twilio) fn address(&self) -> &str {
        &self.access.base_url
    }

    /// Tries a request once.
    pub(super) async fn try_once(&self, request: &RestRequest) -> Tried {
        let RestAccess { base_url, account, user, secret } = &*self.access;
        let url = format!("{}{}", base_url.trim_end_matches('/'), request.full_path(account));
        let asked = match request.method {
            Method::Get => self.http.get(url),
            Method::Delete => self.http.delete(url),
            Method::Post => {
                let kind = "application/x-www-form-urlencoded";
                self.http.post(url).header(CONTENT_TYPE, kind).body(request.form.encode())
            }
        };
        let response = match asked.basic_auth(user, Some(&secret.0)).send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => {
                return Tried::NoConnection(innermost(&error));
            }
            Err(error) => return Tried::NoAnswer(innermost(&error)),
        };
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(str::to_owned);
        // One byte more than allowed shows that the answer is too long.
        match BoundedBody::read(response, request.answer_bytes_max + 1).await {
            Ok(BoundedBody { bytes: body, .. }) => Tried::Answered { status, retry_after, body },
            Err(error) => Tried::NoAnswer(innermost(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_not_shown() {
        let access = RestAccess {
            base_url: "https://api.twilio.com".to_owned(),
            account: "AC11111111111111111111111111111111".parse().unwrap(),
            user: "AC11111111111111111111111111111111".to_owned(),
            secret: RestSecret::new("tiger-77"),
        };
        assert!(!format!("{access:?}").contains("tiger"));
        assert!(
            !format!("{:?}", RestClient::new(access, &OutsideAccess::anywhere().unwrap()).unwrap())
                .contains("tiger")
        );
    }
}
