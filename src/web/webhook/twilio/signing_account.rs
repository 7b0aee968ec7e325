//! The installation's Twilio accounts: keys, addresses, and answers.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use cordboard_actors::messages::{Answerer, DocumentAnswer, TwilioLine};
use cordboard_actors::meters::SwitchMeter;
use cordboard_actors::twilio::{StreamPasses, waiting_room};
use cordboard_schema::dial::Dialable;
use cordboard_schema::dialplan::{DialplanTarget, NextStep};
use cordboard_schema::document::DocumentStep;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::TWILIO_FORM_BYTES_MAX;
use cordboard_schema::wire::twilio::signature::{
    BadSignature, SignedBody, SignedRequest, SigningKeys, check, check_handshake,
};
use cordboard_schema::wire::twilio::{AccountSid, CallSid, Form};
use cordboard_schema::wire::twiml::{RejectReason, Twiml, Verb};

use super::answers::{Answer, Answers};
use super::twiml::{self, To};
use crate::config::{Config, Pairs, Secret};
use crate::outside_accounts::TwilioAccount;
use crate::web::problem::ApiError;
use crate::web::webhook::body;

/// The header with the signature.
const SIGNATURE: &str = "X-Twilio-Signature";
/// The header that names another algorithm and its key.
const SETTINGS: &str = "X-Twilio-Webhooks-Signature-Settings";

/// What all accounts share: the addresses, the tokens of streams, and the answers. Clones share them too.
#[derive(Clone)]
pub(in crate::web) struct TwilioServer(Arc<Shared>);

struct Shared {
    /// Without a trailing slash.
    public_base: String,
    /// Base address for transfers of callers without a stream; without a trailing slash.
    transfer_base: String,
    /// Seconds for which a person is rung to whom a caller is sent.
    ring_s: u32,
    passes: StreamPasses,
    answers: Answers,
    configured: Option<Arc<Keys>>,
}

/// An account's own parts.
struct Keys {
    tokens: Vec<Secret>,
    shared_keys: Vec<(String, String)>,
    sip_domain: Option<String>,
    /// The number that people who are dialled see.
    caller_id: Option<String>,
}

/// An account, as far as Twilio's requests need it.
#[derive(Clone)]
pub(in crate::web) struct SigningAccount {
    shared: Arc<Shared>,
    keys: Arc<Keys>,
    /// The organization's own account; `None` for the configuration's.
    own: Option<Arc<TwilioAccount>>,
    line: Option<TwilioLine>,
}

/// A webhook's request, read but not yet checked.
pub(super) struct WebhookRequest {
    /// The form; without fields if the body is not a form.
    pub(super) form: Form,
    /// The body, if it is not a form.
    raw: Option<web::Bytes>,
}

impl WebhookRequest {
    /// Reads the body of a request.
    pub(super) async fn read(request: &HttpRequest, body: web::Payload) -> Result<Self, ApiError> {
        let body = body::read(request, body, TWILIO_FORM_BYTES_MAX).await?;
        let kind = request.headers().get("Content-Type").and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            Ok(Self { form: Form::parse(&body)?, raw: None })
        } else {
            Ok(Self { form: Form::default(), raw: Some(body) })
        }
    }
}

impl TwilioServer {
    /// As configured; `None` if the address by which Twilio reaches us is not known.
    pub(in crate::web) fn of(config: &Config) -> Option<Self> {
        let twilio = &config.switches.twilio;
        let public_base = config.http.public_base_url.as_ref()?.trimmed().to_owned();
        let transfer_base = twilio.transfer_base_url.as_ref().map(|base| base.trimmed().to_owned());
        let configured = twilio.auth_token.clone().map(|first| Keys {
            tokens: std::iter::once(first).chain(twilio.second_auth_token.clone()).collect(),
            shared_keys: twilio.signing_keys.as_ref().map(Pairs::to_vec).unwrap_or_default(),
            sip_domain: twilio.sip_domain.as_ref().map(ToString::to_string),
            caller_id: twilio.transfer_caller_id.as_ref().map(ToString::to_string),
        });
        Some(Self(Arc::new(Shared {
            transfer_base: transfer_base.unwrap_or_else(|| public_base.clone()),
            public_base,
            ring_s: u32::try_from(twilio.ring_timeout_s.duration().as_secs()).unwrap_or(u32::MAX),
            passes: StreamPasses::default(),
            answers: Answers::default(),
            configured: configured.map(Arc::new),
        })))
    }

    /// The account of the configuration, if there is one.
    pub(super) fn configured(&self, line: Option<&TwilioLine>) -> Option<SigningAccount> {
        let keys = Arc::clone(self.0.configured.as_ref()?);
        Some(SigningAccount { shared: Arc::clone(&self.0), keys, own: None, line: line.cloned() })
    }

    /// An organization's own account.
    pub(super) fn own(&self, account: Arc<TwilioAccount>) -> SigningAccount {
        let keys = Keys {
            tokens: account.tokens.clone(),
            shared_keys: Vec::new(),
            sip_domain: account.sip_domain.clone(),
            caller_id: account.caller_id.as_ref().map(ToString::to_string),
        };
        let line = Some(account.line.clone());
        SigningAccount { shared: Arc::clone(&self.0), keys: Arc::new(keys), own: Some(account), line }
    }
}

impl SigningAccount {
    /// The only organization that it may affect; `None` for the configuration's account.
    pub(super) fn own(&self) -> Option<OrganizationId> {
        self.own.as_ref().map(|own| own.organization_id)
    }

    /// The organization and the SID of its own account; `None` for the configuration's account.
    pub(super) fn own_account(&self) -> Option<(OrganizationId, AccountSid)> {
        self.own.as_ref().map(|own| (own.organization_id, own.sid.clone()))
    }

    /// The SID of the organization's own account.
    pub(super) fn own_sid(&self) -> Option<&AccountSid> {
        self.own.as_ref().map(|own| &own.sid)
    }

    /// Meter of its webhooks; `configured` is the one of the configuration's account.
    pub(super) fn meter<'a>(&'a self, configured: &'a SwitchMeter) -> &'a SwitchMeter {
        self.own.as_ref().map_or(configured, |own| &own.switch.meter)
    }

    /// The mailbox for the account's REST API, if it can be used.
    pub(super) fn line(&self) -> Option<&TwilioLine> {
        self.line.as_ref()
    }

    /// The answer to this request of the account.
    pub(super) fn answer(&self, question: &str) -> Answer {
        self.shared.answers.of(self.own_account(), question)
    }

    /// The tokens of streams.
    pub(super) fn passes(&self) -> &StreamPasses {
        &self.shared.passes
    }

    /// The address at which Twilio reaches this server.
    pub(super) fn public_base(&self) -> &str {
        &self.shared.public_base
    }

    /// The same for transfers.
    pub(super) fn transfer_base(&self) -> &str {
        &self.shared.transfer_base
    }

    /// Checks that the account has signed a webhook at this address.
    pub(super) fn check(
        &self,
        request: &HttpRequest,
        base: &str,
        asked: &WebhookRequest,
    ) -> Result<(), BadSignature> {
        let body = match &asked.raw {
            Some(raw) => SignedBody::Raw(raw),
            None => SignedBody::Form(&asked.form),
        };
        self.check_with(request, base, body, check)
    }

    /// Checks that the account has signed the handshake of a WebSocket.
    pub(super) fn check_handshake(&self, request: &HttpRequest) -> Result<(), BadSignature> {
        self.check_with(request, &self.socket_base(), SignedBody::None, check_handshake)
    }

    fn check_with(
        &self,
        request: &HttpRequest,
        base: &str,
        body: SignedBody<'_>,
        how: impl Fn(&SignedRequest<'_>, &SigningKeys<'_>) -> Result<(), BadSignature>,
    ) -> Result<(), BadSignature> {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        // Path and query exactly as they came.
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{base}{path}");
        let signed =
            SignedRequest { url: &url, body, signature: header(SIGNATURE), settings: header(SETTINGS) };
        let tokens: Vec<&str> = self.keys.tokens.iter().map(Secret::expose).collect();
        let shared: Vec<(&str, &str)> =
            self.keys.shared_keys.iter().map(|(id, key)| (id.as_str(), key.as_str())).collect();
        how(&signed, &SigningKeys { auth_tokens: &tokens, shared_keys: &shared })
    }

    /// TwiML that opens a stream of this call to us, and requests the next step when it has ended.
    pub(super) fn stream(&self, call: &CallSid) -> Result<Twiml, ApiError> {
        let token = self.shared.passes.mint(call.clone());
        twiml::stream(&format!("{}/call", self.socket_base()), &self.url("/twilio/next"), &token)
    }

    /// TwiML that sends a caller to an extension.
    pub(super) fn onward(&self, target: &DialplanTarget) -> Result<Twiml, ApiError> {
        self.dial(To::Extension(target))
    }

    /// TwiML that carries out what a call has decided for its caller.
    pub(super) fn document(&self, call: &CallSid, answer: DocumentAnswer) -> Result<Twiml, ApiError> {
        let DocumentAnswer { call: id, step } = answer;
        Ok(match step {
            DocumentStep::Stream => self.stream(call)?,
            DocumentStep::HangUp => Twiml::new([Verb::Hangup]),
            DocumentStep::Reject { busy } => {
                let reason = if busy { RejectReason::Busy } else { RejectReason::Rejected };
                Twiml::new([Verb::Reject(reason)])
            }
            DocumentStep::Say { text, passages } => twiml::last_words(&twiml::passages(text, passages))?,
            DocumentStep::Record { text, passages } => {
                let words = twiml::passages(text, passages);
                twiml::record(&words, &self.url("/twilio/recorded"), &self.url("/twilio/recording"))?
            }
            DocumentStep::Ask { text, passages, language, one_key } => {
                let words = twiml::passages(text, passages);
                twiml::ask(&words, &language, one_key, &self.url("/twilio/process-audio"))?
            }
            DocumentStep::Transfer { text, passages, extension } => {
                let words = twiml::passages(text, passages);
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("extension", &extension)
                    .finish();
                twiml::redirect(&words, &format!("{}/twilio/transfer?{query}", self.shared.transfer_base))?
            }
            DocumentStep::Room { handoff } => waiting_room(&self.shared.public_base, id.person(handoff))?,
            DocumentStep::Dial { target } => match target.who() {
                Dialable::Extension { place, .. } => self.dial(To::Extension(place))?,
                Dialable::Number { number } => self.dial(To::Number(number.as_str()))?,
            },
        })
    }

    fn dial(&self, to: To<'_>) -> Result<Twiml, ApiError> {
        let Keys { sip_domain, caller_id, .. } = &*self.keys;
        let action = self.url("/twilio/dialled");
        twiml::dial(to, sip_domain.as_deref(), caller_id.as_deref(), self.shared.ring_s, &action)
    }

    /// The default answerer, for numbers of which nothing is known.
    pub(super) fn usual(&self) -> Answerer {
        self.own().map_or(Answerer::Named(None), Answerer::UsualOf)
    }

    /// TwiML for a caller whom nobody answers: the fallback, if it can be reached; else the call is not answered.
    pub(super) fn fallback(&self, next: &NextStep) -> Result<Twiml, ApiError> {
        match (next, &self.keys.sip_domain) {
            (NextStep::Goto(target), Some(_)) => self.onward(target),
            _ => Ok(Twiml::new([Verb::Reject(RejectReason::Busy)])),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.shared.public_base)
    }

    /// The public address for WebSockets. Twilio only opens them over TLS.
    fn socket_base(&self) -> String {
        let rest = self
            .shared
            .public_base
            .split_once("://")
            .map_or(self.shared.public_base.as_str(), |(_, rest)| rest);
        format!("wss://{rest}")
    }
}
