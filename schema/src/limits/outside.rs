//! Bounds of what we ask of addresses that users typed: webhooks, integrations, notices, custom tools.

/// Bytes of an address that a user types.
pub const OUTSIDE_URL_BYTES_MAX: usize = 2_048;

/// Milliseconds until a connection to an address that a user typed stands, looking its name up included.
pub const OUTSIDE_CONNECT_MS_MAX: u64 = 5_000;

/// Bytes of a secret that a user types.
pub const OUTSIDE_SECRET_BYTES_MAX: usize = 1_024;

/// Characters of the name of a model or a voice at a service of an organization's own.
pub const SERVICE_NAME_CHARS_MAX: usize = 128;

/// Characters of a secret from which on its last four are shown: of a shorter one they would reveal too much.
pub const SECRET_SHOWN_CHARS_MIN: usize = 16;

/// Milliseconds for the whole test of an integration.
pub const INTEGRATION_TEST_MS_MAX: u64 = 10_000;

/// Bytes of a service's answer to the test of an integration that are read.
pub const INTEGRATION_ANSWER_BYTES_MAX: usize = 16_384;

/// Characters that a voice says in a preview; a longer text ends at a word before them.
pub const VOICE_PREVIEW_CHARS_MAX: usize = 400;

/// Bytes of a preview's samples: 80 s of 24 kHz, 16 bit, mono.
pub const VOICE_PREVIEW_BYTES_MAX: usize = 80 * 24_000 * 2;

/// Milliseconds for a preview of a voice, and for a list of voices.
pub const VOICE_PREVIEW_MS_MAX: u64 = 20_000;

/// Previews of voices that an organization gets in a minute: a service wants money for each.
pub const VOICE_PREVIEWS_PER_MINUTE: u32 = 20;

/// Trials of what drafts find of calls that an organization gets in a minute: a judge model wants money for each.
pub const EXTRACTION_TRIALS_PER_MINUTE: u32 = 10;

/// Bytes of a service's list of its voices: a voice comes with its samples' names and its labels.
pub const VOICES_BYTES_MAX: usize = 4 << 20;

/// Voices of such a list that are shown.
pub const VOICES_SHOWN_MAX: usize = 200;

/// Bytes of ElevenLabs' report of a conversation that is over: it has all the words.
pub const ELEVENLABS_REPORT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Such reports of which the bodies are read at a time: nobody knows before the end whether ElevenLabs has signed one.
pub const ELEVENLABS_REPORTS_READ_MAX: usize = 64;

/// Those of them that come from one address: the rest is left for others.
pub const ELEVENLABS_REPORTS_READ_OF_ADDRESS_MAX: usize = 16;

/// Such reports that wait for the ends of their calls at a time.
pub const ELEVENLABS_REPORTS_WAITING_MAX: usize = 1_000;

/// Those of them that are of one organization's calls.
pub const ELEVENLABS_REPORTS_WAITING_OF_ORGANIZATION_MAX: usize = 250;

/// Milliseconds for asking an organization's own account whether it has a number.
pub const NUMBER_PROOF_MS_MAX: u64 = 10_000;

/// Changes of integrations that wait until new calls know them.
pub const INTEGRATION_CHANGES_WAITING_MAX: usize = 64;

/// Webhooks of an organization.
pub const WEBHOOKS_MAX: usize = 20;

/// Milliseconds for one attempt to deliver to a webhook.
pub const WEBHOOK_MS_MAX: u64 = 15_000;

/// Bytes of a webhook's answer that are kept in the log of deliveries.
pub const WEBHOOK_ANSWER_BYTES_MAX: usize = 1_024;

/// Milliseconds until the second attempt of a delivery; each further one waits three times as long.
pub const DELIVERY_PAUSE_MS_MIN: u64 = 5_000;

/// Longest pause between two attempts, in milliseconds.
pub const DELIVERY_PAUSE_MS_MAX: u64 = 4 * 3_600_000;

/// Milliseconds from now within which a delivery is tried again at the latest: the longest pause, and a fifth of it. One whose time lies further
/// ahead was put off by a clock that was ahead.
pub const DELIVERY_AHEAD_MS_MAX: u64 = 5 * 3_600_000;

/// Milliseconds after which a delivery is given up: a day.
pub const DELIVERY_GIVE_UP_MS: u64 = 24 * 3_600_000;

/// Milliseconds without one success after which a webhook is switched off once a delivery to it is given up: five days.
pub const WEBHOOK_DEAD_MS: u64 = 5 * 24 * 3_600_000;

/// Milliseconds after which an attempt of which nothing was heard counts as lost, as by the death of a server.
pub const DELIVERY_CLAIM_MS: u64 = 60_000;

/// Milliseconds that one attempt to write to a person may take: less than its claim holds.
pub const NOTICE_MS_MAX: u64 = 50_000;

/// Deliveries of an organization that wait. Beyond that events are not delivered, and the log says so.
pub const DELIVERIES_WAITING_MAX: i64 = 10_000;

/// Deliveries that may wait for one webhook or person however many wait for others of the organization: one that takes nothing keeps no event
/// from others.
pub const DELIVERIES_WAITING_OF_TARGET: i64 = 200;

/// Attempts at the same time, on one server.
pub const DELIVERIES_IN_FLIGHT_MAX: usize = 32;

/// Of those, attempts for one organization.
pub const DELIVERIES_OF_ORGANIZATION_MAX: usize = 12;

/// Of those, attempts for all organizations but the first together.
pub const DELIVERIES_OF_OTHERS_MAX: usize = 20;

/// Of those, attempts for one webhook or person: a slow one does not hold up others.
pub const DELIVERIES_OF_TARGET_MAX: usize = 2;

/// Targets of an organization with deliveries that are due which one look finds; the next look finds others.
pub const DELIVERY_TARGETS_MAX: i64 = 256;

/// Milliseconds between two looks for deliveries that are due.
pub const DELIVERY_LOOK_MS: u64 = 500;

/// Milliseconds that a delivery is kept which is over: thirty days.
pub const DELIVERY_KEPT_MS: u64 = 30 * 24 * 3_600_000;

/// People that one kind of notice goes to, by one channel.
pub const NOTICE_RECIPIENTS_MAX: usize = 10;

/// Milliseconds in which a person gets one notice of a kind by one channel, at most: further events are gathered.
pub const NOTICE_GATHERED_MS: u64 = 10 * 60_000;

/// Characters of a gathered notice from which on it only counts what else happened; less than a text message holds.
pub const NOTICE_GATHERED_CHARS_MAX: usize = 1_000;

/// Notices by text message of an organization in a day, by UTC. They are a part of `TEXTS_PER_DAY_MAX`.
pub const NOTICE_TEXTS_PER_DAY_MAX: i64 = 200;

/// Notices by e-mail of an organization in a day, by UTC.
pub const NOTICE_MAILS_PER_DAY_MAX: i64 = 500;

/// Custom tools of a profile; a model chooses badly among many.
pub const CUSTOM_TOOLS_MAX: usize = 20;

/// Characters of a custom tool's description.
pub const CUSTOM_TOOL_DESCRIPTION_CHARS_MAX: usize = 1_000;

/// Bytes of the JSON schema of a custom tool's arguments.
pub const CUSTOM_TOOL_SCHEMA_BYTES_MAX: usize = 8_192;

/// Bytes of the arguments of a custom tool, as a model wrote them.
pub const CUSTOM_TOOL_ARGUMENTS_BYTES_MAX: usize = 8_192;

/// Patterns in that schema, with those of `patternProperties`.
pub const CUSTOM_TOOL_PATTERNS_MAX: usize = 16;

/// Bytes that all its patterns together compile to.
pub const CUSTOM_TOOL_PATTERN_BYTES_MAX: usize = 1_048_576;

/// Bytes that the matching of one pattern remembers.
pub const CUSTOM_TOOL_PATTERN_CACHE_BYTES_MAX: usize = 262_144;

/// Values of JSON in that schema, each inside another counted too.
pub const CUSTOM_TOOL_SCHEMA_PARTS_MAX: usize = 1_024;

/// Depth of their nesting.
pub const CUSTOM_TOOL_SCHEMA_DEPTH_MAX: usize = 24;

/// Schemas that are kept compiled.
pub const TOOL_SCHEMAS_KEPT_MAX: usize = 128;

/// Schemas that wait to be compiled or asked; one at a time is.
pub const TOOL_SCHEMAS_WAITING_MAX: usize = 64;

/// Of them, those of one organization.
pub const TOOL_SCHEMAS_OF_ORGANIZATION_WAITING_MAX: usize = 8;

/// Milliseconds that one waits for its turn.
pub const TOOL_SCHEMA_WAIT_MS: u64 = 2_000;

/// Headers of a custom tool.
pub const CUSTOM_TOOL_HEADERS_MAX: usize = 16;

/// Milliseconds that a custom tool may take; the caller waits meanwhile.
pub const CUSTOM_TOOL_MS_MAX: u32 = 10_000;

/// Bytes of a custom tool's answer that the assistant gets.
pub const CUSTOM_TOOL_ANSWER_BYTES_MAX: usize = 4_096;

/// Requests of custom tools at the same time, of all calls of a server.
pub const CUSTOM_TOOLS_RUNNING_MAX: usize = 64;

/// Of them, those of one organization's calls.
pub const CUSTOM_TOOLS_OF_ORGANIZATION_RUNNING_MAX: usize = 16;

/// Runs of custom tools of one call; a model that asks for more is refused.
pub const CUSTOM_TOOL_RUNS_MAX: u32 = 50;

/// Bytes of an id or a name in an event of OpenAI Realtime; theirs have some 30. A longer one makes the event no event.
pub const PROVIDER_ID_BYTES_MAX: usize = 256;

/// Items of one answer of a provider that are read: what is said, and the functions that are asked for.
pub const PROVIDER_ITEMS_MAX: usize = 256;

/// Answers of a provider whose functions have not all ended; functions of further ones are refused.
pub const PROVIDER_CALLS_WAITING_MAX: usize = 16;

/// Bytes of the arguments of a function that a provider asks for.
pub const PROVIDER_ARGUMENTS_BYTES_MAX: usize = 65_536;

/// Characters of what a caller has said in one turn, as a provider understood it.
pub const PROVIDER_TRANSCRIPT_CHARS_MAX: usize = 16_384;

/// Bytes of sound of one piece of speech that a service says; a piece has some sentences.
pub const SPEECH_BYTES_MAX: usize = 16_777_216;

/// Bytes of a collector's answer to traces; it says nothing, or why it takes none.
pub const TRACES_ANSWER_BYTES_MAX: u64 = 65_536;
