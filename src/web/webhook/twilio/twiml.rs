//! The documents that are answered.

use actix_web::HttpResponse;
use cordboard_actors::twilio::StreamPasses;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::wire::twiml::{
    BadTwiml, Connect, Dial, DialTarget, HttpUrl, Parameter, Say, SipAddress, Stream, StreamUrl, Twiml, Verb,
};

use crate::web::problem::ApiError;

/// What a caller hears whom nobody can be found for.
const NOBODY_THERE: &str = "I am sorry, nobody can be reached at the moment. Please call again later.";

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

/// Sends a caller to an extension at this host; where none is known, they hear so.
pub(super) fn onward(target: &DialplanTarget, host: Option<&str>) -> Result<Twiml, ApiError> {
    let Some(host) = host else {
        return Ok(Twiml::new([Verb::Say(Say::words(NOBODY_THERE)), Verb::Hangup]));
    };
    let address = SipAddress::new(target.extension(), host, false, &[])?;
    let dial = Dial { answer_on_bridge: true, ..Dial::to(DialTarget::Sip(address)) };
    Ok(Twiml::new([Verb::Dial(Box::new(dial)), Verb::Hangup]))
}

/// The XML.
pub(super) fn text(twiml: &Twiml) -> Result<String, ApiError> {
    Ok(twiml.to_xml()?)
}

/// The answer to a webhook.
pub(super) fn response(text: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/xml; charset=utf-8").body(text)
}
