//! How a request fails: RFC 9457 problem details. The only place where an error becomes a status.

mod codes;
mod osdial;
mod reasons;

use std::borrow::Cow;

use actix_web::error::JsonPayloadError;
use actix_web::http::header::{ALLOW, CONTENT_RANGE, RETRY_AFTER, UPGRADE, WWW_AUTHENTICATE};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use cordboard_actors::messages::{Refused, StoreFault};
use cordboard_schema::body_signature::BadBodySignature;
use cordboard_schema::contact_link::ContactRefusal;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::{HTTP_BODY_BYTES_PER_S_MIN, HTTP_WHOLE_REQUEST_MS_MAX};
use cordboard_schema::page_origin::PageOrigin;
use cordboard_schema::permission::Permission;
use cordboard_schema::signed_identity::IdentityFault;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::control::{CommandError, FieldFault};
use cordboard_schema::wire::elevenlabs;
use cordboard_schema::wire::twilio::BadForm;
use cordboard_schema::wire::twilio::signature::BadSignature;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::body;
use crate::osdial::OsdialError;
use crate::store::StoreError;

/// Seconds after which a client may try again if something is temporarily away.
const RETRY_AFTER_S: u32 = 2;

/// Detail for a request about a campaign whose row can't be read. The list of campaigns leaves it out, so nothing else says what to do.
const CAMPAIGN_UNREADABLE: &str = "the stored settings of this campaign can't be read, so it calls nobody: remove it with \
                                   `DELETE /api/v1/campaigns/{id}` and create it anew, or have it restored from a backup; the server's log \
                                   says what is wrong with them";

/// Why a request failed. `Display` is for the log; clients get [`ApiError::detail`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// No token, or one that does not open this.
    #[error(
        "the request has no token that is valid for this: sign in, or send a valid one as `Authorization: Bearer TOKEN`"
    )]
    Unauthorized,
    /// E-mail and password, or the code, do not belong together.
    #[error("e-mail, password or code is wrong")]
    WrongCredentials,
    /// The password is right, and a second factor is required.
    #[error("this account also requires a code of its authenticator app: send it as `code`")]
    TotpRequired,
    /// The credentials are right, and the user's organization is suspended.
    #[error("your organization is suspended: ask the operator of this installation")]
    OrganizationSuspended,
    /// A refresh token that is no longer valid.
    #[error("the sign-in is over: sign in again")]
    SignInOver,
    /// A request with the session's cookie without proof that it comes from our pages.
    #[error("a request that changes something with the session's cookie must have its X-CSRF-Token")]
    NoCsrfToken,
    /// The caller is known and has no permission for this.
    #[error(
        "the permission `{permission}` is missing: sign in as a user who has it, or use a token that has it"
    )]
    Forbidden {
        /// The missing permission.
        permission: Permission,
    },
    /// Too many wrong tokens from one address.
    #[error("too many attempts to sign in; try again in {retry_after_s} s")]
    TooManyAttempts {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// The answer would be mailed, and there is no mail server.
    #[error(
        "there is no mail server (`smtp.host`), so nobody gets a link to a new password: ask whoever operates this server"
    )]
    NoMail,
    /// Too many calls over a talk link from one address.
    #[error("too many calls came from your address; try again in {retry_after_s} s")]
    TooManyCalls {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// Too many bodies over a contact link, or from an address that requests links that don't exist.
    #[error("too many requests; try again in {retry_after_s} s")]
    TooManyPosts {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// A page of another site sent a request with the session's cookie.
    #[error("a page of another site may not open this with a session's cookie")]
    ForeignOrigin,
    /// A page of another site sent a request, and no talk link that it may use lists its origin.
    #[error(
        "pages of {} may not use this: add their origin to the `origins` of the talk link, on the page Talk links under Widget",
        .origin.as_ref().map_or("this site", PageOrigin::as_str)
    )]
    OriginNotListed {
        /// The page's origin, if it can be listed.
        origin: Option<PageOrigin>,
    },
    /// A page's claim of its visitor's identity is not accepted.
    #[error(transparent)]
    Identity(#[from] IdentityFault),
    /// A webhook or a stream without proof that it is Twilio's.
    #[error("not accepted as a request of Twilio: {0}")]
    NotTwilio(#[from] BadSignature),
    /// A webhook without proof that it is ElevenLabs'.
    #[error("not accepted as a request of ElevenLabs: {0}")]
    NotElevenLabs(#[from] elevenlabs::signature::BadSignature),
    /// A body for a contact link without proof that it is the service's.
    #[error("the signature in `{header}` is not accepted: {why}")]
    NotSigned {
        /// The header that must have the signature.
        header: String,
        /// The cause.
        why: BadBodySignature,
    },
    /// The path is a WebSocket's.
    #[error("this is a WebSocket, and the request opens none: {0}")]
    NoUpgrade(String),
    /// The caller, or their organization, has used up their share of something.
    #[error("{0}")]
    ShareUsedUp(String),
    /// The caller's organization has used up its share of a span of time.
    #[error("{detail}; try again in {retry_after_s} s")]
    ShareOfTimeUsedUp {
        /// What it has used up.
        detail: String,
        /// Seconds until it has more.
        retry_after_s: u64,
    },
    /// More commands than one socket may send.
    #[error("{0}; wait for answers, and try again")]
    TooManyCommands(String),
    /// The thing or the path does not exist.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The cache has no profile of that caller, or no longer.
    #[error("no profile is cached for that call or extension")]
    ProfileNotCached,
    /// The path exists, but not with this method.
    #[error("only {0} is allowed here")]
    MethodNotAllowed(&'static str),
    /// An invalid value.
    #[error("{0}")]
    BadInput(String),
    /// Path and query are too long.
    #[error("path and query are longer than {max} bytes")]
    UriTooLong {
        /// The most bytes.
        max: usize,
    },
    /// The body is too long.
    #[error("the body is longer than {max} bytes")]
    BodyTooLong {
        /// The most bytes.
        max: usize,
    },
    /// The body did not come in time.
    #[error("the body did not come in time: {} s for the request, and 1 s more for each {HTTP_BODY_BYTES_PER_S_MIN} bytes of it", HTTP_WHOLE_REQUEST_MS_MAX / 1_000)]
    TooSlow,
    /// The body is not of type JSON.
    #[error("the body must be JSON, and its Content-Type `application/json`")]
    NotJson,
    /// The body is neither of type JSON nor a form.
    #[error(
        "the body must be JSON or a form, and its Content-Type `application/json` or `application/x-www-form-urlencoded`"
    )]
    NeitherJsonNorForm,
    /// Values that were parsed and are not accepted; at least one.
    #[error("{}", faults(.0))]
    Invalid(Vec<Fault>),
    /// The organization's rules don't allow it.
    #[error("{0}")]
    NotAllowed(String),
    /// The assistant can only play its recordings.
    #[error("the assistant on this call can't say any text: it has recordings only")]
    CannotSpeakText,
    /// It conflicts with the present state.
    #[error("{detail}")]
    Conflict {
        /// The reason, as one of the codes in the API's document.
        code: &'static str,
        /// The reason in words.
        detail: String,
    },
    /// Somebody else has changed it since the client read it.
    #[error(
        "somebody has changed this {what} meanwhile: merge your change with `current`, and send it with its revision"
    )]
    EditedMeanwhile {
        /// The thing that was to be changed.
        what: &'static str,
        /// Its present state, as its own path shows it.
        current: Box<serde_json::Value>,
    },
    /// The range is beyond the end.
    #[error("the range is beyond the end of {len} bytes")]
    Range {
        /// Available bytes.
        len: u64,
    },
    /// Not available now; the client may try again.
    #[error("{0}")]
    Unavailable(String),
    /// There is no room for what the request would make. Nothing was made, and the client may try again.
    #[error("{0}")]
    NoRoom(String),
    /// The client's key was used for another request.
    #[error("this Idempotency-Key was used within 24 h for another request: send a new one")]
    KeyReused,
    /// The request with this key was done, and its answer is not stored.
    #[error(
        "this request was begun before, and its answer is not stored: {}check whether it is done, and send it with a new key only if it is not",
        made(.subject.as_deref())
    )]
    AnswerNotKept {
        /// The thing that it creates or is about.
        subject: Option<String>,
    },
    /// A call may have begun, and can't be shown now.
    #[error(
        "{cause}; the call `{call_id}` may have begun all the same: look for it before you repeat the request, or repeat it with its Idempotency-Key"
    )]
    CallUnknown {
        /// The call.
        call_id: CallId,
        /// Why it can't be shown, as clients may know it.
        cause: String,
    },
    /// A command may have reached its call, or may still reach it.
    #[error("{0}; the command may be carried out all the same: look at the call before you repeat it")]
    CommandUnknown(String),
    /// A request that is done in parts failed after some of them.
    #[error("{cause}; {done}")]
    CutShort {
        /// The parts that are done, in words.
        done: String,
        /// Why the rest is not done.
        cause: Box<ApiError>,
    },
    /// A limited resource is used up.
    #[error("{detail}")]
    UsedUp {
        /// The resource, as one of the codes in the API's document.
        code: &'static str,
        /// How it is used, and what to do.
        detail: String,
    },
    /// The database failed.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// The dialler, or its database, failed.
    #[error(transparent)]
    Osdial(#[from] OsdialError),
    /// A file could not be read.
    #[error("{what}: {cause}")]
    File {
        /// Its name.
        what: &'static str,
        /// Error of the operating system.
        cause: std::io::Error,
    },
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        Self::Unavailable(refused.to_string())
    }
}

impl From<StoreFault> for ApiError {
    fn from(fault: StoreFault) -> Self {
        Self::Unavailable(fault.to_string())
    }
}

impl From<BadForm> for ApiError {
    fn from(bad: BadForm) -> Self {
        Self::BadInput(bad.to_string())
    }
}

/// Fault of one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Fault {
    /// The value's name in the body, such as `speed_percent`.
    #[schema(value_type = String)]
    pub(super) field: Cow<'static, str>,
    /// Reason of the fault, in words that follow the value's name: `must be 25 to 150`.
    pub(super) reason: String,
    /// Rule that the value breaks, in one word for programs, such as `range`; `other` if only `reason` says it.
    #[schema(schema_with = reasons::schema)]
    code: &'static str,
    /// The numbers in the sentence of `reason`, for translations: `min`, `max`, `chars`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Option<Object>)]
    params: Map<String, Value>,
}

impl Fault {
    pub(super) fn of(field: impl Into<Cow<'static, str>>, reason: impl Into<String>) -> Self {
        Self::named(field.into(), reason.into())
    }

    /// The same for a value inside another one, such as an entry of a list.
    pub(super) fn below(self, place: &str) -> Self {
        Self { field: Cow::Owned(format!("{place}.{}", self.field)), ..self }
    }

    /// The same in the form that a contact link stores.
    pub(super) fn refusal(&self, at: UnixMs) -> ContactRefusal {
        let Self { field, reason, code, params } = self;
        ContactRefusal {
            at,
            field: field.clone().into_owned(),
            code: (*code).to_owned(),
            reason: reason.clone(),
            params: params.clone(),
            taken: false,
        }
    }

    fn named(field: Cow<'static, str>, reason: String) -> Self {
        let (code, params) = reasons::known(&reason);
        Self { field, reason, code, params }
    }
}

fn made(subject: Option<&str>) -> String {
    subject.map(|subject| format!("it is about `{subject}`; ")).unwrap_or_default()
}

fn faults(faults: &[Fault]) -> String {
    let named: Vec<String> =
        faults.iter().map(|Fault { field, reason, .. }| format!("`{field}` {reason}")).collect();
    named.join("; ")
}

/// Why a request failed: RFC 9457 problem details.
#[derive(Serialize, ToSchema)]
pub(super) struct Problem<'a> {
    /// Always `about:blank`: `code` distinguishes problems.
    r#type: &'static str,
    /// The status in words.
    title: &'a str,
    /// The status.
    status: u16,
    /// Description of the problem, in words.
    detail: String,
    /// Code of the problem, in one word for programs, such as `not_found`.
    #[schema(schema_with = codes::schema)]
    code: &'static str,
    /// The values in the sentence of `detail`, for translations: `retry_after_s`, `max`, `permission`, `thing`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Option<Object>)]
    params: Map<String, Value>,
    /// Each value that is not accepted; only if `code` is `invalid`.
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
    /// The thing as it is now; only if `code` is `edited_meanwhile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    current: Option<&'a serde_json::Value>,
}

/// Error for a JSON body, of at most `max` bytes. A body that is not JSON is a bad request; JSON of another form is unprocessable.
pub(super) fn bad_body(fault: &JsonPayloadError, max: usize) -> ApiError {
    let member = body::member_that_failed();
    match fault {
        JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => {
            ApiError::BodyTooLong { max }
        }
        JsonPayloadError::ContentType => ApiError::NotJson,
        JsonPayloadError::Deserialize(fault) if fault.is_data() => {
            let field = member.map_or(Cow::Borrowed("body"), Cow::Owned);
            ApiError::Invalid(vec![Fault::named(field, format!("is not as it must be: {fault}"))])
        }
        fault => ApiError::BadInput(fault.to_string()),
    }
}

impl ApiError {
    /// It conflicts with the present state.
    pub(super) fn conflict(code: &'static str, detail: impl ToString) -> Self {
        Self::Conflict { code, detail: detail.to_string() }
    }

    /// The process ends before the work is done.
    pub(super) fn going_down() -> Self {
        Self::Unavailable("the server is going down".to_owned())
    }

    /// A link can't be made, because there is no room for its mail.
    pub(super) fn too_many_mails() -> Self {
        Self::NoRoom("too many mails are waiting for the mail server: try again later".to_owned())
    }

    /// A call may have begun, and can't be shown now for this reason.
    pub(super) fn call_unknown(call_id: CallId, cause: &Self) -> Self {
        Self::CallUnknown { call_id, cause: cause.detail() }
    }

    /// Somebody else changed the thing between reading and changing it.
    pub(super) fn changed_meanwhile(what: &str) -> Self {
        Self::conflict(
            "changed_meanwhile",
            format_args!("somebody else has just changed this {what}: read it again, and repeat the change"),
        )
    }

    /// Somebody else has changed it since the client read it; `current` is its present view.
    pub(super) fn edited_meanwhile(what: &'static str, current: &impl Serialize) -> Self {
        let current = Box::new(serde_json::to_value(current).unwrap_or_default());
        Self::EditedMeanwhile { what, current }
    }

    /// The code for programs.
    fn code(&self) -> &'static str {
        match self {
            Self::CutShort { cause, .. } => cause.code(),
            Self::Unauthorized => "unauthorized",
            Self::WrongCredentials => "wrong_credentials",
            Self::TotpRequired => "totp_required",
            Self::OrganizationSuspended => "organization_suspended",
            Self::SignInOver => "sign_in_over",
            Self::NoCsrfToken => "no_csrf_token",
            Self::Forbidden { .. } => "forbidden",
            Self::ForeignOrigin | Self::OriginNotListed { .. } => "foreign_origin",
            Self::NotTwilio(_) | Self::NotElevenLabs(_) | Self::NotSigned { .. } => "bad_signature",
            Self::Identity(IdentityFault::NoSecret) => "identity_no_secret",
            Self::Identity(IdentityFault::WrongSignature) => "identity_bad_signature",
            Self::Identity(IdentityFault::Expired) => "identity_expired",
            Self::Identity(
                IdentityFault::TooLong | IdentityFault::Unreadable | IdentityFault::BadClaims(_),
            ) => "identity_unreadable",
            Self::NoUpgrade(_) => "no_upgrade",
            Self::TooManyCommands(_) | Self::TooManyPosts { .. } => "too_many_requests",
            Self::NoMail => "no_mail",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::TooManyCalls { .. } => "too_many_calls",
            Self::NotFound(_) => "not_found",
            Self::ProfileNotCached => "profile_not_cached",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::BadInput(_) => "bad_input",
            Self::UriTooLong { .. } => "uri_too_long",
            Self::BodyTooLong { .. } => "body_too_long",
            Self::TooSlow => "too_slow",
            Self::NotJson | Self::NeitherJsonNorForm => "not_json",
            Self::Invalid(_) => "invalid",
            Self::NotAllowed(_) => "not_allowed",
            Self::CannotSpeakText => "cannot_speak_text",
            Self::Conflict { code, .. } | Self::UsedUp { code, .. } => code,
            Self::EditedMeanwhile { .. } => "edited_meanwhile",
            Self::Range { .. } => "range_not_satisfiable",
            Self::ShareUsedUp(_)
            | Self::ShareOfTimeUsedUp { .. }
            | Self::Store(
                StoreError::ShareUsedUp { .. }
                | StoreError::ReadsUsedUp { .. }
                | StoreError::KeysUsedUp { .. },
            ) => "share_used_up",
            Self::CallUnknown { .. } | Self::CommandUnknown(_) | Self::Store(StoreError::OutcomeUnknown) => {
                "outcome_unknown"
            }
            Self::Store(StoreError::KeyInUse) => "idempotency_key_in_use",
            Self::KeyReused => "idempotency_key_reused",
            Self::AnswerNotKept { .. } => "answer_not_kept",
            Self::Unavailable(_) | Self::NoRoom(_) | Self::Store(_) => "unavailable",
            Self::Osdial(error) => osdial::code(error),
            Self::File { .. } => "failed",
        }
    }

    /// Values in the sentence, by key.
    fn params(&self) -> Map<String, Value> {
        let named = match self {
            Self::Forbidden { permission } => Some(("permission", json!(permission.to_string()))),
            Self::TooManyAttempts { retry_after_s }
            | Self::TooManyCalls { retry_after_s }
            | Self::TooManyPosts { retry_after_s }
            | Self::ShareOfTimeUsedUp { retry_after_s, .. } => Some(("retry_after_s", json!(retry_after_s))),
            Self::UriTooLong { max } | Self::BodyTooLong { max } => Some(("max", json!(max))),
            Self::NotFound(thing) => Some(("thing", json!(thing))),
            _ => None,
        };
        named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The code that clients get.
    fn kind(&self) -> &'static str {
        if self.status_code() == StatusCode::INTERNAL_SERVER_ERROR { "failed" } else { self.code() }
    }

    /// The status in words.
    fn title(&self) -> &'static str {
        self.status_code().canonical_reason().unwrap_or("Error")
    }

    /// The same in the form that a contact link stores: each value, or the whole.
    pub(super) fn refusals(&self, at: UnixMs) -> Vec<ContactRefusal> {
        match self {
            Self::Invalid(faults) => faults.iter().map(|fault| fault.refusal(at)).collect(),
            whole => vec![ContactRefusal {
                at,
                field: String::new(),
                code: whole.kind().to_owned(),
                reason: whole.detail(),
                params: whole.params(),
                taken: false,
            }],
        }
    }

    /// The same for the control socket.
    pub(super) fn of_command(&self) -> CommandError {
        let fault = |Fault { field, reason, .. }: &Fault| FieldFault {
            field: field.clone().into_owned(),
            reason: reason.clone(),
        };
        let errors =
            if let Self::Invalid(faults) = self { faults.iter().map(fault).collect() } else { Vec::new() };
        let current =
            if let Self::EditedMeanwhile { current, .. } = self { Some(Value::clone(current)) } else { None };
        CommandError {
            kind: self.kind().to_owned(),
            title: self.title().to_owned(),
            detail: self.detail(),
            errors,
            current,
        }
    }

    /// Detail for the client: everything except the server's internals.
    fn detail(&self) -> String {
        match self {
            Self::CutShort { done, cause } => format!("{}; {done}", cause.detail()),
            Self::Store(
                shown @ (StoreError::ShareUsedUp { .. }
                | StoreError::ReadsUsedUp { .. }
                | StoreError::ReadsTaken
                | StoreError::OutcomeUnknown
                | StoreError::KeyInUse
                | StoreError::KeysUsedUp { .. }),
            ) => shown.to_string(),
            Self::Store(_) if self.status_code() == StatusCode::SERVICE_UNAVAILABLE => {
                "the database does not answer at the moment".to_owned()
            }
            Self::Store(StoreError::BadRow(bad)) if bad.column.starts_with("campaigns.") => {
                CAMPAIGN_UNREADABLE.to_owned()
            }
            Self::Store(_) | Self::File { .. } => "the server failed; its log says why".to_owned(),
            shown => shown.to_string(),
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::CutShort { cause, .. } => cause.status_code(),
            Self::Unauthorized | Self::WrongCredentials | Self::TotpRequired | Self::SignInOver => {
                StatusCode::UNAUTHORIZED
            }
            Self::NoCsrfToken
            | Self::Forbidden { .. }
            | Self::ForeignOrigin
            | Self::OriginNotListed { .. }
            | Self::Identity(
                IdentityFault::NoSecret | IdentityFault::WrongSignature | IdentityFault::Expired,
            )
            | Self::NotTwilio(_)
            | Self::NotElevenLabs(_)
            | Self::NotSigned { .. }
            | Self::OrganizationSuspended
            | Self::NotAllowed(_) => StatusCode::FORBIDDEN,
            Self::NoUpgrade(_) => StatusCode::UPGRADE_REQUIRED,
            Self::TooManyAttempts { .. }
            | Self::TooManyCalls { .. }
            | Self::TooManyPosts { .. }
            | Self::TooManyCommands(_)
            | Self::ShareUsedUp(_)
            | Self::ShareOfTimeUsedUp { .. }
            | Self::Store(
                StoreError::ShareUsedUp { .. }
                | StoreError::ReadsUsedUp { .. }
                | StoreError::KeysUsedUp { .. },
            ) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound(_) | Self::ProfileNotCached => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadInput(_) => StatusCode::BAD_REQUEST,
            Self::UriTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::BodyTooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NotJson | Self::NeitherJsonNorForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid(_) | Self::CannotSpeakText | Self::KeyReused | Self::Identity(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Conflict { .. }
            | Self::EditedMeanwhile { .. }
            | Self::AnswerNotKept { .. }
            | Self::Store(StoreError::KeyInUse) => StatusCode::CONFLICT,
            Self::Osdial(error) => osdial::status(error),
            Self::Range { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Unavailable(_)
            | Self::NoRoom(_)
            | Self::CallUnknown { .. }
            | Self::CommandUnknown(_)
            | Self::UsedUp { .. }
            | Self::NoMail => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(StoreError::BadRow(_) | StoreError::Panicked(_)) | Self::File { .. } => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        let cause = if let Self::CutShort { cause, .. } = self { &**cause } else { self };
        match cause {
            _ if status == StatusCode::UNAUTHORIZED => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"cordboard\""));
            }
            Self::NoUpgrade(_) => {
                response.insert_header((UPGRADE, "websocket"));
            }
            Self::MethodNotAllowed(allowed) => {
                response.insert_header((ALLOW, *allowed));
            }
            Self::Range { len } => {
                response.insert_header((CONTENT_RANGE, format!("bytes */{len}")));
            }
            Self::TooManyAttempts { retry_after_s }
            | Self::TooManyCalls { retry_after_s }
            | Self::TooManyPosts { retry_after_s }
            | Self::ShareOfTimeUsedUp { retry_after_s, .. }
            | Self::Store(StoreError::KeysUsedUp { retry_after_s, .. }) => {
                response.insert_header((RETRY_AFTER, *retry_after_s));
            }
            // Waiting does not help: it is as the operator has configured it.
            Self::NoMail => {}
            // A client that repeats the request without checking may do it twice.
            Self::CallUnknown { .. } | Self::CommandUnknown(_) | Self::Store(StoreError::OutcomeUnknown) => {}
            _ if status == StatusCode::SERVICE_UNAVAILABLE || self.code() == "share_used_up" => {
                response.insert_header((RETRY_AFTER, RETRY_AFTER_S));
            }
            _ => {}
        }
        response.json(Problem {
            r#type: "about:blank",
            title: self.title(),
            status: status.as_u16(),
            detail: self.detail(),
            code: self.kind(),
            params: self.params(),
            errors: if let Self::Invalid(faults) = self { faults } else { &[] },
            current: if let Self::EditedMeanwhile { current, .. } = self { Some(current) } else { None },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_a_problems_sentence_are_also_its_params() {
        let params = |error: ApiError| Value::Object(error.params());
        assert_eq!(params(ApiError::TooManyAttempts { retry_after_s: 42 }), json!({ "retry_after_s": 42 }));
        assert_eq!(params(ApiError::BodyTooLong { max: 9 }), json!({ "max": 9 }));
        assert_eq!(params(ApiError::NotFound("call")), json!({ "thing": "call" }));
        let forbidden = ApiError::Forbidden { permission: Permission::CallsRead };
        assert_eq!(params(forbidden), json!({ "permission": "calls_read" }));
        assert_eq!(params(ApiError::NoMail), json!({}));
    }

    #[test]
    fn an_unknown_outcome_is_reported_without_retry_after() {
        let unknown = ApiError::from(StoreError::OutcomeUnknown);
        assert_eq!((unknown.status_code().as_u16(), unknown.kind()), (503, "outcome_unknown"));
        assert!(unknown.detail().contains("nobody knows"), "{}", unknown.detail());
        assert!(!unknown.error_response().headers().contains_key(RETRY_AFTER));
        let away = ApiError::from(StoreError::NoConnection("the database takes nothing".to_owned()));
        assert_eq!((away.status_code().as_u16(), away.kind()), (503, "unavailable"));
        assert!(away.error_response().headers().contains_key(RETRY_AFTER));
        // A call that has begun is not taken for refused, whatever keeps it from being shown.
        let call_id = "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10";
        for cause in [away, StoreError::ReadsUsedUp { share: 3 }.into(), StoreError::ReadsTaken.into()] {
            let begun = ApiError::call_unknown(call_id.parse().unwrap(), &cause);
            assert_eq!((begun.status_code().as_u16(), begun.kind()), (503, "outcome_unknown"), "{cause}");
            assert!(begun.detail().contains(call_id), "{}", begun.detail());
            assert!(!begun.error_response().headers().contains_key(RETRY_AFTER), "{cause}");
        }
    }

    #[test]
    fn a_request_cut_short_says_cause_and_what_is_done() {
        let cut = |cause: StoreError| {
            let done = "2 rows are imported".to_owned();
            ApiError::CutShort { done, cause: Box::new(cause.into()) }
        };
        let away = cut(StoreError::NoConnection("the password is wrong".to_owned()));
        assert_eq!((away.status_code().as_u16(), away.kind()), (503, "unavailable"));
        assert_eq!(away.detail(), "the database does not answer at the moment; 2 rows are imported");
        assert!(away.error_response().headers().contains_key(RETRY_AFTER));
        let unknown = cut(StoreError::OutcomeUnknown);
        assert_eq!(unknown.kind(), "outcome_unknown");
        assert!(!unknown.error_response().headers().contains_key(RETRY_AFTER));
    }

    #[test]
    fn used_up_keys_say_when_the_oldest_is_forgotten() {
        let used_up = StoreError::KeysUsedUp { max: 9, of: "this user or token", retry_after_s: 4_321 };
        let used_up = ApiError::from(used_up);
        assert_eq!((used_up.status_code().as_u16(), used_up.kind()), (429, "share_used_up"));
        assert_eq!(used_up.error_response().headers().get(RETRY_AFTER).unwrap(), "4321");
    }

    #[test]
    fn requests_delayed_by_other_reads_say_so() {
        let waits = ApiError::from(StoreError::ReadsTaken);
        assert_eq!((waits.status_code().as_u16(), waits.kind()), (503, "unavailable"));
        assert!(waits.detail().contains("other requests"), "{}", waits.detail());
        assert!(waits.error_response().headers().contains_key(RETRY_AFTER));
    }
}
