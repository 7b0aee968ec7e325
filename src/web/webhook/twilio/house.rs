//! What the house knows of its Twilio account: the keys, the addresses, and what was answered.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use cordboard_actors::messages::DocumentAnswer;
use cordboard_actors::twilio::{StreamPasses, waiting_room};
use cordboard_schema::dial::Dialable;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::document::DocumentStep;
use cordboard_schema::limits::TWILIO_FORM_BYTES_MAX;
use cordboard_schema::wire::twilio::signature::{
    BadSignature, SignedBody, SignedRequest, SigningKeys, check, check_handshake,
};
use cordboard_schema::wire::twilio::{CallSid, Form};
use cordboard_schema::wire::twiml::{RejectReason, Twiml, Verb};

use super::answers::Answers;
use super::twiml::{self, To};
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
    /// Where transfers of callers without a stream are asked for; without a slash at its end.
    transfer_base: String,
    sip_domain: Option<String>,
    /// The number that people who are dialled see.
    caller_id: Option<String>,
    passes: StreamPasses,
    answers: Answers,
}

impl TwilioHouse {
    /// The account of the configuration, where there is one.
    pub(in crate::web) fn of(config: &Config) -> Option<Self> {
        let twilio = &config.twilio;
        let public_base = config.http.public_base_url.as_ref()?.as_str().trim_end_matches('/').to_owned();
        let first = twilio.auth_token.clone()?;
        let transfer_base =
            twilio.transfer_base_url.as_ref().map(|base| base.as_str().trim_end_matches('/').to_owned());
        Some(Self(Arc::new(Inner {
            transfer_base: transfer_base.unwrap_or_else(|| public_base.clone()),
            caller_id: twilio.transfer_caller_id.as_ref().map(ToString::to_string),
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
        self.form_at(&self.0.public_base, request, body).await
    }

    /// The same of a webhook that is asked at the address for transfers.
    pub(super) async fn transfer_form(
        &self,
        request: &HttpRequest,
        body: web::Payload,
    ) -> Result<Form, ApiError> {
        self.form_at(&self.0.transfer_base, request, body).await
    }

    async fn form_at(&self, base: &str, request: &HttpRequest, body: web::Payload) -> Result<Form, ApiError> {
        let too_long = || ApiError::BodyTooLong { max: TWILIO_FORM_BYTES_MAX };
        let body = body.to_bytes_limited(TWILIO_FORM_BYTES_MAX).await.map_err(|_| too_long())?;
        let body = body.map_err(|error| ApiError::BadInput(error.to_string()))?;
        let is_form = request.headers().get("Content-Type").and_then(|kind| kind.to_str().ok());
        if is_form.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            let form = Form::parse(&body)?;
            self.check(request, base, SignedBody::Form(&form), check)?;
            Ok(form)
        } else {
            self.check(request, base, SignedBody::Raw(&body), check)?;
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
        self.dial(To::Extension(target))
    }

    /// TwiML that does what a call has decided for its caller.
    pub(super) fn document(&self, call: &CallSid, answer: DocumentAnswer) -> Result<Twiml, ApiError> {
        let DocumentAnswer { call: id, step } = answer;
        Ok(match step {
            DocumentStep::Stream => self.stream(call)?,
            DocumentStep::HangUp => Twiml::new([Verb::Hangup]),
            DocumentStep::Reject { busy } => {
                let reason = if busy { RejectReason::Busy } else { RejectReason::Rejected };
                Twiml::new([Verb::Reject(reason)])
            }
            DocumentStep::Say { text } => twiml::last_words(&text),
            DocumentStep::Record { text } => {
                twiml::record(&text, &self.url("/twilio/recorded"), &self.url("/twilio/recording"))?
            }
            DocumentStep::Ask { text, language, one_key } => {
                twiml::ask(&text, &language, one_key, &self.url("/twilio/process-audio"))?
            }
            DocumentStep::Transfer { text, extension } => {
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("extension", &extension)
                    .finish();
                twiml::redirect(&text, &format!("{}/twilio/transfer?{query}", self.0.transfer_base))?
            }
            DocumentStep::Room { handoff } => waiting_room(&self.0.public_base, id.person(handoff))?,
            DocumentStep::Dial { target } => match target.who() {
                Dialable::Extension { place, .. } => self.dial(To::Extension(place))?,
                Dialable::Number { number } => self.dial(To::Number(number.as_str()))?,
            },
        })
    }

    fn dial(&self, to: To<'_>) -> Result<Twiml, ApiError> {
        let Inner { sip_domain, caller_id, .. } = &*self.0;
        twiml::dial(to, sip_domain.as_deref(), caller_id.as_deref(), &self.url("/twilio/dialled"))
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
