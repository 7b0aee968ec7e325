//! The documents that are answered.

use actix_web::HttpResponse;
use cordboard_actors::twilio::StreamPasses;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::limits::VOICEMAIL_S_MAX;
use cordboard_schema::wire::twiml::{
    BadTwiml, Connect, Dial, DialTarget, Gather, GatherInput, HttpUrl, Parameter, PhoneNumber, Prompt,
    Record, Say, SipAddress, Stream, StreamUrl, Twiml, TwimlValue, Verb,
};

use crate::web::problem::ApiError;

/// What a caller hears whom nobody can be found for.
const NOBODY_THERE: &str = "I am sorry, nobody can be reached at the moment. Please call again later.";
/// Seconds that somebody who is dialled is rung.
const RING_S: u32 = 25;
/// Seconds that a caller may take to begin an answer, and between two keys of it.
const ANSWER_S: u32 = 5;
/// Seconds of silence that end a message.
const MESSAGE_SILENCE_S: u32 = 5;

impl From<BadTwiml> for ApiError {
    fn from(bad: BadTwiml) -> Self {
        // A document of ours, of the configuration's values: whoever runs the server can mend it.
        Self::Unavailable(format!("no TwiML can be made of the configuration: {bad}"))
    }
}

/// Opens a stream with a token, and asks `next` when it has ended.
pub(super) fn stream(url: &str, next: &str, token: &str) -> Result<Twiml, ApiError> {
    let stream = Stream {
        url: StreamUrl::new(url)?,
        name: None,
        status_callback: None,
        parameters: vec![Parameter::new(StreamPasses::PARAMETER, token)?],
    };
    let connect = Verb::Connect(Connect { action: None, stream });
    Ok(Twiml::new([connect, Verb::Redirect(HttpUrl::new(next)?)]))
}

/// Who is dialled.
#[derive(Clone, Copy, Debug)]
pub(super) enum To<'a> {
    /// Somebody of the organization's list.
    Extension(&'a DialplanTarget),
    /// A number that its policy admits.
    Number(&'a str),
}

/// Dials somebody, and asks `action` when that has ended. Extensions are at this host; where none is known, the caller hears
/// that nobody is there.
pub(super) fn dial(
    to: To<'_>,
    host: Option<&str>,
    caller_id: Option<&str>,
    action: &str,
) -> Result<Twiml, ApiError> {
    let target = match (to, host) {
        (To::Extension(_), None) => return Ok(nobody_there()),
        (To::Extension(place), Some(host)) => {
            DialTarget::Sip(SipAddress::new(place.extension(), host, false, &[])?)
        }
        (To::Number(number), _) => DialTarget::Number(PhoneNumber::new(number)?),
    };
    let dial = Dial {
        action: Some(HttpUrl::new(action)?),
        // Without one Twilio shows the caller's own.
        caller_id: caller_id.map(PhoneNumber::new).transpose()?,
        answer_on_bridge: true,
        timeout_s: Some(RING_S),
        ..Dial::to(target)
    };
    Ok(Twiml::new([Verb::Dial(Box::new(dial)), Verb::Hangup]))
}

/// Says these words, and ends the call.
pub(super) fn last_words(text: &str) -> Twiml {
    Twiml::new([Verb::Say(Say::words(text)), Verb::Hangup])
}

/// Says that nobody can be reached, and ends the call.
pub(super) fn nobody_there() -> Twiml {
    last_words(NOBODY_THERE)
}

/// Says these words, records what the caller says, and asks `action` then; `told` learns when the recording can be fetched. Who
/// says nothing is hung up on.
pub(super) fn record(text: &str, action: &str, told: &str) -> Result<Twiml, ApiError> {
    let record = Record {
        action: HttpUrl::new(action)?,
        status_callback: Some(HttpUrl::new(told)?),
        max_length_s: VOICEMAIL_S_MAX,
        timeout_s: MESSAGE_SILENCE_S,
    };
    Ok(Twiml::new([Verb::Say(Say::words(text)), Verb::Record(record), Verb::Hangup]))
}

/// Says these words, and asks `action` with what the caller says or presses then.
pub(super) fn ask(text: &str, language: &str, one_key: bool, action: &str) -> Result<Twiml, ApiError> {
    let language = locale(language).map(TwimlValue::new).transpose()?;
    let gather = Gather {
        input: GatherInput::DtmfAndSpeech,
        action: HttpUrl::new(action)?,
        num_digits: one_key.then_some(1),
        every_key: true,
        timeout_s: Some(ANSWER_S),
        language: language.clone(),
        hints: None,
        action_on_empty_result: true,
        prompts: vec![Prompt::Say(Say { language, ..Say::words(text) })],
    };
    Ok(Twiml::new([Verb::Gather(gather), Verb::Redirect(HttpUrl::new(action)?)]))
}

/// Says these words, and goes on with what `url` answers.
pub(super) fn redirect(text: &str, url: &str) -> Result<Twiml, ApiError> {
    Ok(Twiml::new([Verb::Say(Say::words(text)), Verb::Redirect(HttpUrl::new(url)?)]))
}

/// A profile's language with its region, as Twilio wants it; none where only Twilio's own fits.
fn locale(language: &str) -> Option<String> {
    let (tag, region) = language.split_once('-').map_or((language, None), |(tag, rest)| (tag, Some(rest)));
    match (tag, region) {
        (_, Some(_)) => Some(language.to_owned()),
        ("en", None) => Some("en-US".to_owned()),
        ("da", None) => Some("da-DK".to_owned()),
        ("ja", None) => Some("ja-JP".to_owned()),
        ("ko", None) => Some("ko-KR".to_owned()),
        ("sv", None) => Some("sv-SE".to_owned()),
        ("de" | "es" | "fi" | "fr" | "it" | "nl" | "pl" | "pt" | "ru", None) => {
            Some(format!("{tag}-{}", tag.to_uppercase()))
        }
        _ => None,
    }
}

/// The XML.
pub(super) fn text(twiml: &Twiml) -> Result<String, ApiError> {
    Ok(twiml.to_xml()?)
}

/// The answer to a webhook.
pub(super) fn response(text: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/xml; charset=utf-8").body(text)
}
