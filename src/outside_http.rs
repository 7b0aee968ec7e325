//! HTTP to addresses that users entered: webhooks, tools, integrations.
//!
//! Such an address may be chosen to reach what only this server can reach (server-side request forgery). Therefore connections are guarded
//! (`cordboard_actors::outside_access`). Redirects are not followed, proxies are not used, and connections are not kept. Waits and answers are
//! limited.

mod reach;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cordboard_actors::error_text::innermost;
use cordboard_actors::outside_access::{AddressGuard, BoundedBody, Inside, OutsideAccess};
use cordboard_actors::{tls, world};
use cordboard_schema::limits::{OUTSIDE_CONNECT_MS_MAX, OUTSIDE_URL_BYTES_MAX};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method};
use reach::Reach;
use reqwest::Response;
use tokio::time::timeout;
use url::{Host, Url};

use crate::config::Outbound;

/// How long the body of an answer is waited for if only its status matters.
const BODY_WAIT: Duration = Duration::from_secs(2);

/// A client for addresses that users entered. Cheap to clone.
#[derive(Clone)]
pub struct OutsideHttp {
    client: reqwest::Client,
    way: OutsideAccess,
    reach: Reach,
    plain_http: bool,
}

/// A request.
pub struct OutsideRequest {
    /// The method.
    pub method: Method,
    /// Its address, accepted by [`OutsideHttp::address`].
    pub url: Url,
    /// Headers. The code that makes them marks secret values as such.
    pub headers: HeaderMap,
    /// The body; may be empty.
    pub body: Vec<u8>,
    /// Limit for the whole request, from the name lookup to the last byte.
    pub timeout: Duration,
    /// Bytes of the answer's body that are read. The rest is dropped.
    pub answer_bytes_max: usize,
}

/// An answer. A redirect is an answer like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideAnswer {
    /// The status.
    pub status: u16,
    /// `Content-Type`, if it is text.
    pub content_type: Option<String>,
    /// Seconds of `Retry-After`, if present.
    pub retry_after_s: Option<u64>,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
    /// Whether the body was longer.
    pub is_cut: bool,
}

/// Why an address can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is not a URL of a web server.
    #[error("must be an address of a web server, as https://example.com/hook")]
    Form,
    /// It is not encrypted.
    #[error("must begin with https:// (the setting outbound.plain_http can admit http://)")]
    PlainHttp,
    /// It contains a user name or a password.
    #[error("must have no user name or password in it")]
    Credentials,
    /// It is too long.
    #[error("must have at most {OUTSIDE_URL_BYTES_MAX} bytes")]
    TooLong,
    /// It is not on the public internet.
    #[error(
        "must be an address of the public internet (the setting outbound.allow can admit other networks)"
    )]
    Inside,
}

/// Why there is no answer. The texts contain no header and no body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutsideFault {
    /// Requests to the address are not allowed.
    #[error("the address {0}")]
    Address(#[from] BadAddress),
    /// Its name leads to an address to which we don't connect for users.
    #[error("{0}")]
    Inside(String),
    /// The name can't be looked up, the connection is refused, or its certificate is invalid.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The time limit has passed.
    #[error("no answer within {0} ms")]
    TimedOut(u128),
    /// The bytes are not HTTP, or broke off.
    #[error("the answer broke off or is not HTTP: {0}")]
    Broken(String),
}

impl fmt::Debug for OutsideHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutsideHttp").field("plain_http", &self.plain_http).finish_non_exhaustive()
    }
}

impl OutsideHttp {
    /// Makes a client with the settings of the section `[outbound]`. Reads the system's certificates, which may take some 10 ms.
    ///
    /// # Errors
    /// Fails, in words, if TLS can't be set up.
    pub fn new(settings: &Outbound) -> Result<Self, String> {
        let reach = Reach::new(settings.allow.clone());
        let admitted = reach.clone();
        let guard = AddressGuard::new(move |address| admitted.admits(address));
        let tls = tls::client_config()?;
        let way = OutsideAccess { tls, guard: Some(guard) };
        let client = way
            .client()
            .connect_timeout(Duration::from_millis(OUTSIDE_CONNECT_MS_MAX))
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| innermost(&error))?;
        Ok(Self { client, way, reach, plain_http: settings.plain_http })
    }

    /// The guarded way to such addresses for code that connects by itself, after [`Self::address`] has accepted them.
    pub fn way(&self) -> OutsideAccess {
        self.way.clone()
    }

    /// Parses an address that a user entered, and checks what can be checked without looking up its name.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn address(&self, text: &str) -> Result<Url, BadAddress> {
        if text.len() > OUTSIDE_URL_BYTES_MAX {
            return Err(BadAddress::TooLong);
        }
        let mut url = Url::parse(text).map_err(|_| BadAddress::Form)?;
        url.set_fragment(None);
        self.check(&url)?;
        Ok(url)
    }

    fn check(&self, url: &Url) -> Result<(), BadAddress> {
        match url.scheme() {
            "https" => {}
            "http" if self.plain_http => {}
            "http" => return Err(BadAddress::PlainHttp),
            _ => return Err(BadAddress::Form),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadAddress::Credentials);
        }
        // Names are looked up and checked when they are connected to. IP addresses are checked here.
        let is_inside = match url.host().ok_or(BadAddress::Form)? {
            Host::Domain(_) => false,
            Host::Ipv4(address) => !self.reach.admits(address.into()),
            Host::Ipv6(address) => !self.reach.admits(address.into()),
        };
        if is_inside { Err(BadAddress::Inside) } else { Ok(()) }
    }

    /// Sends a request, and reads the answer up to the limit.
    ///
    /// # Errors
    /// [`OutsideFault`]. A status that reports a failure is not a fault.
    pub async fn ask(&self, request: OutsideRequest) -> Result<OutsideAnswer, OutsideFault> {
        let (timeout, bytes_max) = (request.timeout, request.answer_bytes_max);
        let (head, response) = self.send(request).await?;
        let read = BoundedBody::read(response, bytes_max).await;
        let BoundedBody { bytes: body, is_cut } = read.map_err(|error| fault(&error, timeout))?;
        Ok(OutsideAnswer { body, is_cut, ..head })
    }

    /// The same for a request whose answer is its status: whoever has answered with it has taken the request, also if the body breaks off or does not
    /// end. Such a body is left out.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn tell(&self, request: OutsideRequest) -> Result<OutsideAnswer, OutsideFault> {
        let bytes_max = request.answer_bytes_max;
        let (head, response) = self.send(request).await?;
        Ok(match timeout(BODY_WAIT, BoundedBody::read(response, bytes_max)).await {
            Ok(Ok(BoundedBody { bytes: body, is_cut })) => OutsideAnswer { body, is_cut, ..head },
            Ok(Err(_)) | Err(_) => OutsideAnswer { is_cut: true, ..head },
        })
    }

    /// Sends a request, and returns the answer without its body, which is still to be read.
    async fn send(&self, request: OutsideRequest) -> Result<(OutsideAnswer, Response), OutsideFault> {
        let OutsideRequest { method, url, headers, body, timeout, answer_bytes_max: _ } = request;
        self.check(&url)?;
        let asked = self.client.request(method, url).headers(headers).body(body).timeout(timeout);
        let response = asked.send().await.map_err(|error| fault(&error, timeout))?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let head = OutsideAnswer {
            status: response.status().as_u16(),
            content_type: header(CONTENT_TYPE).map(str::to_owned),
            retry_after_s: header(RETRY_AFTER).and_then(|value| seconds_until(value, world::now())),
            body: Vec::new(),
            is_cut: false,
        };
        Ok((head, response))
    }
}

/// Returns the seconds of a `Retry-After`, which contains a number or a date (RFC 9110, section 10.2.3).
fn seconds_until(value: &str, now: DateTime<Utc>) -> Option<u64> {
    let value = value.trim();
    value.parse().ok().or_else(|| {
        let at = DateTime::parse_from_rfc2822(value).ok()?.to_utc();
        Some(u64::try_from((at - now).num_milliseconds()).ok()?.div_ceil(1_000))
    })
}

/// Returns the kind of a client error. Its own text contains the address, which may contain a user's secrets.
fn fault(error: &reqwest::Error, timeout: Duration) -> OutsideFault {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if let Some(inside) = one.downcast_ref::<Inside>() {
            return OutsideFault::Inside(inside.to_string());
        }
        cause = one.source();
    }
    if error.is_timeout() && !error.is_connect() {
        OutsideFault::TimedOut(timeout.as_millis())
    } else if error.is_connect() {
        OutsideFault::Unreachable(innermost(error))
    } else {
        OutsideFault::Broken(innermost(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_after_has_seconds_or_a_date() {
        let now = DateTime::from_timestamp_millis(1_795_227_179_585).unwrap();
        let until = |value: &str| seconds_until(value, now);
        assert_eq!(until(" 120 "), Some(120));
        assert_eq!(until("Sat, 21 Nov 2026 02:13:00 GMT"), Some(1));
        assert_eq!(until("Sat, 21 Nov 2026 03:12:59 GMT"), Some(3_600));
        assert_eq!(until("Sat, 21 Nov 2026 02:12:59 GMT"), None, "that is over");
        for bad in ["", "-1", "soon", "21 Nov 2026"] {
            assert_eq!(until(bad), None, "{bad}");
        }
    }
}
