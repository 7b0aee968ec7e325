//! Every bound of the system in one table, so that nothing grows without one.

/// Milliseconds of items' audio (an assistant's, faster than real time) that a lane keeps. Two minutes is longer
/// than any utterance a caller listens to; at 8 kHz it is 1.9 MB.
pub const LANE_MS_MAX: u64 = 120_000;

/// Pieces of audio that a lane keeps, against a speaker that sends a few samples at a time: two minutes by 10 ms.
pub const LANE_PIECES_MAX: usize = 12_000;

/// Milliseconds of live audio (a caller's voice) that a lane keeps before it drops the oldest: what a stalled ear may
/// miss without hearing the past afterwards.
pub const LIVE_LANE_MS_MAX: u64 = 200;

/// Milliseconds of live audio that may wait in a paced lane for long. More of it, left by a burst, is only delay.
pub const LIVE_LANE_MS_KEPT: u64 = 60;

/// Frames that a paced ear may be given at one wake-up; a phone throws away what comes as a longer burst.
pub const FRAMES_PER_WAKE_UP_MAX: u32 = 3;

/// Blocks of 200 ms that wait for the recorder's thread: 4 s of 200 calls, 26 MB at
/// 8 kHz and so on in proportion.
pub const RECORDER_BLOCKS_MAX: usize = 4_096;

/// Milliseconds of silence put in for the time that a resumed recording was not written, at most. The resume window is
/// far shorter; a longer time means that somebody moved the clock.
pub const RECORDING_GAP_MS_MAX: u64 = 600_000;

/// Bytes of samples that one WAV file can hold: its lengths are 32-bit numbers.
pub const WAV_BYTES_MAX: u64 = u32::MAX as u64 - 65_536;

/// Rows of the journal that wait in memory while the database does not take them: at some 1 KB a row 100 MB, and
/// at 100 calls with 10 events a second 100 s.
pub const JOURNAL_WAITING_MAX: usize = 100_000;

/// Rows that the writer puts in one transaction: large enough for 40,000 rows a second on SQLite.
pub const JOURNAL_BATCH_ROWS: usize = 500;

/// How long a row waits for others before its batch is written. With the time of writing itself a killed process
/// loses less than 200 ms.
pub const JOURNAL_BATCH_MS: u64 = 100;

/// How long an effect that can't be repeated waits for its record to be on disk.
pub const COMMIT_WAIT_MS: u64 = 2_000;

/// First pause after the database refused a batch; doubles with each refusal.
pub const JOURNAL_RETRY_MS_MIN: u64 = 50;

/// Longest pause between two attempts to write a batch.
pub const JOURNAL_RETRY_MS_MAX: u64 = 2_000;

/// Calls whose folded rows the writer remembers; beyond that it reads them again.
pub const JOURNAL_FOLDED_CALLS: usize = 10_000;

/// Journal entries that a live view may lag behind before it misses some.
pub const JOURNAL_TAP_ENTRIES: usize = 4_096;

/// Changes of profiles and the like that wait for the writer.
pub const STORE_CHANGES_MAX: usize = 64;

/// Connections for reading the database.
pub const DATABASE_READERS: u32 = 4;

/// How long a read waits for a free connection.
pub const DATABASE_READ_WAIT_MS: u64 = 2_000;

/// Open calls that a start after a crash looks at; older ones are closed unread.
pub const RESUME_CALLS_MAX: usize = 2_000;

/// Longest journal that a start after a crash reads into memory to resume its call.
pub const RESUME_EVENTS_MAX: usize = 50_000;

/// AudioSocket connections that may be between their accepting and their UUID at once. An Asterisk sends its UUID
/// within 10 ms, so this many are there only when somebody connects and stays silent; the oldest makes room.
pub const AUDIOSOCKET_HANDSHAKES_MAX: usize = 1_024;

/// Milliseconds for all the bytes of an AudioSocket connection's UUID message.
pub const AUDIOSOCKET_HANDSHAKE_MS_MAX: u64 = 5_000;

/// AudioSocket connections that the kernel keeps until they are accepted (the backlog of `listen`).
pub const AUDIOSOCKET_BACKLOG: i32 = 1_024;

/// Milliseconds that a listener waits after an error of `accept` before it tries again, at most.
pub const ACCEPT_BACKOFF_MS_MAX: u64 = 1_000;

/// Refused AudioSocket connections that are being ended in order at once; the next one is closed as it is.
pub const AUDIOSOCKET_REFUSALS_MAX: usize = 256;

/// Milliseconds of audio that the kernel is asked to keep for an AudioSocket peer that does not read; it keeps twice as
/// much.
pub const AUDIOSOCKET_SEND_BUFFER_MS: u32 = 1_000;

/// Milliseconds that an AudioSocket connection may take no byte of audio before it counts as broken.
pub const AUDIOSOCKET_STALL_MS_MAX: u64 = 2_000;

/// Digits that an AudioSocket leg passes on in a second; nobody presses more, and each is a row of the journal.
pub const AUDIOSOCKET_DIGITS_PER_S_MAX: u32 = 50;

/// Digits that wait to be played to a leg's party as tones: 13 s of them. One request has 32 at most.
pub const DTMF_DIGITS_WAITING_MAX: usize = 64;

/// Bytes of a request's path and query together; the API's longest is some 1,100.
pub const HTTP_URI_BYTES_MAX: usize = 4_096;

/// Bytes of a request's body: 2,000 characters to say, each written as an escape of JSON, and some.
pub const HTTP_BODY_BYTES_MAX: usize = 32_768;

/// Bytes of an agent profile that is sent: its longest instructions, each character of four bytes, and some.
pub const HTTP_PROFILE_BYTES_MAX: usize = 196_608;

/// Characters that an assistant is asked to say at once: some two minutes of speech.
pub const SAY_CHARS_MAX: usize = 2_000;

/// Digits that are played at once.
pub const DTMF_DIGITS_MAX: usize = 32;

/// Characters of a profile's name.
pub const PROFILE_NAME_CHARS_MAX: usize = 64;

/// Characters of a profile's instructions. A realtime model takes some 16,000 tokens of them.
pub const PROFILE_INSTRUCTIONS_CHARS_MAX: usize = 40_000;

/// Characters of a profile's greeting.
pub const PROFILE_GREETING_CHARS_MAX: usize = 1_000;

/// Profiles of an organization.
pub const PROFILES_MAX: usize = 1_000;

/// Clients of the live view at a time.
pub const LIVE_CLIENTS_MAX: usize = 64;

/// Events that wait for a client of the live view; one that lets more wait is cut off, and comes back to a snapshot.
pub const LIVE_EVENTS_WAITING_MAX: usize = 1_024;

/// Calls that ended of late which the live view still knows: what comes after an end, as a recording's length, comes
/// within seconds.
pub const LIVE_ENDED_CALLS_MAX: usize = 256;

/// Milliseconds after which the live view says something, so that a dead connection is found.
pub const LIVE_HEARTBEAT_MS: u64 = 15_000;

/// Bytes of one value that a dialplan or a program sends, as a caller's number.
pub const HTTP_VALUE_BYTES_MAX: usize = 256;

/// HTTP connections of one worker at a time; further ones wait in the kernel.
pub const HTTP_CONNECTIONS_MAX: usize = 1_024;

/// Milliseconds for a request's head to come, against clients that send a byte a second.
pub const HTTP_REQUEST_MS_MAX: u64 = 5_000;

/// Milliseconds that a connection without a request is kept.
pub const HTTP_IDLE_MS_MAX: u64 = 15_000;

/// Milliseconds that a client may take no byte of its answer.
pub const HTTP_STALL_MS_MAX: u64 = 15_000;

/// Milliseconds that a request waits for the registry: the registry's own longest answer takes 4 s.
pub const HTTP_REGISTRY_WAIT_MS: u64 = 5_000;

/// Items of a list in one answer, at most.
pub const PAGE_ITEMS_MAX: u32 = 200;

/// Milliseconds after a call's end during which a dialplan is told where its caller goes.
pub const NEXT_VALID_MS: u64 = 60_000;

/// Rows of journal that wait for the database before the server calls itself not ready: seconds of a busy hour, long
/// before rows are lost.
pub const READY_WAITING_MAX: usize = 10_000;

/// Orders that wait for an assistant's provider. A call gives a few a second; more means that the provider is stuck.
pub const ASSISTANT_ORDERS_MAX: usize = 64;

/// Wrong tokens that one address may try to sign in with in [`SIGN_IN_WINDOW_MS`].
pub const SIGN_IN_ATTEMPTS_MAX: u32 = 5;

/// Milliseconds that an address waits, counted from its first wrong token.
pub const SIGN_IN_WINDOW_MS: u64 = 60_000;

/// Addresses whose wrong tokens are counted; beyond that the oldest are forgotten.
pub const SIGN_IN_ADDRESSES_MAX: usize = 4_096;

/// Milliseconds that a sign-in to the pages lasts: a working day.
pub const SESSION_MS: u64 = 12 * 3_600_000;

/// Sign-ins to the pages at once; the next one ends the oldest.
pub const SESSIONS_MAX: usize = 1_000;

/// Messages that wait for a call. It is told a few a second; more means that its thread is stuck.
pub const CALL_MAILBOX_MAX: usize = 1_024;

/// Orders that wait for a leg. A call gives it a handful in all.
pub const LEG_ORDERS_MAX: usize = 64;

/// Orders that wait for a control connection. A call gives a few a second; more means that the connection is stuck.
pub const CONTROL_ORDERS_MAX: usize = 256;

/// Messages that wait for the actor of a switch: some of each of a thousand calls that come at once.
pub const SWITCH_MAILBOX_MAX: usize = 8_192;

/// Extensions that an organization may add to those of the configuration. All of them are copied into each call's start.
pub const EXTENSIONS_MAX: usize = 500;

/// Characters of what people read beside an extension.
pub const EXTENSION_TITLE_CHARS_MAX: usize = 100;

/// Keys and sequences of keys that a profile may give something to do.
pub const DTMF_ACTIONS_MAX: usize = 100;

/// Characters of what a key says.
pub const KEY_SAY_CHARS_MAX: usize = 1_000;

/// Patterns of numbers that an organization's calls may dial.
pub const NUMBER_PATTERNS_MAX: usize = 100;
