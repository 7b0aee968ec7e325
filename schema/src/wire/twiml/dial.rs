//! `<Dial>`: the party with whom the caller is joined.

use super::element::Element;
use super::{BadTwiml, HttpUrl, PhoneNumber, TwimlValue};

/// `<Dial>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// The dialled party.
    pub target: DialTarget,
    /// URL that is requested when it is over.
    pub action: Option<HttpUrl>,
    /// The displayed caller number; none for the caller's own.
    pub caller_id: Option<PhoneNumber>,
    /// Whether the caller hears ringing, and is answered only once the other side is.
    pub answer_on_bridge: bool,
    /// Ring time in seconds.
    pub timeout_s: Option<u32>,
    /// Maximum seconds of conversation.
    pub time_limit_s: Option<u32>,
}

impl Dial {
    /// Dials, with Twilio's default settings.
    pub const fn to(target: DialTarget) -> Self {
        Self {
            target,
            action: None,
            caller_id: None,
            answer_on_bridge: false,
            timeout_s: None,
            time_limit_s: None,
        }
    }

    pub(super) fn element(&self) -> Element {
        let target = match &self.target {
            DialTarget::Number(number) => Element::new("Number").text(number.as_str()),
            DialTarget::Sip(address) => Element::new("Sip").text(&address.0),
            DialTarget::Conference(conference) => conference.element(),
        };
        Element::new("Dial")
            .maybe("action", self.action.as_ref().map(HttpUrl::as_str))
            .maybe("callerId", self.caller_id.as_ref().map(PhoneNumber::as_str))
            .maybe("answerOnBridge", self.answer_on_bridge.then_some("true"))
            .number("timeout", self.timeout_s)
            .number("timeLimit", self.time_limit_s)
            .child(target)
    }
}

/// Targets of a `<Dial>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialTarget {
    /// A telephone.
    Number(PhoneNumber),
    /// A phone or a PBX, by SIP.
    Sip(SipAddress),
    /// A room.
    Conference(Box<Conference>),
}

/// A SIP address with our own headers, as `sip:1001@pbx.example.com;transport=tls?X-Call-Ref=abc`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipAddress(String);

impl SipAddress {
    /// Returns the address of a user at a host, which may have a port. `headers` are sent to it; their names begin with `X-`.
    ///
    /// # Errors
    /// A part has a character that isn't allowed in its place.
    pub fn new(user: &str, host: &str, tls: bool, headers: &[(&str, &str)]) -> Result<Self, BadTwiml> {
        let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let is_user = is_part(user, |c| of_name(c) || matches!(c, '+' | '*'));
        let (name, port) = host.split_once(':').unwrap_or((host, "5060"));
        let is_host = is_part(name, of_name) && port.parse::<u16>().is_ok_and(|port| port != 0);
        let are_headers = headers
            .iter()
            .all(|(name, _)| name.starts_with("X-") && is_part(name, |c| of_name(c) && c != '.'));
        if !is_user || !is_host || !are_headers {
            return Err(BadTwiml::NotASipAddress);
        }
        let mut address = format!("sip:{user}@{host}");
        if tls {
            address.push_str(";transport=tls");
        }
        if !headers.is_empty() {
            address.push('?');
            // A form's encoding turns a space into a plus, which a SIP address would keep.
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(headers).finish();
            address.push_str(&query.replace('+', "%20"));
        }
        TwimlValue::new(address.as_str())?;
        Ok(Self(address))
    }

    /// Returns the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_part(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    (1..=128).contains(&text.len()) && text.chars().all(allowed)
}

/// `<Conference>`: a room, created by the first participant. No tone is played when somebody joins or leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conference {
    /// Its name, unique for each call.
    pub room: TwimlValue,
    /// The label that we give the participant; unique in the room.
    pub label: Option<TwimlValue>,
    /// Whether the room waits for them to begin.
    pub start_on_enter: bool,
    /// Whether the room ends when they leave.
    pub end_on_exit: bool,
    /// Whether they are muted.
    pub muted: bool,
    /// Whether nothing is heard while waiting; otherwise Twilio's own music is.
    pub silent_wait: bool,
    /// URL that gets its events.
    pub status_callback: Option<HttpUrl>,
}

impl Conference {
    fn element(&self) -> Element {
        let conference = Element::new("Conference")
            .flag("beep", false)
            .flag("startConferenceOnEnter", self.start_on_enter)
            .flag("endConferenceOnExit", self.end_on_exit)
            .maybe("muted", self.muted.then_some("true"))
            .maybe("participantLabel", self.label.as_ref().map(TwimlValue::as_str))
            .maybe("waitUrl", self.silent_wait.then_some(""))
            .maybe("statusCallback", self.status_callback.as_ref().map(HttpUrl::as_str))
            .maybe("statusCallbackEvent", self.status_callback.as_ref().map(|_| "start end join leave"));
        conference.text(self.room.as_str())
    }
}
