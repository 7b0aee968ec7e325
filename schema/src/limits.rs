//! Every bound of the system in one table, so that nothing grows without one.
//! A subject with many bounds has a file of its own, and is read here as if it stood here.

mod accounts;
mod backups;
mod business;
mod calls;
mod campaigns;
mod customers;
mod desk;
mod files;
mod floor;
mod osdial;
mod outside;
mod postgres;
mod profiles;
mod recordings;
mod replays;
mod shadows;
mod shares;
mod texts;
mod twilio;
mod web;
mod web_audio;

pub use accounts::*;
pub use backups::*;
pub use business::*;
pub use calls::*;
pub use campaigns::*;
pub use customers::*;
pub use desk::*;
pub use files::*;
pub use floor::*;
pub use osdial::*;
pub use outside::*;
pub use postgres::*;
pub use profiles::*;
pub use recordings::*;
pub use replays::*;
pub use shadows::*;
pub use shares::*;
pub use texts::*;
pub use twilio::*;
pub use web::*;
pub use web_audio::*;

/// Milliseconds of items' audio (an assistant's, faster than real time) that a lane keeps. Two minutes is longer
/// than any utterance a caller listens to; at 8 kHz it is 1.9 MB.
pub const LANE_MS_MAX: u64 = 120_000;

/// Pieces of audio that a lane keeps, against a speaker that sends a few samples at a time: two minutes by 10 ms.
pub const LANE_PIECES_MAX: usize = 12_000;

/// Milliseconds of live audio (a caller's voice) that a lane keeps before it drops the oldest: a stalled ear may miss so much without
/// hearing the past afterwards.
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

/// Time that a row waits for others before its batch is written. With the time of writing itself a killed process loses
/// less than 200 ms.
pub const JOURNAL_BATCH_MS: u64 = 100;

/// Time that an effect that can't be repeated waits for its record to be on disk.
pub const COMMIT_WAIT_MS: u64 = 2_000;

/// First pause after the database refused a batch; doubles with each refusal.
pub const JOURNAL_RETRY_MS_MIN: u64 = 50;

/// Longest pause between two attempts to write a batch.
pub const JOURNAL_RETRY_MS_MAX: u64 = 2_000;

/// Calls whose folded rows the writer remembers; beyond that it reads them again.
pub const JOURNAL_FOLDED_CALLS: usize = 10_000;

/// Bytes of calls' words that the writer remembers, about: an hour of talk has some 35,000. Beyond that it reads the lines again.
pub const JOURNAL_WORDS_BYTES: usize = 64 * 1024 * 1024;

/// Journal entries that a live view may lag behind before it misses some.
pub const JOURNAL_TAP_ENTRIES: usize = 4_096;

/// Changes of what pages show that a live view may lag behind before it misses some.
pub const CHANGES_TAP: usize = 1_024;

/// Changes of profiles and the like that wait for the writer.
pub const STORE_CHANGES_MAX: usize = 256;

/// Connections for reading the database: those of [`DATABASE_READS_MAX`], those of [`DATABASE_READS_OF_STRANGERS_MAX`], and two for calls,
/// sign-ins, the operator and the server itself.
pub const DATABASE_READERS: u32 = 8;

/// Reads that requests make at a time.
pub const DATABASE_READS_MAX: usize = 4;

/// Those of them that one organization makes.
pub const DATABASE_READS_OF_ORGANIZATION_MAX: usize = 3;

/// Those of them that all organizations but the first make together.
pub const DATABASE_READS_OF_OTHERS_MAX: usize = 3;

/// Reads at a time that look up what strangers have sent, as a token: each is by a key, and short.
pub const DATABASE_READS_OF_STRANGERS_MAX: usize = 2;

/// Time that a read waits for its turn, and then for a free connection.
pub const DATABASE_READ_WAIT_MS: u64 = 2_000;

/// Open calls that a start after a crash looks at; older ones are closed unread.
pub const RESUME_CALLS_MAX: usize = 2_000;

/// Longest journal that a start after a crash reads to resume its call.
pub const RESUME_EVENTS_MAX: u64 = 50_000;

/// Entries of all journals together that a start after a crash reads: it is some seconds until the ports are open again. Calls
/// whose journals go beyond it are closed unread, the older first.
pub const RESUME_EVENTS_TOTAL_MAX: u64 = 1_000_000;

/// Entries of a journal that a start has in memory at a time.
pub const RESUME_PAGE_EVENTS: u64 = 500;
/// Milliseconds for which calls had been over at most as their process died, of which a start looks whether something is left to be done: as
/// long as a tool may run behind the end of its call, and some.
pub const RESUME_ENDED_MS: u64 = 30_000;
/// Milliseconds for which it is tried to write what was asked for once and holds from then on, as a wish not to be called again. A start takes up
/// what the process before has left of it, for as long.
pub const OWED_WRITES_MS: u64 = 3_600_000;

/// Time that a process that has resumed calls must live before they count as harmless.
pub const RESUME_SETTLED_MS: u64 = 10_000;

/// Starts in a row that resumed calls and ended before they had settled; the next one closes its calls unread.
pub const RESUME_STARTS_MAX: u32 = 3;

/// AudioSocket connections that may be between their accepting and their UUID at once. An Asterisk sends its UUID
/// within 10 ms, so this many are there only when somebody connects and stays silent; the oldest makes room.
pub const AUDIOSOCKET_HANDSHAKES_MAX: usize = 1_024;

/// Milliseconds for all the bytes of an AudioSocket connection's UUID message.
pub const AUDIOSOCKET_HANDSHAKE_MS_MAX: u64 = 5_000;

/// AudioSocket connections that the kernel keeps until they are accepted (the backlog of `listen`).
pub const AUDIOSOCKET_BACKLOG: i32 = 1_024;

/// Milliseconds that a listener waits after an error of `accept` before it tries again, at most.
pub const ACCEPT_BACKOFF_MS_MAX: u64 = 1_000;

/// Seconds for which a connection that a switch has opened may bring nothing before the kernel asks its machine whether it is there.
pub const PEER_IDLE_S: u64 = 30;
/// Seconds between two such questions.
pub const PEER_PROBE_S: u64 = 10;
/// Such questions in a row without an answer, behind which the peer is gone. It is gone as soon where it acknowledges nothing that it was sent.
pub const PEER_PROBES: u32 = 3;

/// Refused AudioSocket connections that are being ended in order at once; the next one is closed as it is.
pub const AUDIOSOCKET_REFUSALS_MAX: usize = 256;

/// Milliseconds of audio that the kernel is asked to keep for an AudioSocket peer that does not read; it keeps twice as
/// much.
pub const AUDIOSOCKET_SEND_BUFFER_MS: u32 = 1_000;

/// Milliseconds that an AudioSocket connection may take no byte of audio before it counts as broken.
pub const AUDIOSOCKET_STALL_MS_MAX: u64 = 2_000;

/// Keys of a leg, or of a switch's link, that count in a second; nobody presses more, and each is a row of the journal.
pub const KEYS_PER_S_MAX: u32 = 50;

/// Digits that wait to be played to a leg's party as tones: 13 s of them. One request has 32 at most.
pub const DTMF_DIGITS_WAITING_MAX: usize = 64;

/// Characters that an assistant is asked to say at once: some two minutes of speech.
pub const SAY_CHARS_MAX: usize = 2_000;

/// Characters of one hint by a supervisor to an assistant.
pub const HINT_CHARS_MAX: usize = 1_000;

/// Digits that are played at once.
pub const DTMF_DIGITS_MAX: usize = 32;

/// Characters of a filter of the audit log: the beginning of an action's name.
pub const AUDIT_ABOUT_CHARS_MAX: usize = 40;

/// Characters of a profile's name.
pub const PROFILE_NAME_CHARS_MAX: usize = 64;

/// Characters of a profile's instructions. A realtime model takes some 16,000 tokens of them.
pub const PROFILE_INSTRUCTIONS_CHARS_MAX: usize = 40_000;

/// Characters of a profile's greeting.
pub const PROFILE_GREETING_CHARS_MAX: usize = 1_000;

/// Profiles of an organization.
pub const PROFILES_MAX: usize = 1_000;

/// Events that wait for a client of the live view; one that lets more wait is cut off, and comes back to a snapshot.
pub const LIVE_EVENTS_WAITING_MAX: usize = 1_024;

/// Recently ended calls that the live view still knows: reports after an end, as a recording's length, come within seconds.
pub const LIVE_ENDED_CALLS_MAX: usize = 256;

/// Milliseconds after which the live view says something, so that a dead connection is found.
pub const LIVE_HEARTBEAT_MS: u64 = 15_000;

/// Items of a list in one answer, at most.
pub const PAGE_ITEMS_MAX: u32 = 200;

/// Milliseconds after a call's end during which a dialplan gets its caller's next step.
pub const NEXT_VALID_MS: u64 = 60_000;

/// Rows of journal that wait for the database before the server calls itself not ready: seconds of a busy hour, long
/// before rows are lost.
pub const READY_WAITING_MAX: usize = 10_000;

/// Orders that wait for an assistant's provider. A call gives a few a second; more means that the provider is stuck.
pub const ASSISTANT_ORDERS_MAX: usize = 64;

/// Messages that wait for a call, but for those that end something, which always find room. A call gets a few a second; more means
/// that its thread is stuck.
pub const CALL_MAILBOX_MAX: usize = 1_024;

/// Messages that wait for a call when it takes no more keys, questions and connections: they leave room for what happens.
pub const CALL_KEYS_WAITING_MAX: usize = CALL_MAILBOX_MAX / 2;

/// Orders that wait for a leg. A call gives it a handful in all.
pub const LEG_ORDERS_MAX: usize = 64;

/// Messages that wait for the actor of a switch: some of each of a thousand calls that come at once.
pub const SWITCH_MAILBOX_MAX: usize = 8_192;

/// Bytes of one ESL frame's header block. The longest is the answer to `connect`, which holds every channel variable: some
/// 5,000 bytes of a plain call.
pub const ESL_HEADER_BYTES_MAX: usize = 256 * 1_024;

/// Headers of one ESL event that are kept; those behind are passed over. A bridged call has some 250.
pub const ESL_HEADERS_MAX: usize = 4_096;

/// Bytes of one ESL frame's body. Events have 4 to 12 kB; `show channels as json` of 2,000 calls has 2 MB.
pub const ESL_BODY_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Bytes of one value in an ESL command, as an originate with its variables.
pub const ESL_VALUE_BYTES_MAX: usize = 8 * 1_024;

/// Bytes of the text that opens a FreeSWITCH audio WebSocket.
pub const FREESWITCH_METADATA_BYTES_MAX: usize = 8 * 1_024;

/// Milliseconds of sound in one message of a FreeSWITCH audio WebSocket. Usual
/// are 20, or the value of the channel variable `STREAM_BUFFER_SIZE`.
pub const FREESWITCH_MESSAGE_MS_MAX: u32 = 1_000;

/// Milliseconds of sound in one `streamAudio` message to FreeSWITCH.
pub const FREESWITCH_CHUNK_MS_MAX: u32 = 10_000;

/// Bytes of one frame's body on our own connection to a switch: the list of its channels has 1 kB for each.
pub const SWITCH_BODY_BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// Frames of a switch that wait for its actor; then the connection is not read until it has taken some.
pub const SWITCH_FRAMES_MAX: usize = 64;

/// Questions to a switch that wait for their answer: some of each of a thousand calls at once. More means that it is stuck.
pub const SWITCH_QUESTIONS_MAX: usize = 16_384;

/// Pieces of commands that wait to be written to a switch.
pub const SWITCH_WRITES_MAX: usize = 1_024;

/// Bytes of a switch's own words about why it refuses or leaves, as the log and the pages show them.
pub const SWITCH_WORDS_BYTES_MAX: usize = 1_024;

/// Rows of a FreeSWITCH's list of its channels. Each takes more memory than its shortest text.
pub const SWITCH_CHANNELS_LISTED_MAX: usize = 32_768;

/// Channels of a switch that are looked at, one by one, in one comparison with our calls; the next comparison looks at others.
pub const SWITCH_LOOKS_MAX: usize = 64;

/// Control connections that wait for an `accept`; a thousand calls may come at once.
pub const ESL_BACKLOG: i32 = 1_024;

/// Control connections at once that have not said their channel; the oldest gives way to the next.
pub const ESL_HANDSHAKES_MAX: usize = 1_024;

/// Milliseconds that a control connection may take to say its channel. A FreeSWITCH answers `connect` within 1 ms.
pub const ESL_HANDSHAKE_MS_MAX: u64 = 5_000;

/// Refused control connections that are ended in order at once; further ones are closed as they are.
pub const ESL_REFUSALS_MAX: usize = 256;

/// Bytes of one frame's body on a call's control connection. Events have 4 to 12 kB; one with a text that the audio module
/// did not take holds that text, as a piece of sound.
pub const ESL_CONTROL_BODY_BYTES_MAX: usize = 1_024 * 1_024;

/// Bytes of commands that wait to be written on a control connection. More means that the switch does not read.
pub const ESL_UNWRITTEN_BYTES_MAX: usize = 256 * 1_024;

/// Milliseconds that a control connection may take no byte while commands wait.
pub const ESL_STALL_MS_MAX: u64 = 2_000;

/// Actions of one channel that are under way at once. A call asks for a few.
pub const ESL_ACTIONS_MAX: usize = 64;

/// Commands on one connection whose answer has not come.
pub const ESL_UNANSWERED_MAX: usize = 1_024;

/// Milliseconds in which a switch has done what a channel was asked for, but for prompts.
pub const ESL_ACTION_MS_MAX: u64 = 10_000;

/// Milliseconds in which a prompt on the switch's disk has been played.
pub const ESL_PROMPT_MS_MAX: u64 = 600_000;

/// Seconds for which a FreeSWITCH keeps a control connection after the hang-up, so that no event is lost.
pub const ESL_LINGER_S: u32 = 10;

/// Milliseconds that are left to a FreeSWITCH to finish its requests, and
/// to send the record of the call, before its connection is closed.
pub const ESL_FAREWELL_MS_MAX: u64 = 2_000;

/// Milliseconds for which a control connection stays open that its call needs no more, while its channel lives elsewhere: a day.
pub const ESL_BEHIND_MS_MAX: u64 = 86_400_000;

/// Channel variables of an announcement.
pub const ANNOUNCED_VARIABLES_MAX: usize = 64;

/// Bytes of all channel variables of an announcement, names and values together.
pub const ANNOUNCED_VARIABLES_BYTES_MAX: usize = 8 * 1_024;

/// The most characters of a number or name that the metadata of an audio stream announces.
pub const STREAM_ANNOUNCED_CHARS_MAX: usize = 256;

/// Chunks of sound at once that a switch has in files and has not played. A leg keeps a lead of some.
pub const PLAYBACK_CHUNKS_MAX: usize = 256;

/// Milliseconds that a chunk waits for one before it that has not come.
pub const PLAYBACK_GAP_MS: u64 = 200;

/// Milliseconds in which playing stops once it was asked for; FreeSWITCH takes 20.
pub const PLAYBACK_STOP_MS_MAX: u64 = 300;

/// FreeSWITCH audio connections that the kernel keeps until they are accepted (the backlog of `listen`).
pub const STREAM_BACKLOG: i32 = 1_024;

/// Audio connections at once whose request is not complete; the oldest gives way to the next.
pub const STREAM_HANDSHAKES_MAX: usize = 1_024;

/// Bytes of the HTTP head of a FreeSWITCH audio connection. One of the module's own has some 250.
pub const STREAM_HEAD_BYTES_MAX: usize = 8 * 1_024;

/// Headers of that head. The module sends six, and those of `STREAM_EXTRA_HEADERS`.
pub const STREAM_HEADERS_MAX: usize = 64;

/// Milliseconds for all the bytes of that head.
pub const STREAM_HANDSHAKE_MS_MAX: u64 = 5_000;

/// Milliseconds that the one-time token of an audio WebSocket is valid: the start of a stream takes some 20 ms, and may have
/// to wait for an answered channel.
pub const STREAM_TOKEN_MS: u64 = 30_000;

/// Tokens of audio WebSockets that are valid at once; beyond that the oldest is not any more.
pub const STREAM_TOKENS_MAX: usize = 16_384;

/// Refused audio WebSockets that are being ended in order at once; the next one is closed as it is.
pub const STREAM_REFUSALS_MAX: usize = 256;

/// Bytes of one message of an audio WebSocket; a longer one breaks the connection. A second at 16 kHz has 32,000.
pub const STREAM_MESSAGE_BYTES_MAX: usize = 64 * 1_024;

/// Bytes that wait for an audio WebSocket that takes none: some chunks of 200 ms.
pub const STREAM_UNSENT_BYTES_MAX: usize = 64 * 1_024;

/// Milliseconds that an audio WebSocket may take no byte of a chunk before it counts as broken.
pub const STREAM_STALL_MS_MAX: u64 = 2_000;

/// Milliseconds of sound in a chunk, if there is no reason for less.
pub const STREAM_CHUNK_MS: u64 = 200;

/// Milliseconds of sound that may be on their way to a caller and not heard: speech takes effect that much later, and a switch that
/// is late by less is not noticed.
pub const STREAM_LEAD_MS_MAX: u64 = 400;

/// Milliseconds after which a chunk that should have been heard counts as lost.
pub const STREAM_CHUNK_LOST_MS: u64 = 2_000;

/// Milliseconds that a switch may take to report the heard part of playback after it was ordered to stop.
pub const STREAM_STOP_MS_MAX: u64 = 400;

/// Bytes of one datagram of a unicast; FreeSWITCH cuts longer ones.
pub const UNICAST_DATAGRAM_BYTES_MAX: usize = 8_192;

/// Milliseconds until the first datagram of a unicast; it comes 20 to 40 ms after the command.
pub const UNICAST_FIRST_MS_MAX: u64 = 400;

/// Milliseconds without a datagram after which a unicast counts as broken; they come each 20 ms, also in silence.
pub const UNICAST_SILENT_MS_MAX: u64 = 2_000;

/// Extensions that an organization may add to those of the configuration. All of them are copied into each call's start.
pub const EXTENSIONS_MAX: usize = 500;

/// Names of one kind that are granted to an organization: switches, contexts, trunks, caller ids.
pub const GRANTS_MAX: usize = 100;

/// Characters of what people read beside an extension.
pub const EXTENSION_TITLE_CHARS_MAX: usize = 100;

/// Keys and sequences of keys that a profile may give something to do.
pub const DTMF_ACTIONS_MAX: usize = 100;

/// Characters of what a key says.
pub const KEY_SAY_CHARS_MAX: usize = 1_000;

/// Patterns of numbers that an organization's calls may dial.
pub const NUMBER_PATTERNS_MAX: usize = 100;

/// Milliseconds that a leg keeps sound back while no link to the switch is there that has it played; a FreeSWITCH's dialplan tries
/// again after 2 s. After that the sound counts as unheard.
pub const STREAM_AWAY_MS_MAX: u64 = 10_000;

/// Numbers of chunks of sound that each leg has to itself: 200 ms each, two days of them.
pub const STREAM_CHUNKS_OF_LEG_MAX: u64 = 1_000_000;

/// Bytes of the line with which an Asterisk begins; it has some 30.
pub const AMI_BANNER_BYTES_MAX: usize = 128;

/// Bytes of one message of an Asterisk. An event has some 500; the output of a command may be long.
pub const AMI_MESSAGE_BYTES_MAX: usize = 256 * 1_024;

/// Headers of a message that are kept; those behind are passed over.
pub const AMI_HEADERS_MAX: usize = 1_024;

/// Bytes of a line that an Asterisk takes, its name included; a longer one it refuses.
pub const AMI_LINE_BYTES_MAX: usize = 1_024;

/// Actions on one connection to an Asterisk whose answer has not come: some of each of a thousand calls at once. More means
/// that it is stuck.
pub const AMI_ACTIONS_MAX: usize = 16_384;

/// Entries of a list that an Asterisk answers with; those behind are passed over.
pub const AMI_LIST_ROWS_MAX: usize = 20_000;

/// Bytes of the entries of all lists that an Asterisk has begun and not ended; an entry has some 700, and those behind are passed over.
pub const AMI_LIST_BYTES_MAX: usize = 67_108_864;

/// Channels of an Asterisk that are followed; further ones are passed over until some have ended.
pub const AMI_CHANNELS_MAX: usize = 50_000;

/// Bytes of a channel's id, name or number, and of a bridge's id. Asterisk's own bound is 150; longer ones are passed over.
pub const AMI_WORD_BYTES_MAX: usize = 512;

/// Channels that a list lacks and that are asked for, one by one, in one comparison; the next comparison asks for others.
pub const AMI_LOOKS_MAX: usize = 1_024;

/// Announcements of an Asterisk's dialplan that wait for their connections.
pub const AMI_EARLY_WORDS_MAX: usize = 4_096;

/// Variables of a call that we make.
pub const OUTBOUND_VARIABLES_MAX: usize = 32;

/// Characters of the name of such a variable.
pub const OUTBOUND_VARIABLE_NAME_CHARS_MAX: usize = 64;

/// Bytes of the value of such a variable.
pub const OUTBOUND_VARIABLE_BYTES_MAX: usize = 255;

/// Seconds for which a phone that we call rings at least: a network takes some to find it.
pub const ANSWER_TIMEOUT_S_MIN: u16 = 5;

/// Seconds for which it rings at most.
pub const ANSWER_TIMEOUT_S_MAX: u16 = 120;

/// Milliseconds that an assistant waits for a mailbox's tone before it leaves its message all the same.
pub const VOICEMAIL_TONE_MS_MAX: u64 = 30_000;

/// Milliseconds that a message for a mailbox may take: its longest text, and some.
pub const VOICEMAIL_MESSAGE_MS_MAX: u64 = 180_000;

/// Characters of a client's key that makes its request be done once.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;

/// Milliseconds for which such a key is remembered.
pub const IDEMPOTENCY_KEY_MS: u64 = 24 * 3_600_000;

/// Keys of an organization that are kept with what they made, but for those of calls: each of these has its call beside it.
pub const IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX: i64 = 10_000;

/// Those of one of its users or tokens: one program alone takes the keys of no other.
pub const IDEMPOTENCY_KEYS_OF_ONE_MAX: i64 = 7_500;

/// Bytes of an answer that is kept to be given again; of a longer one its key is.
pub const IDEMPOTENT_ANSWER_BYTES_MAX: usize = 65_536;

/// Time after its side effect within which such an answer may come; an answer that has not come then is lost.
pub const IDEMPOTENT_ANSWER_MS_MAX: u64 = 5_000;

/// Bytes of all such answers of an organization; beyond it the keys alone are kept.
pub const IDEMPOTENT_ANSWERS_OF_ORGANIZATION_BYTES_MAX: i64 = 16 * 1_048_576;

/// Bytes of the answers of one of its users or tokens.
pub const IDEMPOTENT_ANSWERS_OF_ONE_BYTES_MAX: i64 = 12 * 1_048_576;

/// Such keys, or deliveries, or reasons why numbers are not to be called, that are forgotten in one transaction; others want to write, too.
pub const FORGOTTEN_AT_ONCE: i64 = 500;

/// Recently made calls whose ids the registry remembers, so that none is made twice.
pub const PLACED_CALLS_KEPT: usize = 1_024;

/// Bytes of how a number is dialled over a line to the outside.
pub const TRUNK_BYTES_MAX: usize = 255;

/// Ports of `audiosocket.port_range`: more than agents of a large floor. Leasing one may try them all.
pub const AUDIO_PORTS_MAX: u16 = 2_000;

/// Seconds that a leased port waits for its connection, where nothing else is asked for.
pub const AUDIO_PORT_TTL_S: u32 = 60;

/// The most seconds that may be asked for.
pub const AUDIO_PORT_TTL_S_MAX: u32 = 3_600;

/// Connections at once to a leased port that have not said their UUID; the oldest gives way to the next. One is the rule.
pub const AUDIO_PORT_HANDSHAKES_MAX: usize = 4;

/// Connections to a leased port that the kernel keeps until they are accepted.
pub const AUDIO_PORT_BACKLOG: i32 = 8;
