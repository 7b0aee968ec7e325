//! The test of an integration: the service is asked something that costs nothing and changes nothing.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cordboard_schema::integration::{Integration, IntegrationSettings};
use cordboard_schema::limits::{INTEGRATION_ANSWER_BYTES_MAX, INTEGRATION_TEST_MS_MAX};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::outside_accounts::open;
use crate::outside_http::{OutsideAnswer, OutsideFault, OutsideRequest};
use crate::web::outside::Outside;

/// What the test of an integration found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TestOutcome {
    /// The service knows us.
    Ok,
    /// A secret that the service needs is not set, or can't be opened.
    NoSecret,
    /// The service does not know the secret, or the account.
    Unauthorized,
    /// There is nothing at that address: the account or `base_url` is another.
    NotFound,
    /// The service has no time for us at the moment: too many requests, or no quota.
    RateLimited,
    /// The service refuses for another reason, or redirects, which is not followed.
    Refused,
    /// The service fails.
    Failing,
    /// The address may not be asked: it is not of the public internet.
    AddressRefused,
    /// Nobody answers at that address.
    Unreachable,
    /// No answer in time.
    TimedOut,
}

impl TestOutcome {
    /// Its word, as serde writes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NoSecret => "no_secret",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not_found",
            Self::RateLimited => "rate_limited",
            Self::Refused => "refused",
            Self::Failing => "failing",
            Self::AddressRefused => "address_refused",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
        }
    }

    pub(super) const fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Ok,
            401 | 403 => Self::Unauthorized,
            404 => Self::NotFound,
            429 => Self::RateLimited,
            500..=599 => Self::Failing,
            _ => Self::Refused,
        }
    }
}

/// What the test of an integration found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationTest {
    /// In one word.
    pub(crate) outcome: TestOutcome,
    /// In more words, for people.
    detail: String,
    /// Status of the service's answer, where there was one.
    status: Option<u16>,
    /// How long it took, in ms.
    took_ms: u64,
}

/// Asks the service.
pub(super) async fn test(outside: &Outside, integration: &Integration) -> IntegrationTest {
    let began = Instant::now();
    let (outcome, detail, status) = ask(outside, integration).await;
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    IntegrationTest { outcome, detail, status, took_ms }
}

async fn ask(outside: &Outside, integration: &Integration) -> (TestOutcome, String, Option<u16>) {
    let path = match &integration.settings {
        IntegrationSettings::Twilio(twilio) => format!("/2010-04-01/Accounts/{}.json", twilio.account_sid),
        IntegrationSettings::OpenAi(_) => "/models".to_owned(),
        IntegrationSettings::ElevenLabs(_) => "/v1/user".to_owned(),
        IntegrationSettings::Deepgram(_) => "/v1/agent/settings/think/models".to_owned(),
        IntegrationSettings::Gemini(_) => "/v1beta/models?pageSize=1".to_owned(),
    };
    match asked(outside, integration, &path, INTEGRATION_ANSWER_BYTES_MAX).await {
        Ok(answer) => {
            let outcome = TestOutcome::of_status(answer.status);
            // What the service says may repeat a secret: only its status is told.
            (outcome, format!("the service answered {}", answer.status), Some(answer.status))
        }
        Err((outcome, detail)) => (outcome, detail, None),
    }
}

/// What the service answers at a path below its address.
///
/// # Errors
/// It is not asked, or does not answer: in one word, and in more.
pub(super) async fn asked(
    outside: &Outside,
    integration: &Integration,
    path: &str,
    answer_bytes_max: usize,
) -> Result<OutsideAnswer, (TestOutcome, String)> {
    let headers = known_by(outside, integration).map_err(|missing| (TestOutcome::NoSecret, missing))?;
    let base = integration.settings.base_url().trim_end_matches('/');
    let url = outside.http.address(&format!("{base}{path}"));
    let url = url.map_err(|bad| (TestOutcome::AddressRefused, format!("base_url {bad}")))?;
    let request = OutsideRequest {
        method: Method::GET,
        url,
        headers,
        body: Vec::new(),
        timeout: Duration::from_millis(INTEGRATION_TEST_MS_MAX),
        answer_bytes_max,
    };
    outside.http.ask(request).await.map_err(|fault| (of_fault(&fault), fault.to_string()))
}

const fn of_fault(fault: &OutsideFault) -> TestOutcome {
    match fault {
        OutsideFault::Address(_) | OutsideFault::Inside(_) => TestOutcome::AddressRefused,
        OutsideFault::Unreachable(_) => TestOutcome::Unreachable,
        OutsideFault::TimedOut(_) => TestOutcome::TimedOut,
        OutsideFault::Broken(_) => TestOutcome::Failing,
    }
}

/// The header by which the service knows us.
fn known_by(outside: &Outside, integration: &Integration) -> Result<HeaderMap, String> {
    let secret = |name: &str| {
        let opened = open(&outside.secrets, integration, name).map_err(|error| error.to_string())?;
        let secret = opened.ok_or_else(|| format!("the secret {name} is not set"))?;
        Ok::<_, String>(secret.expose().to_owned())
    };
    let (header, value) = match &integration.settings {
        IntegrationSettings::Twilio(twilio) => {
            let (user, password) = match &twilio.api_key_sid {
                Some(key) => (key, secret("api_key_secret")?),
                None => (&twilio.account_sid, secret("auth_token")?),
            };
            let basic = BASE64_STANDARD.encode(format!("{user}:{password}"));
            (AUTHORIZATION, format!("Basic {basic}"))
        }
        IntegrationSettings::OpenAi(_) => (AUTHORIZATION, format!("Bearer {}", secret("api_key")?)),
        IntegrationSettings::ElevenLabs(_) => (HeaderName::from_static("xi-api-key"), secret("api_key")?),
        IntegrationSettings::Deepgram(_) => (AUTHORIZATION, format!("Token {}", secret("api_key")?)),
        IntegrationSettings::Gemini(_) => (HeaderName::from_static("x-goog-api-key"), secret("api_key")?),
    };
    let mut value =
        HeaderValue::try_from(value).map_err(|_| "a secret has what can't stand in a header".to_owned())?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(header, value)]))
}
