//! The test of an integration: a request to the service that costs nothing and changes nothing.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cordboard_actors::assistant::ProviderFault;
use cordboard_actors::assistant::cascade::{self, CascadeSettings, UnusablePlace, own_cascade};
use cordboard_actors::assistant::kind::{KnownBy, UnusableAccount, service_kind};
use cordboard_schema::integration::{CascadeIntegration, Integration, IntegrationSettings};
use cordboard_schema::limits::{INTEGRATION_ANSWER_BYTES_MAX, INTEGRATION_TEST_MS_MAX};
use cordboard_schema::provider::ProviderFailure;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, timeout};
use utoipa::ToSchema;

use crate::outside_accounts::{open, own_of};
use crate::outside_http::{OutsideAnswer, OutsideFault, OutsideRequest};
use crate::web::outside::Outside;

/// Result of an integration's test, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TestOutcome {
    /// The service accepts our credentials.
    Ok,
    /// A secret that the service needs is not set, or can't be opened.
    NoSecret,
    /// The service does not accept the secret or the account.
    Unauthorized,
    /// There is nothing at that address: the account or `base_url` is wrong.
    NotFound,
    /// The service is limiting us: too many requests, or no quota.
    RateLimited,
    /// The service refuses for another reason, or redirects, which is not followed.
    Refused,
    /// The service has an error of its own.
    Failing,
    /// The address is not allowed: it is not on the public internet.
    AddressRefused,
    /// Nobody answers at that address.
    Unreachable,
    /// No answer in time.
    TimedOut,
}

impl TestOutcome {
    /// Its name, as serde writes it.
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

/// One of the three services of an integration that has three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TestedPart {
    /// Speech recognition.
    Recognizer,
    /// The language model.
    Llm,
    /// Speech synthesis.
    Speech,
}

/// Result of an integration's test.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationTest {
    /// The result in one word.
    pub(crate) outcome: TestOutcome,
    /// Explanation for people.
    detail: String,
    /// Status of the service's answer, if there was one.
    status: Option<u16>,
    /// The service that the outcome is about, of an integration with three services; null if it is about all.
    part: Option<TestedPart>,
    /// How long it took, in ms.
    took_ms: u64,
}

/// Result of the test.
struct TestFinding {
    outcome: TestOutcome,
    detail: String,
    status: Option<u16>,
    part: Option<TestedPart>,
}

/// Tests the service.
pub(super) async fn test(outside: &Outside, integration: &Integration) -> IntegrationTest {
    let began = Instant::now();
    let TestFinding { outcome, detail, status, part } = match &integration.settings {
        IntegrationSettings::Cascade(cascade) => ask_three(outside, integration, cascade).await,
        _ => ask(outside, integration).await,
    };
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    IntegrationTest { outcome, detail, status, part, took_ms }
}

async fn ask(outside: &Outside, integration: &Integration) -> TestFinding {
    let path = match &integration.settings {
        IntegrationSettings::Twilio(twilio) => format!("/2010-04-01/Accounts/{}.json", twilio.account_sid),
        // With three services this is the first one: `ask_three` tests each.
        settings => service_kind(settings.kind()).map_or("/", |kind| kind.asked_at).to_owned(),
    };
    let found = |outcome, detail, status| TestFinding { outcome, detail, status, part: None };
    match asked(outside, integration, &path, INTEGRATION_ANSWER_BYTES_MAX).await {
        Ok(answer) => {
            let outcome = TestOutcome::of_status(answer.status);
            // The service's message may repeat a secret: only its status is reported.
            found(outcome, format!("the service answered {}", answer.status), Some(answer.status))
        }
        Err((outcome, detail)) => found(outcome, detail, None),
    }
}

/// Tests all three services, as a call uses them, and reports the first that fails.
async fn ask_three(
    outside: &Outside,
    integration: &Integration,
    cascade: &CascadeIntegration,
) -> TestFinding {
    const PARTS: [TestedPart; 3] = [TestedPart::Recognizer, TestedPart::Llm, TestedPart::Speech];
    let found = |outcome, detail: String, part| TestFinding { outcome, detail, status: None, part };
    let time = Duration::from_millis(INTEGRATION_TEST_MS_MAX);
    let installation = CascadeSettings { stall_timeout: time, ..cascade::Section::default().settings() };
    let settings = match own_of(outside, integration, |own| own_cascade(own, cascade, installation)) {
        Ok(settings) => settings,
        Err((at, why)) => {
            let outcome = match &why {
                UnusablePlace::NoSecret(_) | UnusablePlace::Account(UnusableAccount::Secret(_)) => {
                    TestOutcome::NoSecret
                }
                UnusablePlace::Account(UnusableAccount::Address(..)) => TestOutcome::AddressRefused,
                UnusablePlace::Account(UnusableAccount::Target(_) | UnusableAccount::NotOffered) => {
                    TestOutcome::Refused
                }
            };
            return found(outcome, why.to_string(), Some(PARTS[at]));
        }
    };
    let tested = timeout(time, cascade::check_each(&settings, outside.http.way())).await;
    let parts = match tested {
        Ok(Ok(parts)) => parts,
        Ok(Err(unusable)) => return found(TestOutcome::Refused, unusable.to_string(), None),
        Err(_) => {
            let detail = format!("no answer within {INTEGRATION_TEST_MS_MAX} ms");
            return found(TestOutcome::TimedOut, detail, None);
        }
    };
    let failed = parts.into_iter().zip(PARTS).find_map(|(tested, part)| Some((tested.err()?, part)));
    match failed {
        Some((ProviderFault { failure, reason }, part)) => found(of_failure(failure), reason, Some(part)),
        None => found(TestOutcome::Ok, "all three services accept the credentials".to_owned(), None),
    }
}

const fn of_failure(failure: ProviderFailure) -> TestOutcome {
    match failure {
        ProviderFailure::Unauthorized => TestOutcome::Unauthorized,
        ProviderFailure::UnknownModel => TestOutcome::NotFound,
        ProviderFailure::QuotaExhausted | ProviderFailure::RateLimited => TestOutcome::RateLimited,
        ProviderFailure::Unreachable => TestOutcome::Unreachable,
        ProviderFailure::Stalled => TestOutcome::TimedOut,
        ProviderFailure::BadProtocol => TestOutcome::Refused,
        _ => TestOutcome::Failing,
    }
}

/// Returns the service's answer at a path below its address.
///
/// # Errors
/// The request is not sent, or not answered: the result in one word, and an explanation.
pub(super) async fn asked(
    outside: &Outside,
    integration: &Integration,
    path: &str,
    answer_bytes_max: usize,
) -> Result<OutsideAnswer, (TestOutcome, String)> {
    sent(outside, integration, (Method::GET, path, None), answer_bytes_max).await
}

/// Returns the service's answer to a request below its address, which may have a JSON body.
///
/// # Errors
/// The same as of [`asked`].
pub(super) async fn sent(
    outside: &Outside,
    integration: &Integration,
    (method, path, body): (Method, &str, Option<&Value>),
    answer_bytes_max: usize,
) -> Result<OutsideAnswer, (TestOutcome, String)> {
    let mut headers = known_by(outside, integration).map_err(|missing| (TestOutcome::NoSecret, missing))?;
    let base = integration.settings.base_url().trim_end_matches('/');
    let url = outside.http.address(&format!("{base}{path}"));
    let url = url.map_err(|bad| (TestOutcome::AddressRefused, format!("base_url {bad}")))?;
    if body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let request = OutsideRequest {
        method,
        url,
        headers,
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
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

/// The header that authenticates us at the service.
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
        settings => {
            let kind = service_kind(settings.kind())
                .ok_or_else(|| format!("the service {} is unknown", settings.kind()))?;
            match kind.known_by {
                KnownBy::Authorization(word) => (AUTHORIZATION, format!("{word} {}", secret(kind.key)?)),
                KnownBy::Header(name) => (HeaderName::from_static(name), secret(kind.key)?),
            }
        }
    };
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| "a secret has characters that are not allowed in a header".to_owned())?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(header, value)]))
}
