//! The verbs.

use super::element::Element;
use super::{BadTwiml, Dial, HttpUrl, StreamUrl, TwimlValue};
use crate::limits::TWILIO_PARAMETER_CHARS_MAX;

/// One step of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Opens a media stream to us, and waits until we close it.
    Connect(Connect),
    /// Continues with the document that this address returns for a `POST`.
    Redirect(HttpUrl),
    /// Asks the caller for keys or words.
    Gather(Gather),
    /// Says a text.
    Say(Say),
    /// Plays a file, or keys.
    Play(Play),
    /// Waits this many seconds.
    Pause(u32),
    /// Calls a party, and joins them with the caller.
    Dial(Box<Dial>),
    /// Records the caller.
    Record(Record),
    /// Refuses the call without answering it.
    Reject(RejectReason),
    /// Ends the call.
    Hangup,
}

impl Verb {
    /// Returns the number of verbs in it, including itself.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Gather(gather) => 1 + gather.prompts.len(),
            _ => 1,
        }
    }

    pub(super) fn element(&self) -> Element {
        match self {
            Self::Connect(connect) => connect.element(),
            Self::Redirect(url) => Element::new("Redirect").attribute("method", "POST").text(url.as_str()),
            Self::Gather(gather) => gather.element(),
            Self::Say(say) => say.element(),
            Self::Play(play) => play.element(),
            Self::Pause(seconds) => Element::new("Pause").attribute("length", seconds.to_string()),
            Self::Dial(dial) => dial.element(),
            Self::Record(record) => record.element(),
            Self::Reject(reason) => Element::new("Reject").attribute("reason", reason.as_str()),
            Self::Hangup => Element::new("Hangup"),
        }
    }
}

/// `<Connect>` with its `<Stream>`: sound in both directions. The next verb follows only once we have closed the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// URL that is requested when the stream has ended; without it the next verb follows.
    pub action: Option<HttpUrl>,
    /// The stream.
    pub stream: Stream,
}

/// `<Stream>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Its URL.
    pub url: StreamUrl,
    /// Its name, for its callbacks.
    pub name: Option<TwimlValue>,
    /// URL that is notified of its beginning, its end, and errors.
    pub status_callback: Option<HttpUrl>,
    /// Parameters in its `start`.
    pub parameters: Vec<Parameter>,
}

/// `<Parameter>`: a name and a value for a stream's `start`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    name: TwimlValue,
    value: TwimlValue,
}

impl Parameter {
    /// Accepts both.
    ///
    /// # Errors
    /// The name is empty, one of them can't be in a document, or both together are too long.
    pub fn new(name: &str, value: &str) -> Result<Self, BadTwiml> {
        let chars = name.chars().count() + value.chars().count();
        if chars > TWILIO_PARAMETER_CHARS_MAX {
            return Err(BadTwiml::ParameterTooLong { chars });
        }
        if name.is_empty() {
            return Err(BadTwiml::NoName);
        }
        Ok(Self { name: TwimlValue::new(name)?, value: TwimlValue::new(value)? })
    }
}

impl Connect {
    fn element(&self) -> Element {
        let Stream { url, name, status_callback, parameters } = &self.stream;
        let stream = Element::new("Stream")
            .attribute("url", url.as_str())
            .maybe("name", name.as_ref().map(TwimlValue::as_str))
            .maybe("statusCallback", status_callback.as_ref().map(HttpUrl::as_str));
        let stream = parameters.iter().fold(stream, |stream, Parameter { name, value }| {
            let parameter = Element::new("Parameter");
            stream.child(parameter.attribute("name", name.as_str()).attribute("value", value.as_str()))
        });
        Element::new("Connect").maybe("action", self.action.as_ref().map(HttpUrl::as_str)).child(stream)
    }
}

/// `<Say>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// The words.
    pub text: TwimlValue,
    /// The voice, as `Polly.Joanna`.
    pub voice: Option<TwimlValue>,
    /// The language, as `en-US`.
    pub language: Option<TwimlValue>,
}

impl Say {
    /// Says these words, in Twilio's default voice.
    pub fn words(text: &str) -> Self {
        Self { text: TwimlValue::spoken(text), voice: None, language: None }
    }

    fn element(&self) -> Element {
        Element::new("Say")
            .maybe("voice", self.voice.as_ref().map(TwimlValue::as_str))
            .maybe("language", self.language.as_ref().map(TwimlValue::as_str))
            .text(self.text.as_str())
    }
}

/// `<Play>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Play {
    /// A file.
    File(HttpUrl),
    /// Keys, as `ww123`.
    Digits(TwimlValue),
}

impl Play {
    fn element(&self) -> Element {
        match self {
            Self::File(url) => Element::new("Play").text(url.as_str()),
            Self::Digits(digits) => Element::new("Play").attribute("digits", digits.as_str()),
        }
    }
}

/// Sound for a caller while they are asked for input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// A text.
    Say(Say),
    /// A file, or keys.
    Play(Play),
    /// This many seconds of silence.
    Pause(u32),
}

/// Inputs that a `<Gather>` accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatherInput {
    /// Keys.
    Dtmf,
    /// Words.
    Speech,
    /// Both.
    DtmfAndSpeech,
}

/// `<Gather>`: asks the caller, and continues with the next verb if there is no input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gather {
    /// Keys, words or both.
    pub input: GatherInput,
    /// URL that gets the input.
    pub action: HttpUrl,
    /// Number of keys after which the input is complete.
    pub num_digits: Option<u32>,
    /// Whether no key ends the input: `#`, which usually does, is passed on like any other.
    pub every_key: bool,
    /// Seconds to wait for the first key or word, and for the next key.
    pub timeout_s: Option<u32>,
    /// The language of the words, as `en-US`.
    pub language: Option<TwimlValue>,
    /// Words that are likely to be said.
    pub hints: Option<TwimlValue>,
    /// Whether the action is requested even if there is no input.
    pub action_on_empty_result: bool,
    /// Sound for the caller meanwhile.
    pub prompts: Vec<Prompt>,
}

impl Gather {
    fn element(&self) -> Element {
        let input = match self.input {
            GatherInput::Dtmf => "dtmf",
            GatherInput::Speech => "speech",
            GatherInput::DtmfAndSpeech => "dtmf speech",
        };
        let gather = Element::new("Gather")
            .attribute("action", self.action.as_str())
            .attribute("input", input)
            .number("numDigits", self.num_digits)
            .maybe("finishOnKey", self.every_key.then_some(""))
            .number("timeout", self.timeout_s)
            .maybe("speechTimeout", (self.input != GatherInput::Dtmf).then_some("auto"))
            .maybe("language", self.language.as_ref().map(TwimlValue::as_str))
            .maybe("hints", self.hints.as_ref().map(TwimlValue::as_str))
            .maybe("actionOnEmptyResult", self.action_on_empty_result.then_some("true"));
        self.prompts.iter().fold(gather, |gather, prompt| {
            gather.child(match prompt {
                Prompt::Say(say) => say.element(),
                Prompt::Play(play) => play.element(),
                Prompt::Pause(seconds) => Verb::Pause(*seconds).element(),
            })
        })
    }
}

/// `<Record>`: the caller leaves a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// URL that is requested afterwards.
    pub action: HttpUrl,
    /// URL that is called once the recording can be fetched.
    pub status_callback: Option<HttpUrl>,
    /// Maximum length in seconds.
    pub max_length_s: u32,
    /// Seconds of silence that end it.
    pub timeout_s: u32,
}

impl Record {
    fn element(&self) -> Element {
        Element::new("Record")
            .attribute("action", self.action.as_str())
            .attribute("maxLength", self.max_length_s.to_string())
            .attribute("timeout", self.timeout_s.to_string())
            .maybe("recordingStatusCallback", self.status_callback.as_ref().map(HttpUrl::as_str))
            .flag("playBeep", true)
    }
}

/// Signal to a caller whose call isn't answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectReason {
    /// Busy.
    Busy,
    /// The number is not in service.
    Rejected,
}

impl RejectReason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Rejected => "rejected",
        }
    }
}
