//! A webhook's form, read once: its names are parsed, and the rest contains none.
//!
//! The check of a webhook and its use see the same names, because no function returns a name as text. A name must be in the body,
//! once, as Twilio writes it. One that occurs twice or in the address, or has blanks or capital digits, is refused, whatever else
//! it may mean.

use std::str::FromStr;

use super::{AccountSid, BadForm, CallSid, ConferenceSid, Form, MessageSid, RecordingSid, StreamSid};

/// Suffix of the fields with Twilio's ids.
const SID: &str = "sid";
/// Prefix of a SIP caller's own headers.
const SIP_HEADER: &str = "SipHeader_";
/// The only name of a call without that suffix.
const ENDING: &str = "CallSidEndingConference";

/// The names in a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The account.
    pub account: Option<AccountSid>,
    /// The call that the webhook is about.
    pub call: Option<CallSid>,
    /// The call that started this leg.
    pub parent: Option<CallSid>,
    /// The leg that was dialled.
    pub dialled: Option<CallSid>,
    /// The call that ended a conference.
    pub ending: Option<CallSid>,
    /// A stream.
    pub stream: Option<StreamSid>,
    /// A conference.
    pub conference: Option<ConferenceSid>,
    /// A recording.
    pub recording: Option<RecordingSid>,
    /// A message.
    pub message: Option<MessageSid>,
}

impl Names {
    /// Returns the calls among them.
    pub fn calls(&self) -> impl Iterator<Item = &CallSid> {
        [&self.call, &self.parent, &self.dialled, &self.ending].into_iter().flatten()
    }
}

/// A form whose names are read. Each requested field must occur once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormFields {
    /// The names.
    pub names: Names,
    /// All other fields, without names.
    words: Form,
}

impl Form {
    /// Returns the account that the form names, if its name is valid. It selects the key with which the signature is checked;
    /// [`FormFields::read`] reads it together with everything else.
    pub fn account(&self) -> Option<AccountSid> {
        self.name("AccountSid").ok().flatten()
    }

    /// Reads a name: it must occur once, as Twilio writes it. None if it is missing, or empty, as Twilio sends it when it doesn't
    /// know the value.
    fn name<T: FromStr>(&self, field: &'static str) -> Result<Option<T>, BadForm> {
        let Some(text) = self.once(field)?.get(field)? else { return Ok(None) };
        // The letters of the kind are capitals, the digits are lower case.
        let is_small = !text.bytes().skip(2).any(|byte| byte.is_ascii_uppercase());
        let name = text.parse().ok().filter(|_| is_small);
        name.map(Some).ok_or(BadForm::Unreadable { field })
    }
}

impl FormFields {
    /// Reads a form that came to an address with this query.
    ///
    /// # Errors
    /// A name can't be read, occurs more than once, or is in the address.
    pub fn read(form: Form, query: &str) -> Result<Self, BadForm> {
        let mut in_address = form_urlencoded::parse(query.as_bytes());
        if in_address.any(|(name, _)| is_name(&name)) {
            return Err(BadForm::InAddress);
        }
        let names = Names {
            account: form.name("AccountSid")?,
            call: form.name("CallSid")?,
            parent: form.name("ParentCallSid")?,
            dialled: form.name("DialCallSid")?,
            ending: form.name(ENDING)?,
            stream: form.name("StreamSid")?,
            conference: form.name("ConferenceSid")?,
            recording: form.name("RecordingSid")?,
            message: form.name("MessageSid")?,
        };
        Ok(Self { names, words: form.without(is_name) })
    }

    /// Returns the account.
    ///
    /// # Errors
    /// It names none.
    pub fn account(&self) -> Result<AccountSid, BadForm> {
        self.names.account.clone().ok_or(BadForm::Missing { field: "AccountSid" })
    }

    /// Returns the call that the webhook is about.
    ///
    /// # Errors
    /// It names none.
    pub fn call(&self) -> Result<CallSid, BadForm> {
        self.names.call.clone().ok_or(BadForm::Missing { field: "CallSid" })
    }

    /// Returns the stream that the webhook is about.
    ///
    /// # Errors
    /// It names none.
    pub fn stream(&self) -> Result<StreamSid, BadForm> {
        self.names.stream.clone().ok_or(BadForm::Missing { field: "StreamSid" })
    }

    /// Returns the conference that the webhook is about.
    ///
    /// # Errors
    /// It names none.
    pub fn conference(&self) -> Result<ConferenceSid, BadForm> {
        self.names.conference.clone().ok_or(BadForm::Missing { field: "ConferenceSid" })
    }

    /// Returns the recording that the webhook is about.
    ///
    /// # Errors
    /// It names none.
    pub fn recording(&self) -> Result<RecordingSid, BadForm> {
        self.names.recording.clone().ok_or(BadForm::Missing { field: "RecordingSid" })
    }

    /// Returns the message that the webhook is about.
    ///
    /// # Errors
    /// It names none.
    pub fn message(&self) -> Result<MessageSid, BadForm> {
        self.names.message.clone().ok_or(BadForm::Missing { field: "MessageSid" })
    }

    /// Returns the other fields, each name with its values.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.words.fields()
    }

    /// Returns the value of this field, if it isn't empty.
    ///
    /// # Errors
    /// It is too long, or occurs more than once.
    pub fn get(&self, field: &'static str) -> Result<Option<&str>, BadForm> {
        self.words.once(field)?.get(field)
    }

    /// Returns the value of this field, which is required.
    ///
    /// # Errors
    /// It is missing, empty, too long, or occurs more than once.
    pub fn need(&self, field: &'static str) -> Result<&str, BadForm> {
        self.words.once(field)?.need(field)
    }

    /// Returns the value of this field, parsed; none if it is missing or empty.
    ///
    /// # Errors
    /// It can't be read, is too long, or occurs more than once.
    pub fn read_as<T: FromStr>(&self, field: &'static str) -> Result<Option<T>, BadForm> {
        self.words.once(field)?.read(field)
    }

    /// Returns the value of this field, parsed, which is required.
    ///
    /// # Errors
    /// It is missing, can't be read, is too long, or occurs more than once.
    pub fn must<T: FromStr>(&self, field: &'static str) -> Result<T, BadForm> {
        self.words.once(field)?.must(field)
    }

    /// Whether the value of this field is `true`.
    ///
    /// # Errors
    /// It is too long, or occurs more than once.
    pub fn says(&self, field: &'static str) -> Result<bool, BadForm> {
        self.words.once(field)?.says(field)
    }
}

/// Whether a field has the name of something at Twilio, ignoring case. A SIP caller's own header isn't such a name.
fn is_name(field: &str) -> bool {
    let is_sid = field.to_ascii_lowercase().ends_with(SID) && !field.starts_with(SIP_HEADER);
    is_sid || field.eq_ignore_ascii_case(ENDING)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "CA0123456789abcdef0123456789abcdef";

    fn read(body: &str, query: &str) -> Result<FormFields, BadForm> {
        FormFields::read(Form::parse(body.as_bytes()).unwrap(), query)
    }

    #[test]
    fn names_must_be_once_and_well_formed_in_the_body() {
        let plain = read(&format!("CallSid={CALL}&ParentCallSid=&Body=x"), "message=1").unwrap();
        assert_eq!(plain.call().unwrap().as_str(), CALL);
        assert_eq!((plain.names.parent.as_ref(), plain.names.calls().count()), (None, 1));
        for text in [
            format!("+{CALL}"),
            format!("{CALL}+"),
            format!("%09{CALL}"),
            format!("{CALL}%00"),
            CALL.to_uppercase(),
            CALL.to_lowercase(),
            "%20".to_owned(),
            "CA1".to_owned(),
        ] {
            for field in ["CallSid", "ParentCallSid", "DialCallSid", ENDING] {
                let fault = read(&format!("{field}={text}"), "");
                assert!(matches!(fault, Err(BadForm::Unreadable { .. })), "{field} {text}: {fault:?}");
            }
        }
        let other = CALL.replace('0', "1");
        for more in [CALL, &other, ""] {
            let fault = read(&format!("CallSid={CALL}&Call%53id={more}"), "");
            assert_eq!(fault, Err(BadForm::NotOnce { field: "CallSid" }), "{more}");
        }
        for query in [format!("CallSid={CALL}"), format!("a=1&call%73id={other}"), "RecordingSid".to_owned()]
        {
            assert_eq!(read(&format!("CallSid={CALL}"), &query), Err(BadForm::InAddress), "{query}");
        }
    }

    #[test]
    fn a_requested_field_must_occur_once() {
        let form = read("CallStatus=completed&CallStatus=completed&Body=a&Other=1&Other=2", "").unwrap();
        assert_eq!(form.get("CallStatus"), Err(BadForm::NotOnce { field: "CallStatus" }));
        assert_eq!(form.get("Body"), Ok(Some("a")), "fields that aren't requested are skipped");
    }

    #[test]
    fn no_name_is_returned_as_text() {
        let body = format!("CallSid={CALL}&{ENDING}={CALL}&SmsSid=SM1&callsid={CALL}&QueueSID=x&Body=x");
        let form = read(&body, "").unwrap();
        let left: Vec<&str> = form.fields().map(|(name, _)| name).collect();
        assert_eq!(left, ["Body"]);
        assert_eq!((form.get("CallSid"), form.get("SmsSid")), (Ok(None), Ok(None)));
    }
}
