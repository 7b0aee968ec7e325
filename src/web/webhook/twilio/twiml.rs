//! The TwiML documents of answers.

use actix_web::HttpResponse;
use cordboard_actors::twilio::StreamPasses;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::document::Passage;
use cordboard_schema::limits::VOICEMAIL_S_MAX;
use cordboard_schema::sentences::Sentences;
use cordboard_schema::wire::twiml::{
    BadTwiml, Connect, Dial, DialTarget, Gather, GatherInput, HttpUrl, Parameter, PhoneNumber, Prompt,
    Record, Say, SipAddress, Stream, StreamUrl, Twiml, TwimlValue, Verb,
};

use crate::web::problem::ApiError;

/// Seconds in which a caller has to begin an answer, and between two keys of it.
const ANSWER_S: u32 = 5;
/// Seconds of silence that end a message.
const MESSAGE_SILENCE_S: u32 = 5;

impl From<BadTwiml> for ApiError {
    fn from(bad: BadTwiml) -> Self {
        // Our document contains values of the configuration, so an operator can correct it.
        Self::Unavailable(format!("the configuration's values make no valid TwiML: {bad}"))
    }
}

/// Opens a stream with a token, and requests `next` when it has ended.
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

/// Target to dial.
#[derive(Clone, Copy, Debug)]
pub(super) enum To<'a> {
    /// An extension of the organization's list.
    Extension(&'a DialplanTarget),
    /// A number that its policy allows.
    Number(&'a str),
}

/// Dials a target, which rings for `ring_s` seconds, and requests `action` when that has ended. Extensions are at this host; if none is known, the
/// caller hears that nobody is there.
pub(super) fn dial(
    to: To<'_>,
    host: Option<&str>,
    caller_id: Option<&str>,
    ring_s: u32,
    action: &str,
) -> Result<Twiml, ApiError> {
    let target = match (to, host) {
        // Nothing is known here about the caller.
        (To::Extension(_), None) => return nobody_there(""),
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
        timeout_s: Some(ring_s),
        ..Dial::to(target)
    };
    Ok(Twiml::new([Verb::Dial(Box::new(dial)), Verb::Hangup]))
}

/// Says these words and ends the call.
pub(super) fn last_words(words: &[Passage]) -> Result<Twiml, ApiError> {
    Ok(Twiml::new(said(words)?.into_iter().map(Verb::Say).chain([Verb::Hangup])))
}

/// Says in this language that nobody can be reached, and ends the call.
pub(super) fn nobody_there(language: &str) -> Result<Twiml, ApiError> {
    last_words(&[ours(language, |ours| ours.not_connected)])
}

/// A sentence of ours in this language.
pub(super) fn ours(language: &str, pick: impl Fn(&'static Sentences) -> &'static str) -> Passage {
    let ours = Sentences::of(language);
    Passage { text: pick(ours).to_owned(), language: ours.language_for(language).to_owned() }
}

/// Words of a document with their languages; an older journal has them without one.
pub(super) fn passages(text: String, passages: Vec<Passage>) -> Vec<Passage> {
    match passages.is_empty() {
        true => vec![Passage { text, language: String::new() }],
        false => passages,
    }
}

fn said(words: &[Passage]) -> Result<Vec<Say>, ApiError> {
    let say = |Passage { text, language }: &Passage| -> Result<Say, ApiError> {
        let language = spoken_locale(language).map(TwimlValue::new).transpose()?;
        Ok(Say { language, ..Say::words(text) })
    };
    words.iter().map(say).collect()
}

/// Says these words, records what the caller says, and then requests `action`; `status_url` is requested when the recording can be fetched. A
/// caller who says nothing is hung up on.
pub(super) fn record(words: &[Passage], action: &str, status_url: &str) -> Result<Twiml, ApiError> {
    let record = Record {
        action: HttpUrl::new(action)?,
        status_callback: Some(HttpUrl::new(status_url)?),
        max_length_s: VOICEMAIL_S_MAX,
        timeout_s: MESSAGE_SILENCE_S,
    };
    let said = said(words)?.into_iter().map(Verb::Say);
    Ok(Twiml::new(said.chain([Verb::Record(record), Verb::Hangup])))
}

/// Says these words, and requests `action` with what the caller then says or presses, in this language.
pub(super) fn ask(words: &[Passage], language: &str, one_key: bool, action: &str) -> Result<Twiml, ApiError> {
    let gather = Gather {
        input: GatherInput::DtmfAndSpeech,
        action: HttpUrl::new(action)?,
        num_digits: one_key.then_some(1),
        every_key: true,
        timeout_s: Some(ANSWER_S),
        language: heard_locale(language).map(TwimlValue::new).transpose()?,
        hints: None,
        action_on_empty_result: true,
        prompts: said(words)?.into_iter().map(Prompt::Say).collect(),
    };
    Ok(Twiml::new([Verb::Gather(gather), Verb::Redirect(HttpUrl::new(action)?)]))
}

/// Says these words, and continues with the answer of `url`.
pub(super) fn redirect(words: &[Passage], url: &str) -> Result<Twiml, ApiError> {
    let said = said(words)?.into_iter().map(Verb::Say);
    Ok(Twiml::new(said.chain([Verb::Redirect(HttpUrl::new(url)?)])))
}

/// The languages with regions that every Twilio voice speaks; for each language, its default region comes first.
const SPOKEN: [&str; 26] = [
    "en-US", "en-AU", "en-CA", "en-GB", "en-IN", "ca-ES", "da-DK", "de-DE", "es-ES", "es-MX", "fi-FI",
    "fr-FR", "fr-CA", "it-IT", "ja-JP", "ko-KR", "nb-NO", "nl-NL", "pl-PL", "pt-BR", "pt-PT", "ru-RU",
    "sv-SE", "zh-CN", "zh-HK", "zh-TW",
];

/// The name of a language for `<Say>`: the default region if this one is not spoken. `None` if only Twilio's own default fits; others are sent
/// unchanged.
fn spoken_locale(language: &str) -> Option<String> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let exact = SPOKEN.iter().find(|spoken| spoken.eq_ignore_ascii_case(language));
    let spoken = exact.or_else(|| SPOKEN.iter().find(|spoken| primary(spoken) == primary(language)));
    let unlisted = || language.contains('-').then(|| language.to_owned());
    spoken.map(|spoken| (*spoken).to_owned()).or_else(unlisted)
}

/// The name of a language for `<Gather>`, which understands more regions than are spoken.
fn heard_locale(language: &str) -> Option<String> {
    match language.contains('-') {
        true => Some(language.to_owned()),
        false => spoken_locale(language),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_the_names_that_twilio_knows() {
        for (language, said, heard) in [
            ("en", Some("en-US"), Some("en-US")),
            ("en-gb", Some("en-GB"), Some("en-gb")),
            ("en-NZ", Some("en-US"), Some("en-NZ")),
            ("de", Some("de-DE"), Some("de-DE")),
            ("de-AT", Some("de-DE"), Some("de-AT")),
            ("fr-CA", Some("fr-CA"), Some("fr-CA")),
            ("es", Some("es-ES"), Some("es-ES")),
            ("it", Some("it-IT"), Some("it-IT")),
            ("nl", Some("nl-NL"), Some("nl-NL")),
            ("pt", Some("pt-BR"), Some("pt-BR")),
            ("pt-PT", Some("pt-PT"), Some("pt-PT")),
            ("tr-TR", Some("tr-TR"), Some("tr-TR")),
            ("tr", None, None),
            ("", None, None),
        ] {
            assert_eq!(spoken_locale(language).as_deref(), said, "{language} said");
            assert_eq!(heard_locale(language).as_deref(), heard, "{language} heard");
        }
    }

    #[test]
    fn a_document_has_the_language_of_each_part() {
        let passage =
            |text: &str, language: &str| Passage { text: text.to_owned(), language: language.to_owned() };
        let words = [passage("Dzień dobry.", "pl"), passage("Press 0.", "en")];
        let asked = text(&ask(&words, "pl", true, "https://calls.example.com/a").unwrap()).unwrap();
        let said = "<Say language=\"pl-PL\">Dzień dobry.</Say><Say language=\"en-US\">Press 0.</Say>";
        assert!(asked.contains(said) && asked.contains(" language=\"pl-PL\""), "{asked}");
        let of_before = passages("Goodbye.".to_owned(), Vec::new());
        let ended = text(&last_words(&of_before).unwrap()).unwrap();
        assert!(ended.contains("<Say>Goodbye.</Say><Hangup/>"), "{ended}");
        let french = text(&nobody_there("fr").unwrap()).unwrap();
        assert!(french.contains("<Say language=\"fr-FR\">Je regrette,"), "{french}");
        let unknown = text(&nobody_there("").unwrap()).unwrap();
        assert!(unknown.contains("<Say language=\"en-US\">I am sorry,"), "{unknown}");
    }
}
