//! Bounds of what comes from Twilio and goes there.

/// Bytes of one message of a media stream, either way; a longer one ends the stream. 20 ms of sound have some 400.
pub const TWILIO_MESSAGE_BYTES_MAX: usize = 64 * 1_024;

/// Custom parameters that a stream's `start` is taken with; we send two.
pub const TWILIO_PARAMETERS_MAX: usize = 64;

/// Characters of a `<Parameter>`, name and value together: Twilio's own bound.
pub const TWILIO_PARAMETER_CHARS_MAX: usize = 500;

/// Bytes of a webhook's body. The longest that is known holds a `CallToken` of some kilobytes.
pub const TWILIO_FORM_BYTES_MAX: usize = 64 * 1_024;

/// Fields of a webhook's body; a call has some 30.
pub const TWILIO_FORM_FIELDS_MAX: usize = 256;

/// Bytes of one value of a webhook that is read: the body of a message has 1,600 characters at most.
pub const TWILIO_VALUE_BYTES_MAX: usize = 8 * 1_024;

/// Characters of a party's name as Twilio gives it, a number or an address.
pub const TWILIO_PARTY_CHARS_MAX: usize = 256;

/// Characters of one value in TwiML: a text that is said may have 4,096.
pub const TWIML_VALUE_CHARS_MAX: usize = 4_096;

/// Bytes of a TwiML document: Twilio's own bound.
pub const TWIML_BYTES_MAX: usize = 64 * 1_024;

/// Characters of a TwiML document that is sent inline to the REST API.
pub const TWIML_INLINE_CHARS_MAX: usize = 4_000;

/// Verbs of a TwiML document, those within others included.
pub const TWIML_VERBS_MAX: usize = 64;

/// Characters of a message that is sent: Twilio's own bound.
pub const TWILIO_SMS_CHARS_MAX: usize = 1_600;

/// Bytes of an answer of the REST API that are read.
pub const TWILIO_ANSWER_BYTES_MAX: usize = 256 * 1_024;

/// Characters of an error's words that are kept.
pub const TWILIO_ERROR_CHARS_MAX: usize = 500;
