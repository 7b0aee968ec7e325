//! What the house knows of its Twilio account: the keys, the addresses, and what was answered.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use cordboard_actors::twilio::StreamPasses;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::limits::TWILIO_FORM_BYTES_MAX;
use cordboard_schema::wire::twilio::signature::{
    BadSignature, SignedBody, SignedRequest, SigningKeys, check, check_handshake,
};
use cordboard_schema::wire::twilio::{CallSid, Form};
use cordboard_schema::wire::twiml::{RejectReason, Twiml, Verb};

use super::answers::Answers;
use super::twiml;
use crate::config::{Config, Pairs, Secret};
use crate::web::problem::ApiError;

/// The header with the signature.
const SIGNATURE: &str = "X-Twilio-Signature";
/// The header that names another algorithm and its key.
const SETTINGS: &str = "X-Twilio-Webhooks-Signature-Settings";

/// The account, as far as requests of Twilio need it. Clones share what was answered.
#[derive(Clone)]
pub(in crate::web) struct TwilioHouse(Arc<Inner>);

struct Inner {
    /// Without a slash at its end.
    public_base: String,
    tokens: Vec<Secret>,
    shared_keys: Vec<(String, String)>,
    sip_domain: Option<String>,
    passes: StreamPasses,
    answers: Answers,
}

impl TwilioHouse {
    /// The account of the configuration, where there is one.
    pub(in crate::web) fn of(config: &Config) -> Option<Self> {
        let twilio = &config.twilio;
        let public_base = config.http.public_base_url.as_ref()?.as_str().trim_end_matches('/').to_owned();
        let first = twilio.auth_token.clone()?;
        Some(Self(Arc::new(Inner {
            public_base,
            tokens: std::iter::once(first).chain(twilio.second_auth_token.clone()).collect(),
            shared_keys: twilio.signing_keys.as_ref().map(Pairs::to_vec).unwrap_or_default(),
            sip_domain: twilio.sip_domain.as_ref().map(ToString::to_string),
            passes: StreamPasses::default(),
            answers: Answers::default(),
        })))
    }

    /// What was answered.
    pub(super) fn answers(&self) -> &Answers {
        &self.0.answers
    }

    /// The tokens of streams.
    pub(in crate::web) fn passes(&self) -> &StreamPasses {
        &self.0.passes
    }

    /// Reads a webhook's form, and checks that it is Twilio's.
    pub(super) async fn form(&self, request: &HttpRequest, body: web::Payload) -> Result<Form, ApiError> {
        let too_long = || ApiError::BodyTooLong { max: TWILIO_FORM_BYTES_MAX };
        let body = body.to_bytes_limited(TWILIO_FORM_BYTES_MAX).await.map_err(|_| too_long())?;
        let body = body.map_err(|error| ApiError::BadInput(error.to_string()))?;
        let is_form = request.headers().get("Content-Type").and_then(|kind| kind.to_str().ok());
        if is_form.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            let form = Form::parse(&body)?;
            self.check(request, &self.0.public_base, SignedBody::Form(&form), check)?;
            Ok(form)
        } else {
            self.check(request, &self.0.public_base, SignedBody::Raw(&body), check)?;
            // What is signed and is no form has none of its fields.
            Ok(Form::default())
        }
    }

    /// Checks that the handshake of a WebSocket is Twilio's.
    pub(in crate::web) fn check_handshake(&self, request: &HttpRequest) -> Result<(), BadSignature> {
        self.check(request, &self.socket_base(), SignedBody::None, check_handshake)
    }

    fn check(
        &self,
        request: &HttpRequest,
        base: &str,
        body: SignedBody<'_>,
        how: impl Fn(&SignedRequest<'_>, &SigningKeys<'_>) -> Result<(), BadSignature>,
    ) -> Result<(), BadSignature> {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        // Path and query as they came, not a byte of them changed.
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{base}{path}");
        let signed =
            SignedRequest { url: &url, body, signature: header(SIGNATURE), settings: header(SETTINGS) };
        let tokens: Vec<&str> = self.0.tokens.iter().map(Secret::expose).collect();
        let shared: Vec<(&str, &str)> =
            self.0.shared_keys.iter().map(|(id, key)| (id.as_str(), key.as_str())).collect();
        let verdict = how(&signed, &SigningKeys { auth_tokens: &tokens, shared_keys: &shared });
        verdict.inspect_err(|bad| tracing::warn!(path = request.path(), %bad, "turned down a request"))
    }

    /// TwiML that opens a stream of this call to us, and asks what next when it has ended.
    pub(super) fn stream(&self, call: &CallSid) -> Result<Twiml, ApiError> {
        let token = self.0.passes.mint(call.clone());
        twiml::stream(&format!("{}/call", self.socket_base()), &self.url("/twilio/next"), &token)
    }

    /// TwiML that sends a caller to an extension.
    pub(super) fn onward(&self, target: &DialplanTarget) -> Result<Twiml, ApiError> {
        twiml::onward(target, self.0.sip_domain.as_deref())
    }

    /// TwiML for a caller whom there is no room for: the fallback extension, where one is set and can be reached; else the call
    /// is not answered.
    pub(super) fn fallback(&self, config: &Config) -> Result<Twiml, ApiError> {
        let extension = config.calls.fallback_extension.as_ref();
        match (extension.and_then(|name| config.extensions.get(name)), &self.0.sip_domain) {
            (Some(target), Some(_)) => self.onward(target),
            _ => Ok(Twiml::new([Verb::Reject(RejectReason::Busy)])),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.public_base)
    }

    /// The public address for WebSockets. Twilio opens them by TLS alone.
    fn socket_base(&self) -> String {
        let rest = self.0.public_base.split_once("://").map_or(self.0.public_base.as_str(), |(_, rest)| rest);
        format!("wss://{rest}")
    }
}
