//! Every bound of the system in one table, so that nothing grows without one. A subject with many bounds has a file of its own,
//! which is re-exported here.

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

/// Milliseconds of items' audio (an assistant's, faster than real time) that a lane keeps. Two minutes is longer than any
/// utterance that a caller listens to; at 8 kHz it is 1.9 MB.
pub const LANE_MS_MAX: u64 = 120_000;

/// Pieces of audio that a lane keeps, in case a speaker sends only a few samples at a time: two minutes of 10 ms pieces.
pub const LANE_PIECES_MAX: usize = 12_000;

/// Milliseconds of live audio (a caller's voice) that a lane keeps before it drops the oldest. A stalled ear may miss that much,
/// and doesn't hear the past afterwards.
pub const LIVE_LANE_MS_MAX: u64 = 200;

/// Milliseconds of live audio in one message up to which all of it is heard: some peers collect that much before they send it. A
/// longer message is what a stall has left.
pub const LIVE_MESSAGE_MS_MAX: u64 = 1_000;

/// Milliseconds of live audio that may wait in a paced lane for long. More of it, left by a burst, only adds delay.
pub const LIVE_LANE_MS_KEPT: u64 = 60;

/// Frames that a paced ear may get at one wake-up; a phone discards a longer burst.
pub const FRAMES_PER_WAKE_UP_MAX: u32 = 3;

/// Blocks of 200 ms that wait for the recorder's thread: 4 s for 200 calls, which is 26 MB at 8 kHz and proportionally more at
/// higher rates.
pub const RECORDER_BLOCKS_MAX: usize = 4_096;

/// Maximum milliseconds of silence inserted for the time in which a resumed recording was not written. The resume window is far
/// shorter; a longer time means that the clock was changed.
pub const RECORDING_GAP_MS_MAX: u64 = 600_000;

/// Bytes of samples that one WAV file can hold: its lengths are 32-bit numbers.
pub const WAV_BYTES_MAX: u64 = u32::MAX as u64 - 65_536;

/// Journal rows that wait in memory while the database doesn't take them: 100 MB at about 1 KB a row, and 100 s at 100 calls with
/// 10 events a second.
pub const JOURNAL_WAITING_MAX: usize = 100_000;

/// Rows that the writer puts in one transaction: large enough for 40,000 rows a second on SQLite.
pub const JOURNAL_BATCH_ROWS: usize = 500;

/// Time that a row waits for others before its batch is written. Including the time of the write itself, a killed process loses
/// less than 200 ms.
pub const JOURNAL_BATCH_MS: u64 = 100;

/// Time that an effect that can't be repeated waits for its record to be on disk.
pub const COMMIT_WAIT_MS: u64 = 2_000;

/// First pause after the database has refused a batch; it doubles with each refusal.
pub const JOURNAL_RETRY_MS_MIN: u64 = 50;

/// Longest pause between two attempts to write a batch.
pub const JOURNAL_RETRY_MS_MAX: u64 = 2_000;

/// Calls whose folded rows the writer remembers; beyond that it reads them from the database again.
pub const JOURNAL_FOLDED_CALLS: usize = 10_000;

/// Approximate bytes of calls' words that the writer remembers: an hour of conversation has about 35,000. Beyond that it reads
/// the lines again.
pub const JOURNAL_WORDS_BYTES: usize = 64 * 1024 * 1024;

/// Journal entries that a live view may lag behind before it misses some.
pub const JOURNAL_TAP_ENTRIES: usize = 4_096;

/// Changes of data on pages that a live view may lag behind before it misses some.
pub const CHANGES_TAP: usize = 1_024;

/// Changes of profiles and similar data that wait for the writer.
pub const STORE_CHANGES_MAX: usize = 256;

/// Connections for reading the database: those of [`DATABASE_READS_MAX`], those of [`DATABASE_READS_OF_STRANGERS_MAX`], and two
/// for calls, sign-ins, the operator and the server itself.
pub const DATABASE_READERS: u32 = 8;

/// Reads that requests make at a time.
pub const DATABASE_READS_MAX: usize = 4;

/// How many of them may be for one organization.
pub const DATABASE_READS_OF_ORGANIZATION_MAX: usize = 3;

/// How many of them may be for all organizations together, not counting the first.
pub const DATABASE_READS_OF_OTHERS_MAX: usize = 3;

/// Concurrent reads that look up what unknown clients have sent, such as a token: each is by a key, and short.
pub const DATABASE_READS_OF_STRANGERS_MAX: usize = 2;

/// Time that a read waits for its turn, and then for a free connection.
pub const DATABASE_READ_WAIT_MS: u64 = 2_000;

/// Open calls that a start after a crash checks; older ones are closed unread.
pub const RESUME_CALLS_MAX: usize = 2_000;

/// Longest journal that a start after a crash reads to resume its call.
pub const RESUME_EVENTS_MAX: u64 = 50_000;

/// Entries of all journals together that a start after a crash reads: it takes some seconds until the ports are open again. Calls
/// beyond that are closed unread, the oldest first.
pub const RESUME_EVENTS_TOTAL_MAX: u64 = 1_000_000;

/// Entries of a journal that a start keeps in memory at a time.
pub const RESUME_PAGE_EVENTS: u64 = 500;
/// Calls that ended up to this many milliseconds before their process died are checked for unfinished work at the next start. A
/// tool may run about that long after the end of its call.
pub const RESUME_ENDED_MS: u64 = 30_000;
/// How long, in milliseconds, a lasting write that was requested once is retried, such as a request not to be called again. A
/// start resumes the writes that the previous process has left, for the same time.
pub const PENDING_WRITES_MS: u64 = 3_600_000;

/// Time that a process that has resumed calls must run before those calls count as harmless.
pub const RESUME_SETTLED_MS: u64 = 10_000;

/// Maximum starts in a row that resumed calls and ended before the calls had settled; the next start closes its calls unread.
pub const RESUME_STARTS_MAX: u32 = 3;

/// AudioSocket connections that may be accepted and haven't sent their UUID yet. An Asterisk sends its UUID within 10 ms, so
/// there are that many only when somebody connects and stays silent; the oldest makes room.
pub const AUDIOSOCKET_HANDSHAKES_MAX: usize = 1_024;

/// Milliseconds within which all bytes of an AudioSocket connection's UUID message must arrive.
pub const AUDIOSOCKET_HANDSHAKE_MS_MAX: u64 = 5_000;

/// AudioSocket connections that the kernel keeps until they are accepted (the backlog of `listen`).
pub const AUDIOSOCKET_BACKLOG: i32 = 1_024;

/// Maximum milliseconds that a listener waits after an error of `accept` before it tries again.
pub const ACCEPT_BACKOFF_MS_MAX: u64 = 1_000;

/// Seconds without data on a connection that a switch has opened, after which the kernel probes whether the switch is still
/// there.
pub const PEER_IDLE_S: u64 = 30;
/// Seconds between two such probes.
pub const PEER_PROBE_S: u64 = 10;
/// Unanswered probes in a row after which the peer counts as gone. It counts as gone after the same time if it acknowledges
/// nothing that it was sent.
pub const PEER_PROBES: u32 = 3;

/// Refused AudioSocket connections that are being closed cleanly at once; further ones are closed immediately.
pub const AUDIOSOCKET_REFUSALS_MAX: usize = 256;

/// Milliseconds of audio that the kernel is asked to buffer for an AudioSocket peer that doesn't read; it buffers twice as much.
pub const AUDIOSOCKET_SEND_BUFFER_MS: u32 = 1_000;

/// Milliseconds that an AudioSocket connection may take no byte of audio before it counts as broken.
pub const AUDIOSOCKET_STALL_MS_MAX: u64 = 2_000;

/// Keys of a leg, or of a switch's link, that count in a second; nobody presses more, and each one is a row of the journal.
pub const KEYS_PER_S_MAX: u32 = 50;

/// Digits that wait to be played to a leg's party as tones: 13 s of them. One request has up to 32.
pub const DTMF_DIGITS_WAITING_MAX: usize = 64;

/// Characters of one text that an assistant is told to say: about two minutes of speech.
pub const SAY_CHARS_MAX: usize = 2_000;

/// Characters of one hint by a supervisor to an assistant.
pub const HINT_CHARS_MAX: usize = 1_000;

/// Digits that are played at once.
pub const DTMF_DIGITS_MAX: usize = 32;

/// Characters of a filter of the audit log, which is the beginning of an action's name.
pub const AUDIT_ABOUT_CHARS_MAX: usize = 40;

/// Characters of a profile's name.
pub const PROFILE_NAME_CHARS_MAX: usize = 64;

/// Characters of a profile's instructions. A realtime model accepts about 16,000 tokens.
pub const PROFILE_INSTRUCTIONS_CHARS_MAX: usize = 40_000;

/// Characters of a profile's greeting.
pub const PROFILE_GREETING_CHARS_MAX: usize = 1_000;

/// Profiles of an organization.
pub const PROFILES_MAX: usize = 1_000;

/// Events that wait for a client of the live view. A client with more is disconnected, and gets a snapshot when it comes back.
pub const LIVE_EVENTS_WAITING_MAX: usize = 1_024;

/// Recently ended calls that the live view still has: reports after the end, such as a recording's length, come within seconds.
pub const LIVE_ENDED_CALLS_MAX: usize = 256;

/// Interval in milliseconds at which the live view sends something, so that a dead connection is noticed.
pub const LIVE_HEARTBEAT_MS: u64 = 15_000;

/// Maximum items of a list in one answer.
pub const PAGE_ITEMS_MAX: u32 = 200;

/// Milliseconds after a call's end during which a dialplan can get its caller's next step.
pub const NEXT_VALID_MS: u64 = 60_000;

/// Journal rows that wait for the database before the server reports that it isn't ready: seconds of a busy hour, long before
/// rows are lost.
pub const READY_WAITING_MAX: usize = 10_000;

/// Orders that wait for an assistant's provider. A call sends a few a second; more means that the provider is stuck.
pub const ASSISTANT_ORDERS_MAX: usize = 64;

/// Messages that wait for a call, except for those that end something, which always find room. A call gets a few a second; more
/// means that its thread is stuck.
pub const CALL_MAILBOX_MAX: usize = 1_024;

/// Events that a call takes from its provider, legs and switch within [`CALL_FACTS_WINDOW_MS`]: some forty times those of a lively
/// conversation. Each is a row of the journal, whose queue all calls share.
pub const CALL_FACTS_MAX: u32 = 4_096;

/// Milliseconds in which a call takes [`CALL_FACTS_MAX`] events.
pub const CALL_FACTS_WINDOW_MS: u64 = 10_000;

/// Waiting messages at which a call accepts no more keys, questions and connections: the rest of the room is for events.
pub const CALL_KEYS_WAITING_MAX: usize = CALL_MAILBOX_MAX / 2;

/// Orders that wait for a leg. A call gives it a handful in all.
pub const LEG_ORDERS_MAX: usize = 64;

/// Messages that wait for the actor of a switch: a few for each of a thousand calls that come at once.
pub const SWITCH_MAILBOX_MAX: usize = 8_192;

/// Bytes of one ESL frame's header block. The longest is the answer to `connect`, which holds every channel variable: about 5,000
/// bytes for a plain call.
pub const ESL_HEADER_BYTES_MAX: usize = 256 * 1_024;

/// Headers of one ESL event that are kept; those after them are skipped. A bridged call has about 250.
pub const ESL_HEADERS_MAX: usize = 4_096;

/// Bytes of one ESL frame's body. Events have 4 to 12 kB; `show channels as json` has 2 MB for 2,000 calls.
pub const ESL_BODY_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Bytes of one value in an ESL command, such as an originate with its variables.
pub const ESL_VALUE_BYTES_MAX: usize = 8 * 1_024;

/// Bytes of the text message that opens a FreeSWITCH audio WebSocket.
pub const FREESWITCH_METADATA_BYTES_MAX: usize = 8 * 1_024;

/// Milliseconds of sound in one message of a FreeSWITCH audio WebSocket. The usual length is 20 ms, or the value of the channel
/// variable `STREAM_BUFFER_SIZE`.
pub const FREESWITCH_MESSAGE_MS_MAX: u32 = 1_000;

/// Milliseconds of sound in one `streamAudio` message to FreeSWITCH.
pub const FREESWITCH_CHUNK_MS_MAX: u32 = 10_000;

/// Bytes of one frame's body on our own connection to a switch: the list of its channels has 1 kB for each.
pub const SWITCH_BODY_BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// Frames of a switch that wait for its actor; beyond that the connection isn't read until the actor has taken some.
pub const SWITCH_FRAMES_MAX: usize = 64;

/// Questions to a switch that wait for their answer: a few for each of a thousand calls at once. More means that the switch is
/// stuck.
pub const SWITCH_QUESTIONS_MAX: usize = 16_384;

/// Pieces of commands that wait to be written to a switch.
pub const SWITCH_WRITES_MAX: usize = 1_024;

/// Bytes of a switch's own reason for a refusal or a disconnect, as the log and the pages show it.
pub const SWITCH_WORDS_BYTES_MAX: usize = 1_024;

/// Rows of a FreeSWITCH's channel list. Each row takes more memory than its shortest text.
pub const SWITCH_CHANNELS_LISTED_MAX: usize = 32_768;

/// Channels of a switch that are checked, one by one, in one comparison with our calls; the next comparison checks others.
pub const SWITCH_CHECKS_MAX: usize = 64;

/// Control connections that wait for an `accept`; a thousand calls may come at once.
pub const ESL_BACKLOG: i32 = 1_024;

/// Concurrent control connections that haven't named their channel; the oldest gives way to the next.
pub const ESL_HANDSHAKES_MAX: usize = 1_024;

/// Milliseconds within which a control connection must name its channel. A FreeSWITCH answers `connect` within 1 ms.
pub const ESL_HANDSHAKE_MS_MAX: u64 = 5_000;

/// Refused control connections that are closed cleanly at once; further ones are closed immediately.
pub const ESL_REFUSALS_MAX: usize = 256;

/// Bytes of one frame's body on a call's control connection. Events have 4 to 12 kB. An event about a text that the audio module
/// rejected holds that text, such as a piece of sound.
pub const ESL_CONTROL_BODY_BYTES_MAX: usize = 1_024 * 1_024;

/// Bytes of commands that wait to be written on a control connection. More means that the switch doesn't read.
pub const ESL_UNWRITTEN_BYTES_MAX: usize = 256 * 1_024;

/// Milliseconds that a control connection may take no byte while commands wait.
pub const ESL_STALL_MS_MAX: u64 = 2_000;

/// Actions of one channel that are in progress at once. A call requests a few.
pub const ESL_ACTIONS_MAX: usize = 64;

/// Commands on one connection whose answer hasn't come.
pub const ESL_UNANSWERED_MAX: usize = 1_024;

/// Milliseconds within which a switch must have carried out an action on a channel, except for prompts.
pub const ESL_ACTION_MS_MAX: u64 = 10_000;

/// Milliseconds within which a prompt on the switch's disk must have been played.
pub const ESL_PROMPT_MS_MAX: u64 = 600_000;

/// Seconds for which a FreeSWITCH keeps a control connection after the hang-up, so that no event is lost.
pub const ESL_LINGER_S: u32 = 10;

/// Milliseconds that a FreeSWITCH gets to finish its requests and to send the call's record before its connection is closed.
pub const ESL_FAREWELL_MS_MAX: u64 = 2_000;

/// Milliseconds that a control connection stays open after its call no longer needs it, while its channel continues elsewhere: a
/// day.
pub const ESL_LINGER_MS_MAX: u64 = 86_400_000;

/// Channel variables of an announcement.
pub const ANNOUNCED_VARIABLES_MAX: usize = 64;

/// Bytes of all channel variables of an announcement, names and values together.
pub const ANNOUNCED_VARIABLES_BYTES_MAX: usize = 8 * 1_024;

/// Maximum characters of a number or name that the metadata of an audio stream announces.
pub const STREAM_ANNOUNCED_CHARS_MAX: usize = 256;

/// Chunks of sound that a switch has in files and hasn't played yet. A leg keeps a lead of a few.
pub const PLAYBACK_CHUNKS_MAX: usize = 256;

/// Milliseconds that a chunk waits for an earlier one that hasn't come.
pub const PLAYBACK_GAP_MS: u64 = 200;

/// Milliseconds within which playback must stop after it was ordered to; FreeSWITCH takes 20.
pub const PLAYBACK_STOP_MS_MAX: u64 = 300;

/// FreeSWITCH audio connections that the kernel keeps until they are accepted (the backlog of `listen`).
pub const STREAM_BACKLOG: i32 = 1_024;

/// Concurrent audio connections whose request isn't complete; the oldest gives way to the next.
pub const STREAM_HANDSHAKES_MAX: usize = 1_024;

/// Bytes of the HTTP head of a FreeSWITCH audio connection. The module's own has about 250.
pub const STREAM_HEAD_BYTES_MAX: usize = 8 * 1_024;

/// Headers of that head. The module sends six, plus those of `STREAM_EXTRA_HEADERS`.
pub const STREAM_HEADERS_MAX: usize = 64;

/// Milliseconds within which all bytes of that head must arrive.
pub const STREAM_HANDSHAKE_MS_MAX: u64 = 5_000;

/// Milliseconds that the one-time token of an audio WebSocket is valid. The start of a stream takes about 20 ms, and may have to
/// wait until the channel is answered.
pub const STREAM_TOKEN_MS: u64 = 30_000;

/// Tokens of audio WebSockets that are valid at once; beyond that the oldest becomes invalid.
pub const STREAM_TOKENS_MAX: usize = 16_384;

/// Refused audio WebSockets that are being closed cleanly at once; further ones are closed immediately.
pub const STREAM_REFUSALS_MAX: usize = 256;

/// Bytes of one message of an audio WebSocket; a longer one breaks the connection. A second at 16 kHz has 32,000.
pub const STREAM_MESSAGE_BYTES_MAX: usize = 64 * 1_024;

/// Bytes that wait for an audio WebSocket that takes none: a few chunks of 200 ms.
pub const STREAM_UNSENT_BYTES_MAX: usize = 64 * 1_024;

/// Milliseconds that an audio WebSocket may take no byte of a chunk before it counts as broken.
pub const STREAM_STALL_MS_MAX: u64 = 2_000;

/// Milliseconds of sound in a chunk, unless there is a reason for less.
pub const STREAM_CHUNK_MS: u64 = 200;

/// Milliseconds of sound that may be on their way to a caller and not heard yet. Speech takes effect that much later, and a
/// smaller delay at a switch isn't noticed.
pub const STREAM_LEAD_MS_MAX: u64 = 400;

/// Milliseconds after which a chunk that should have been heard counts as lost.
pub const STREAM_CHUNK_LOST_MS: u64 = 2_000;

/// Milliseconds that a switch may take to report how much of a playback was heard after it was ordered to stop.
pub const STREAM_STOP_MS_MAX: u64 = 400;

/// Bytes of one datagram of a unicast; FreeSWITCH cuts longer ones.
pub const UNICAST_DATAGRAM_BYTES_MAX: usize = 8_192;

/// Milliseconds until the first datagram of a unicast; it comes 20 to 40 ms after the command.
pub const UNICAST_FIRST_MS_MAX: u64 = 400;

/// Milliseconds without a datagram after which a unicast counts as broken; one comes every 20 ms, even in silence.
pub const UNICAST_SILENT_MS_MAX: u64 = 2_000;

/// Extensions that an organization may add to those of the configuration. All of them are copied into each call's start.
pub const EXTENSIONS_MAX: usize = 500;

/// Names of one kind that are granted to an organization: switches, contexts, trunks, caller ids.
pub const GRANTS_MAX: usize = 100;

/// Characters of the title that people read next to an extension.
pub const EXTENSION_TITLE_CHARS_MAX: usize = 100;

/// Keys and sequences of keys to which a profile may assign an action.
pub const DTMF_ACTIONS_MAX: usize = 100;

/// Characters of the text that a key makes the assistant say.
pub const KEY_SAY_CHARS_MAX: usize = 1_000;

/// Number patterns that an organization's calls may dial.
pub const NUMBER_PATTERNS_MAX: usize = 100;

/// Milliseconds that a leg keeps sound back while it has no link to the switch that could play it; a FreeSWITCH's dialplan tries
/// again after 2 s. After that the sound counts as unheard.
pub const STREAM_AWAY_MS_MAX: u64 = 10_000;

/// Numbers of sound chunks that each leg has for itself: at 200 ms each, two days of sound.
pub const STREAM_CHUNKS_OF_LEG_MAX: u64 = 1_000_000;

/// Bytes of an Asterisk's first line; it has about 30.
pub const AMI_BANNER_BYTES_MAX: usize = 128;

/// Bytes of one message of an Asterisk. An event has about 500; the output of a command may be long.
pub const AMI_MESSAGE_BYTES_MAX: usize = 256 * 1_024;

/// Headers of a message that are kept; those after them are skipped.
pub const AMI_HEADERS_MAX: usize = 1_024;

/// Bytes of a line that an Asterisk accepts, including the header's name; it refuses a longer one.
pub const AMI_LINE_BYTES_MAX: usize = 1_024;

/// Actions on one connection to an Asterisk whose answer hasn't come: a few for each of a thousand calls at once. More means that
/// the Asterisk is stuck.
pub const AMI_ACTIONS_MAX: usize = 16_384;

/// Entries of a list that an Asterisk answers with; those after them are skipped.
pub const AMI_LIST_ROWS_MAX: usize = 20_000;

/// Bytes of the entries of all lists that an Asterisk has begun and not ended. An entry has about 700; entries beyond the bound
/// are skipped.
pub const AMI_LIST_BYTES_MAX: usize = 67_108_864;

/// Channels of an Asterisk that are tracked; further ones are skipped until some have ended.
pub const AMI_CHANNELS_MAX: usize = 50_000;

/// Bytes of a channel's id, name or number, and of a bridge's id. Asterisk's own bound is 150; longer ones are skipped.
pub const AMI_WORD_BYTES_MAX: usize = 512;

/// Channels missing from a list that are queried, one by one, in one comparison; the next comparison queries others.
pub const AMI_CHECKS_MAX: usize = 1_024;

/// Announcements of an Asterisk's dialplan that wait for their connections.
pub const AMI_EARLY_WORDS_MAX: usize = 4_096;

/// Variables of a call that we make.
pub const OUTBOUND_VARIABLES_MAX: usize = 32;

/// Characters of the name of such a variable.
pub const OUTBOUND_VARIABLE_NAME_CHARS_MAX: usize = 64;

/// Bytes of the value of such a variable.
pub const OUTBOUND_VARIABLE_BYTES_MAX: usize = 255;

/// Minimum ring time of a phone that we call, in seconds: a network takes some time to find it.
pub const ANSWER_TIMEOUT_S_MIN: u16 = 5;

/// Maximum ring time of such a phone, in seconds.
pub const ANSWER_TIMEOUT_S_MAX: u16 = 120;

/// Milliseconds that an assistant waits for a mailbox's tone before it leaves its message anyway.
pub const VOICEMAIL_TONE_MS_MAX: u64 = 30_000;

/// Milliseconds that a message for a mailbox may take: its longest text plus a margin.
pub const VOICEMAIL_MESSAGE_MS_MAX: u64 = 180_000;

/// Characters of a client's idempotency key, with which a request is carried out once.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;

/// Milliseconds for which such a key is remembered.
pub const IDEMPOTENCY_KEY_MS: u64 = 24 * 3_600_000;

/// Keys of an organization that are stored with what they made, except for those of calls, which are stored with their calls.
pub const IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX: i64 = 10_000;

/// How many of them may be from one user or token, so that one program can't use up the keys of the others.
pub const IDEMPOTENCY_KEYS_OF_ONE_MAX: i64 = 7_500;

/// Bytes of an answer that is stored to be repeated; of a longer answer only the key is stored.
pub const IDEMPOTENT_ANSWER_BYTES_MAX: usize = 65_536;

/// Milliseconds after its side effect within which such an answer may come; an answer that hasn't come by then is lost.
pub const IDEMPOTENT_ANSWER_MS_MAX: u64 = 5_000;

/// Bytes of all such answers of an organization; beyond that only the keys are stored.
pub const IDEMPOTENT_ANSWERS_OF_ORGANIZATION_BYTES_MAX: i64 = 16 * 1_048_576;

/// Bytes of such answers of one user or token.
pub const IDEMPOTENT_ANSWERS_OF_ONE_BYTES_MAX: i64 = 12 * 1_048_576;

/// Such keys, deliveries or do-not-call reasons that are deleted in one transaction, so that other writers get their turn.
pub const FORGOTTEN_AT_ONCE: i64 = 500;

/// Recently made calls whose ids the registry remembers, so that no call is made twice.
pub const PLACED_CALLS_KEPT: usize = 1_024;

/// Bytes of the dial string for a number over a trunk.
pub const TRUNK_BYTES_MAX: usize = 255;

/// Ports of `audiosocket.port_range`: more than the agents of a large floor. Leasing a port may try them all.
pub const AUDIO_PORTS_MAX: u16 = 2_000;

/// Seconds that a leased port waits for its connection, unless the request sets another time.
pub const AUDIO_PORT_TTL_S: u32 = 60;

/// Maximum seconds that a request may set.
pub const AUDIO_PORT_TTL_S_MAX: u32 = 3_600;

/// Concurrent connections to a leased port that haven't sent their UUID; the oldest gives way to the next. There is usually one.
pub const AUDIO_PORT_HANDSHAKES_MAX: usize = 4;

/// Connections to a leased port that the kernel keeps until they are accepted.
pub const AUDIO_PORT_BACKLOG: i32 = 8;
