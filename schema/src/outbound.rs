//! Calls that we make: a program's request, identical by HTTP and over the control socket.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::custom_tool::OfferedTool;
use crate::dial::{BadNumber, DialTarget, NotDialable, PhoneNumber};
use crate::event::Announcement;
use crate::extension::is_extension_name;
use crate::limits::{
    ANSWER_TIMEOUT_S_MAX, ANSWER_TIMEOUT_S_MIN, IDEMPOTENCY_KEY_CHARS_MAX, OUTBOUND_VARIABLE_BYTES_MAX,
    OUTBOUND_VARIABLE_NAME_CHARS_MAX, OUTBOUND_VARIABLES_MAX, PROFILE_NAME_CHARS_MAX, SAY_CHARS_MAX,
};
use crate::switch::SwitchKind;

/// A call to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OutboundCall {
    /// The called party: a name from the list of extensions, or a number that the dial policy allows.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 79, example = "+493012345"))]
    pub to: String,
    /// The number that the called phone shows; null leaves that to the switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 25, example = "+493098765"))]
    pub from: Option<String>,
    /// The name of the agent profile that talks; null means the default profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Variables of the call for the assistant, the dialplan and reports, by name.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// The switch that dials, by its name in the configuration; null means `calls.switch`, or the only switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<String>,
    /// Time that the phone may ring, in s.
    #[serde(default = "answer_timeout_s")]
    #[cfg_attr(feature = "openapi", schema(minimum = 5, maximum = 120, default = 30))]
    pub answer_timeout_s: u16,
    /// Action when a mailbox answers.
    #[serde(default)]
    pub voicemail: OnVoicemail,
    /// The detector that tells a mailbox from a person, unless `voicemail` is `talk`.
    #[serde(default)]
    pub mailbox_detection: MailboxDetection,
}

/// The detector that tells a mailbox from a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailboxDetection {
    /// The line's detector, if the line can detect mailboxes; otherwise our own. When agents talk with the called party, our own
    /// is used only on request (`own`).
    #[default]
    Auto,
    /// The line's detector: the switch reports who has answered. Without such a report it is unknown.
    Line,
    /// Our own detector: it listens to the called party's audio after the answer.
    Own,
}

impl MailboxDetection {
    const fn lines() -> Self {
        Self::Line
    }

    fn is_lines(&self) -> bool {
        *self == Self::Line
    }
}

/// The detector that decided who answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DetectedBy {
    /// The line's: the switch or the carrier reported it.
    #[default]
    Line,
    /// Our own.
    Own,
}

impl DetectedBy {
    /// All detectors.
    pub const ALL: [Self; 2] = [Self::Line, Self::Own];

    /// Returns the word in tables and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Own => "own",
        }
    }

    /// Whether it is the line's.
    pub fn is_line(&self) -> bool {
        *self == Self::Line
    }
}

/// Action on a call that a mailbox has answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum OnVoicemail {
    /// No detection: the assistant talks, whoever answers.
    #[default]
    Talk,
    /// The call ends with `voicemail`.
    HangUp,
    /// The assistant says this text after the tone, and the call ends with `voicemail`.
    LeaveMessage {
        /// The text.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 2000))]
        text: String,
    },
}

/// Agents who talk with the people whom we call: a person who answers goes to a queue at once, and the assistant does not greet
/// them. If an agent started the call, the person goes to that agent only, and the queue is used only for its message to a person
/// whose agent is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToQueue {
    /// The name of the queue. The call is accepted for one of its free agents automatically.
    pub queue: String,
    /// Time from the answer within which an agent must have the call, in ms.
    pub within_ms: u64,
    /// Words that the assistant says if no agent has the call by then. The call then ends with `nobody_free`.
    pub message: String,
}

/// A request for a call whose values are all valid. Whether its people, profile and switch exist is checked elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedCall {
    /// The called party: a name or a number.
    pub to: String,
    /// The number that the called phone shows.
    pub from: Option<PhoneNumber>,
    /// The name of the agent profile.
    pub profile: Option<String>,
    /// Variables of the call.
    pub variables: BTreeMap<String, String>,
    /// The name of the switch.
    pub switch: Option<String>,
    /// Time that the phone may ring, in ms.
    pub answer_timeout_ms: u64,
    /// Action when a mailbox answers.
    pub voicemail: OnVoicemail,
    /// The detector that tells a mailbox from a person.
    pub mailbox_detection: MailboxDetection,
    /// Whether the callee's words are searched for the request not to be called again (`intent/opting_out.rs`).
    pub heeds_opt_out: bool,
    /// The agents who talk with a person who answers; none leaves that to the assistant.
    pub on_answer: Option<ToQueue>,
    /// Tools of the assistant in addition to those of its profile.
    pub tools: Vec<OfferedTool>,
}

/// Why a value of an [`OutboundCall`] is not valid, worded to follow the value's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCall {
    /// `to` can't be dialled.
    #[error("{0}")]
    To(NotDialable),
    /// `from` is not a number.
    #[error("{0}")]
    From(BadNumber),
    /// `profile` can't be a profile's name.
    #[error("must be the name of an agent profile, of 1 to {PROFILE_NAME_CHARS_MAX} characters")]
    Profile,
    /// `switch` can't be a switch's name.
    #[error("must be the name of a switch in the configuration")]
    Switch,
    /// Too many `variables`.
    #[error("has {0} variables, at most {OUTBOUND_VARIABLES_MAX} are taken")]
    Variables(usize),
    /// The name of a variable.
    #[error(
        "holds the name {0:?}: a name has 1 to {OUTBOUND_VARIABLE_NAME_CHARS_MAX} letters, digits and _, and does not begin with a digit"
    )]
    VariableName(String),
    /// The value of this variable.
    #[error(
        "holds a value of {0} that has control characters, or more than {OUTBOUND_VARIABLE_BYTES_MAX} bytes"
    )]
    VariableValue(String),
    /// `answer_timeout_s`.
    #[error("must be {ANSWER_TIMEOUT_S_MIN} to {ANSWER_TIMEOUT_S_MAX}")]
    AnswerTimeout,
    /// The text for a mailbox.
    #[error("must have a text of 1 to {SAY_CHARS_MAX} characters without control characters")]
    Message,
}

impl BadCall {
    /// Returns the name of the value in the request.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::To(_) => "to",
            Self::From(_) => "from",
            Self::Profile => "profile",
            Self::Switch => "switch",
            Self::Variables(_) | Self::VariableName(_) | Self::VariableValue(_) => "variables",
            Self::AnswerTimeout => "answer_timeout_s",
            Self::Message => "voicemail",
        }
    }
}

impl OutboundCall {
    /// Returns a call to this party, with the defaults for everything else.
    pub fn to(to: String) -> Self {
        Self {
            to,
            from: None,
            profile: None,
            variables: BTreeMap::new(),
            switch: None,
            answer_timeout_s: answer_timeout_s(),
            voicemail: OnVoicemail::default(),
            mailbox_detection: MailboxDetection::default(),
        }
    }

    /// Returns the request, if all its values are valid.
    ///
    /// # Errors
    /// All invalid values, at least one.
    pub fn check(self) -> Result<CheckedCall, Vec<BadCall>> {
        let mut faults = Vec::new();
        let from = self.from.as_deref().map(str::parse).transpose();
        faults.extend(DialTarget::could_be(&self.to).err().map(BadCall::To));
        faults.extend(from.as_ref().err().copied().map(BadCall::From));
        let is_profile = |name: &str| {
            (1..=PROFILE_NAME_CHARS_MAX).contains(&name.chars().count())
                && !name.chars().any(char::is_control)
        };
        if self.profile.as_deref().is_some_and(|name| !is_profile(name)) {
            faults.push(BadCall::Profile);
        }
        if self.switch.as_deref().is_some_and(|name| !is_extension_name(name)) {
            faults.push(BadCall::Switch);
        }
        faults.extend(bad_variables(&self.variables));
        if !(ANSWER_TIMEOUT_S_MIN..=ANSWER_TIMEOUT_S_MAX).contains(&self.answer_timeout_s) {
            faults.push(BadCall::AnswerTimeout);
        }
        if let OnVoicemail::LeaveMessage { text } = &self.voicemail {
            let is_sayable = !text.trim().is_empty()
                && text.chars().count() <= SAY_CHARS_MAX
                && !text.chars().any(|c| c.is_control() && !c.is_whitespace());
            if !is_sayable {
                faults.push(BadCall::Message);
            }
        }
        match from {
            Ok(from) if faults.is_empty() => Ok(CheckedCall {
                to: self.to,
                from,
                profile: self.profile,
                variables: self.variables,
                switch: self.switch,
                answer_timeout_ms: u64::from(self.answer_timeout_s) * 1_000,
                voicemail: self.voicemail,
                mailbox_detection: self.mailbox_detection,
                heeds_opt_out: false,
                on_answer: None,
                tools: Vec::new(),
            }),
            _ => Err(faults),
        }
    }
}

/// Returns all faults of variables that a program gives a call.
pub fn bad_variables(variables: &BTreeMap<String, String>) -> Vec<BadCall> {
    let mut faults = Vec::new();
    if variables.len() > OUTBOUND_VARIABLES_MAX {
        faults.push(BadCall::Variables(variables.len()));
    }
    for (name, value) in variables.iter().take(OUTBOUND_VARIABLES_MAX) {
        if !is_variable_name(name) {
            faults.push(BadCall::VariableName(name.chars().take(OUTBOUND_VARIABLE_NAME_CHARS_MAX).collect()));
        } else if value.len() > OUTBOUND_VARIABLE_BYTES_MAX || value.chars().any(char::is_control) {
            faults.push(BadCall::VariableValue(name.clone()));
        }
    }
    faults
}

/// Returns the variable name for the name of a column or a field: letters, digits and `_`; empty if it contains none of them.
pub fn variable_name(name: &str) -> String {
    let plain = name.trim().to_lowercase();
    let plain: String = plain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let plain = plain.trim_matches('_');
    let begins_well = plain.starts_with(|first: char| first.is_ascii_alphabetic());
    let named = if plain.is_empty() || begins_well { plain.to_owned() } else { format!("_{plain}") };
    named.chars().take(OUTBOUND_VARIABLE_NAME_CHARS_MAX).collect()
}

/// Whether a variable of a call can have this name.
pub fn is_variable_name(name: &str) -> bool {
    let is_short = name.len() <= OUTBOUND_VARIABLE_NAME_CHARS_MAX;
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    is_short && begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A client's name for a request: the request is carried out once, however often it is sent. 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The text is not an [`IdempotencyKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {IDEMPOTENCY_KEY_CHARS_MAX} characters of ASCII, none of them a blank")]
pub struct BadKey;

impl IdempotencyKey {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let is_long = (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len());
        match is_long && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok(Self(text.to_owned())),
            false => Err(BadKey),
        }
    }
}

/// The party that we call, and how: the part that a call's machine needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dialled {
    /// The party.
    pub target: DialTarget,
    /// The number that their phone shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PhoneNumber>,
    /// Time that the phone may ring, in ms.
    pub answer_timeout_ms: u64,
    /// Action when a mailbox answers.
    pub voicemail: OnVoicemail,
    /// The detector that tells a mailbox from a person. Journals without this value were written when only the line's detector
    /// existed.
    #[serde(default = "MailboxDetection::lines", skip_serializing_if = "MailboxDetection::is_lines")]
    pub mailbox_detection: MailboxDetection,
    /// Whether the callee's words are searched for the request not to be called again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub heeds_opt_out: bool,
    /// The agents who talk with a person who answers; none leaves that to the assistant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_answer: Option<ToQueue>,
    /// Kind of the switch that dials.
    pub kind: SwitchKind,
    /// Its name in the configuration.
    pub switch: String,
    /// The switch's name for the channel, or the name of the audio.
    pub channel: Uuid,
    /// Variables of the call for the assistant, the dialplan and reports, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
}

impl Dialled {
    /// Returns what an assistant is told about the call, which it makes itself, or an agent.
    pub fn errand(&self, is_by_agent: bool) -> String {
        let Self { target, variables, .. } = self;
        let known: Vec<String> = variables.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let known =
            if known.is_empty() { String::new() } else { format!(". Known of it: {}", known.join("; ")) };
        let by = if is_by_agent { "was made by an agent" } else { "is made by you" };
        format!("this call {by}, to {target}{known}")
    }

    /// Returns the detector that decides who has answered; none if it is not checked.
    pub fn detector(&self) -> Option<DetectedBy> {
        if self.voicemail == OnVoicemail::Talk {
            return None;
        }
        // An agent has to be there within 2 s of the answer, and our own detector takes as long as the greeting.
        let is_lines = self.kind.detects_mailboxes() || self.on_answer.is_some();
        Some(match self.mailbox_detection {
            MailboxDetection::Line => DetectedBy::Line,
            MailboxDetection::Own => DetectedBy::Own,
            MailboxDetection::Auto if is_lines => DetectedBy::Line,
            MailboxDetection::Auto => DetectedBy::Own,
        })
    }

    /// Returns the maximum time, in ms, between dialling and the switch's report that the call was answered.
    pub fn answer_ms_max(&self) -> u64 {
        let detects = self.detector() == Some(DetectedBy::Line);
        self.answer_timeout_ms + if detects { self.kind.detection_ms_max() } else { 0 }
    }
}

/// Progress of a phone that we call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DialProgress {
    /// It rings.
    Ringing,
    /// The network plays audio, such as an announcement; nobody has answered.
    EarlyMedia,
}

/// The party that answered, by answering machine detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// A mailbox.
    Machine,
    /// The detector can't decide.
    Unknown,
}

/// The variables in which switches keep the result of their detection: Asterisk's `AMD()` and FreeSWITCH's `mod_amd`.
pub const DETECTION_VARIABLES: [&str; 3] = ["AMDSTATUS", "AMD_RESULT", "amd_result"];

impl AnsweredBy {
    /// Returns the word in tables and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Machine => "machine",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the meaning of the switch's word.
    pub fn of(word: &str) -> Self {
        match word.trim().to_ascii_uppercase().as_str() {
            "HUMAN" | "PERSON" => Self::Human,
            "MACHINE" => Self::Machine,
            // NOTSURE, or HANGUP: the party hung up before it was known.
            _ => Self::Unknown,
        }
    }

    /// Returns the answering party that an announcement names, if any.
    pub fn in_announcement(announcement: &Announcement) -> Option<Self> {
        let said = DETECTION_VARIABLES.iter().find_map(|name| announcement.variables.get(*name));
        said.filter(|word| !word.is_empty()).map(|word| Self::of(word))
    }
}

const fn answer_timeout_s() -> u16 {
    30
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the faults of a call to the operator after this change.
    fn faults(change: impl FnOnce(&mut OutboundCall)) -> Vec<BadCall> {
        let mut call = OutboundCall::to("operator".to_owned());
        change(&mut call);
        call.check().err().unwrap_or_default()
    }

    #[test]
    fn a_call_with_only_a_callee_rings_half_a_minute() {
        let call = OutboundCall::to("operator".to_owned()).check().unwrap();
        assert_eq!((call.to.as_str(), call.answer_timeout_ms, call.from), ("operator", 30_000, None));
    }

    #[test]
    fn values_are_accepted_only_within_their_limits() {
        let x = |count: usize| "x".repeat(count);
        for (is_taken, name) in [
            (true, x(PROFILE_NAME_CHARS_MAX)),
            (false, x(PROFILE_NAME_CHARS_MAX + 1)),
            (false, String::new()),
            (false, "a\tb".to_owned()),
        ] {
            let found = faults(|call| call.profile = Some(name));
            assert_eq!(found, if is_taken { vec![] } else { vec![BadCall::Profile] });
        }
        for (is_taken, seconds) in [
            (true, ANSWER_TIMEOUT_S_MIN),
            (true, ANSWER_TIMEOUT_S_MAX),
            (false, ANSWER_TIMEOUT_S_MIN - 1),
            (false, ANSWER_TIMEOUT_S_MAX + 1),
        ] {
            let found = faults(|call| call.answer_timeout_s = seconds);
            assert_eq!(found, if is_taken { vec![] } else { vec![BadCall::AnswerTimeout] }, "{seconds} s");
        }
        for (is_taken, text) in [
            (true, x(SAY_CHARS_MAX)),
            (true, "Call us\nback.".to_owned()),
            (false, x(SAY_CHARS_MAX + 1)),
            (false, " ".to_owned()),
            (false, "a\u{7}".to_owned()),
        ] {
            let found = faults(|call| call.voicemail = OnVoicemail::LeaveMessage { text });
            assert_eq!(found, if is_taken { vec![] } else { vec![BadCall::Message] });
        }
        assert_eq!(faults(|call| call.switch = Some("pbx".to_owned())), []);
        assert_eq!(faults(|call| call.switch = Some("a b".to_owned())), [BadCall::Switch]);
    }

    #[test]
    fn every_fault_is_reported_with_its_field() {
        let found = faults(|call| {
            call.to = "a b".to_owned();
            call.from = Some("me".to_owned());
            call.profile = Some(String::new());
            call.switch = Some(String::new());
            call.variables = [("1".to_owned(), String::new())].into();
            call.answer_timeout_s = 0;
            call.voicemail = OnVoicemail::LeaveMessage { text: String::new() };
        });
        let fields: Vec<&str> = found.iter().map(BadCall::field).collect();
        assert_eq!(fields, ["to", "from", "profile", "switch", "variables", "answer_timeout_s", "voicemail"]);
        assert_eq!(faults(|call| call.from = Some("me".to_owned())).len(), 1);
    }

    #[test]
    fn variables_have_valid_names_and_limits() {
        let bad = |name: &str, value: &str| bad_variables(&[(name.to_owned(), value.to_owned())].into());
        let longest = "n".repeat(OUTBOUND_VARIABLE_NAME_CHARS_MAX);
        for name in ["a", "_a", "Lead_7", &longest] {
            assert_eq!(bad(name, ""), [], "{name}");
        }
        for name in ["", "7a", "a-b", "a b", "ä"] {
            assert_eq!(bad(name, ""), [BadCall::VariableName(name.to_owned())]);
        }
        assert_eq!(
            bad(&format!("{longest}n"), ""),
            [BadCall::VariableName(longest)],
            "the name is shortened in the message"
        );
        let value = "v".repeat(OUTBOUND_VARIABLE_BYTES_MAX);
        assert_eq!(bad("a", &value), []);
        for value in [format!("{value}v"), "a\nb".to_owned()] {
            assert_eq!(bad("a", &value), [BadCall::VariableValue("a".to_owned())]);
        }
        let many = |count: usize| (0..count).map(|number| (format!("v{number}"), String::new())).collect();
        assert_eq!(bad_variables(&many(OUTBOUND_VARIABLES_MAX)), []);
        let over = OUTBOUND_VARIABLES_MAX + 1;
        assert_eq!(bad_variables(&many(over)), [BadCall::Variables(over)]);
    }

    #[test]
    fn an_idempotency_key_has_only_visible_characters() {
        let longest = "k".repeat(IDEMPOTENCY_KEY_CHARS_MAX);
        for key in ["a", "order-7/2", &longest] {
            assert_eq!(key.parse::<IdempotencyKey>().unwrap().as_str(), key);
        }
        for bad in ["", "a b", "ä", &format!("{longest}k")] {
            assert_eq!(bad.parse::<IdempotencyKey>(), Err(BadKey), "{bad}");
        }
    }

    #[test]
    fn mailboxes_are_detected_by_the_line_or_by_us() {
        let dialled = |kind: &str, with: serde_json::Value| -> Dialled {
            let mut dialled = serde_json::json!({
                "target": { "dial": "number", "number": "+493012345" }, "answer_timeout_ms": 30_000,
                "voicemail": { "do": "hang_up" }, "kind": kind, "switch": "pbx1", "channel": Uuid::nil(),
            });
            let more = with.as_object().unwrap().clone();
            dialled.as_object_mut().unwrap().extend(more);
            serde_json::from_value(dialled).unwrap()
        };
        let (line, own) = (Some(DetectedBy::Line), Some(DetectedBy::Own));
        let queue =
            serde_json::json!({ "queue": "sales", "within_ms": 2_000, "message": "This was Miller." });
        for (kind, with, detector) in [
            ("freeswitch", serde_json::json!({ "mailbox_detection": "auto" }), own),
            ("asterisk", serde_json::json!({ "mailbox_detection": "auto" }), line),
            ("twilio", serde_json::json!({ "mailbox_detection": "auto" }), line),
            ("freeswitch", serde_json::json!({}), line),
            ("freeswitch", serde_json::json!({ "voicemail": { "do": "talk" } }), None),
            (
                "asterisk",
                serde_json::json!({ "voicemail": { "do": "talk" }, "mailbox_detection": "own" }),
                None,
            ),
            ("freeswitch", serde_json::json!({ "mailbox_detection": "line" }), line),
            ("twilio", serde_json::json!({ "mailbox_detection": "own" }), own),
            ("freeswitch", serde_json::json!({ "on_answer": queue, "mailbox_detection": "auto" }), line),
            ("freeswitch", serde_json::json!({ "on_answer": queue, "mailbox_detection": "own" }), own),
        ] {
            assert_eq!(dialled(kind, with.clone()).detector(), detector, "{kind} {with}");
        }
    }

    #[test]
    fn the_switchs_word_says_who_answered() {
        for (word, who) in [
            ("HUMAN", AnsweredBy::Human),
            (" person ", AnsweredBy::Human),
            ("Machine", AnsweredBy::Machine),
            ("NOTSURE", AnsweredBy::Unknown),
        ] {
            assert_eq!(AnsweredBy::of(word), who, "{word}");
            let variables = [("AMDSTATUS".to_owned(), word.to_owned())].into();
            let announcement = Announcement { variables, ..Announcement::default() };
            assert_eq!(AnsweredBy::in_announcement(&announcement), Some(who));
        }
        let empty = Announcement {
            variables: [("AMDSTATUS".to_owned(), String::new())].into(),
            ..Announcement::default()
        };
        assert_eq!(AnsweredBy::in_announcement(&empty), None);
        assert_eq!(AnsweredBy::in_announcement(&Announcement::default()), None);
    }
}
