//! TwiML: the answer to a webhook, with the verbs that we use.
//!
//! A document is made of typed verbs, and its values are [`TwimlValue`]s and narrower kinds. So nothing from outside can end an
//! element, begin a line, or become an address. Source: twilio.com/docs/voice/twiml.

mod dial;
mod element;
mod value;
mod verb;

pub use dial::{Conference, Dial, DialTarget, SipAddress};
use element::Element;
pub use value::{BadTwiml, HttpUrl, PhoneNumber, StreamUrl, TwimlValue};
pub use verb::{
    Connect, Gather, GatherInput, Parameter, Play, Prompt, Record, RejectReason, Say, Stream, Verb,
};

use crate::limits::{TWIML_BYTES_MAX, TWIML_VERBS_MAX};

/// A document: verbs that are carried out one after the other. After the last one the call is hung up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Twiml {
    verbs: Vec<Verb>,
}

impl Twiml {
    /// Returns a document of these verbs. Without any verb it hangs up.
    pub fn new(verbs: impl IntoIterator<Item = Verb>) -> Self {
        Self { verbs: verbs.into_iter().collect() }
    }

    /// Returns the XML.
    ///
    /// # Errors
    /// It has more verbs or bytes than Twilio accepts, or a `<Reject>` that isn't its first verb.
    pub fn to_xml(&self) -> Result<String, BadTwiml> {
        if self.verbs.iter().skip(1).any(|verb| matches!(verb, Verb::Reject(_))) {
            return Err(BadTwiml::LateReject);
        }
        let count = self.verbs.iter().map(Verb::count).sum();
        if count > TWIML_VERBS_MAX {
            return Err(BadTwiml::TooManyVerbs { verbs: count });
        }
        let response =
            self.verbs.iter().fold(Element::new("Response"), |all, verb| all.child(verb.element()));
        let mut xml = String::from(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
        response.write(&mut xml);
        if xml.len() > TWIML_BYTES_MAX {
            return Err(BadTwiml::TooLong { bytes: xml.len() });
        }
        Ok(xml)
    }
}
