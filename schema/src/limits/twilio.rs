//! Bounds of messages from and to Twilio.

/// Bytes of one message of a media stream, either way; a longer one ends the stream. 20 ms of sound have about 400.
pub const TWILIO_MESSAGE_BYTES_MAX: usize = 64 * 1_024;

/// Custom parameters that a stream's `start` may have; we send two.
pub const TWILIO_PARAMETERS_MAX: usize = 64;

/// Characters of a `<Parameter>`, name and value together: Twilio's own bound.
pub const TWILIO_PARAMETER_CHARS_MAX: usize = 500;

/// Bytes of a webhook's body. The longest known one has a `CallToken` of some kilobytes.
pub const TWILIO_FORM_BYTES_MAX: usize = 64 * 1_024;

/// Bytes of the id by which a repeated webhook is recognized: Twilio's is a UUID. Answers are remembered by it.
pub const TWILIO_IDEMPOTENCY_BYTES_MAX: usize = 128;

/// Fields of a webhook's body; that of a call has about 30.
pub const TWILIO_FORM_FIELDS_MAX: usize = 256;

/// Bytes of one value of a webhook that are read: the body of a message has up to 1,600 characters.
pub const TWILIO_VALUE_BYTES_MAX: usize = 8 * 1_024;

/// Characters of a party's name from Twilio, which is a number or an address.
pub const TWILIO_PARTY_CHARS_MAX: usize = 256;

/// Characters of one value in TwiML: a text to say may have 4,096.
pub const TWIML_VALUE_CHARS_MAX: usize = 4_096;

/// Bytes of a TwiML document: Twilio's own bound.
pub const TWIML_BYTES_MAX: usize = 64 * 1_024;

/// Characters of a TwiML document that is sent inline to the REST API.
pub const TWIML_INLINE_CHARS_MAX: usize = 4_000;

/// Verbs of a TwiML document, including nested ones.
pub const TWIML_VERBS_MAX: usize = 64;

/// Characters of a message to send: Twilio's own bound.
pub const TWILIO_SMS_CHARS_MAX: usize = 1_600;

/// Bytes of an answer of the REST API that are read.
pub const TWILIO_ANSWER_BYTES_MAX: usize = 256 * 1_024;

/// Messages on a page of the account's list.
pub const TWILIO_LIST_MESSAGES: u32 = 200;

/// Bytes of such a page that are read. A message has up to 1,600 characters, each of which is written with up to 12 bytes, and a
/// kilobyte of other fields.
pub const TWILIO_LIST_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Pages of the account's list that are read at one time.
pub const TWILIO_LIST_PAGES_MAX: usize = 50;

/// Bytes of the query by which Twilio names the next page of a list.
pub const TWILIO_NEXT_PAGE_BYTES_MAX: usize = 2_048;

/// Characters of an error's text that are kept.
pub const TWILIO_ERROR_CHARS_MAX: usize = 500;

/// Milliseconds of sound that Twilio is sent ahead of its playback. That much is discarded at a barge-in, and the network may be
/// late by that much.
pub const TWILIO_AHEAD_MS_MAX: u64 = 200;

/// Milliseconds from the opening of a stream's WebSocket to its `start` with the token.
pub const TWILIO_START_MS_MAX: u64 = 5_000;

/// Messages before a stream's `start`; there is one, `connected`.
pub const TWILIO_MESSAGES_BEFORE_START_MAX: usize = 8;

/// Milliseconds that the token of a stream is valid: Twilio opens the stream within a second of our TwiML.
pub const TWILIO_TOKEN_MS: u64 = 30_000;

/// Messages of a stream that wait in one direction: 1.3 s of sound.
pub const TWILIO_PIPE_MESSAGES_MAX: usize = 64;

/// Milliseconds of silence that are inserted for lost sound. More of it would only be delay.
pub const TWILIO_GAP_MS_MAX: u64 = 1_000;

/// Milliseconds that a stream may take no message before it counts as broken.
pub const TWILIO_STALL_MS_MAX: u64 = 2_000;

/// Milliseconds that a stream may send nothing before it counts as broken: Twilio sends sound every 20 ms, even silence.
pub const TWILIO_SILENT_MS_MAX: u64 = 5_000;

/// Streams that may be between their opening and their `start` at once; the oldest gives way to the next.
pub const TWILIO_HANDSHAKES_MAX: usize = 1_024;

/// Webhooks of Twilio's calls that are remembered, of all accounts together, so that a repeated one gets the same answer. Beyond
/// that the account with the most forgets its oldest.
pub const TWILIO_CALLS_REMEMBERED_MAX: usize = 16_384;

/// Characters of a caller's words that are read per turn, and of a requested extension.
pub const TWILIO_SPEECH_CHARS_MAX: usize = 1_000;

/// Maximum length of a caller's message, in seconds.
pub const VOICEMAIL_S_MAX: u32 = 180;

/// Bytes of a recording that are fetched: a message of that length, with 16-bit samples at 8 kHz, plus a margin.
pub const TWILIO_RECORDING_BYTES_MAX: usize = 8 * 1_024 * 1_024;

/// Callers above the limit of calls who may be turned away at once with an announcement, a message or a forward.
pub const TURNED_AWAY_CALLS_MAX: usize = 100;

/// Concurrent requests to the REST API; further ones wait their turn.
pub const TWILIO_REQUESTS_AT_ONCE_MAX: usize = 16;

/// Requests to the REST API that wait for their turn; one more is refused.
pub const TWILIO_REQUESTS_WAITING_MAX: usize = 1_024;

/// Attempts of one request to the REST API, including the first one.
pub const TWILIO_TRIES_MAX: u32 = 5;

/// Milliseconds that a connection to the REST API may take.
pub const TWILIO_CONNECT_MS_MAX: u64 = 5_000;

/// Milliseconds that one attempt of a request may take, from its start to the last byte of its answer.
pub const TWILIO_REQUEST_MS_MAX: u64 = 15_000;

/// Maximum `Retry-After` that is obeyed, in s; a longer one counts as a refusal.
pub const TWILIO_RETRY_AFTER_S_MAX: u64 = 30;

/// Milliseconds that moving a caller to the person who waits for them may take, over all attempts; the call gives up a second
/// later.
pub const TWILIO_JOIN_MS_MAX: u64 = 4_000;

/// People who are asked to take over, or have taken over, at one time; one more is refused.
pub const TWILIO_PEOPLE_MAX: usize = 10_000;

/// Unfinished calls that we make at Twilio, as far as is known; one more is refused.
pub const TWILIO_PLACED_MAX: usize = 10_000;

/// Milliseconds that a call may wait in Twilio's queue before it is dialled: an account with one call a second dials 600 that
/// were requested together. If the call is placed later, its party may no longer expect it.
pub const TWILIO_QUEUED_MS_MAX: u64 = 10 * 60_000;

/// Seconds that Twilio may take to detect whether a machine has answered; the called party hears nothing meanwhile.
pub const TWILIO_DETECTION_S_MAX: u32 = 10;

/// Milliseconds after the beginning of a call during which its caller's message is still fetched, if a process ended before it
/// was.
pub const MESSAGE_AWAITED_MS_MAX: u64 = 7 * 24 * 3_600_000;

/// Milliseconds that the report on a caller's message may take. After that Twilio is asked for it.
pub const MESSAGE_REPORT_MS_MAX: u64 = 10 * 60_000;

/// Milliseconds after the end of a call for which Twilio is asked for its caller's message.
pub const MESSAGE_ASKED_ABOUT_MS_MAX: u64 = 24 * 60 * 60_000;
