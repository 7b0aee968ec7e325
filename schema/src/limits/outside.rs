//! Bounds of requests to addresses that users entered: webhooks, integrations, notices, custom tools.

use std::ops::Range;

/// Bytes of an address that a user enters.
pub const OUTSIDE_URL_BYTES_MAX: usize = 2_048;

/// Milliseconds until a connection to an address that a user entered is established, including the DNS lookup.
pub const OUTSIDE_CONNECT_MS_MAX: u64 = 5_000;

/// Bytes of a secret that a user enters.
pub const OUTSIDE_SECRET_BYTES_MAX: usize = 1_024;

/// Characters of the name of a model or a voice at an organization's own service.
pub const SERVICE_NAME_CHARS_MAX: usize = 128;

/// Minimum characters of a secret whose last four are shown: those of a shorter secret would reveal too much.
pub const SECRET_SHOWN_CHARS_MIN: usize = 16;

/// Milliseconds for the whole test of an integration.
pub const INTEGRATION_TEST_MS_MAX: u64 = 10_000;

/// Bytes of a service's answer to the test of an integration that are read.
pub const INTEGRATION_ANSWER_BYTES_MAX: usize = 16_384;

/// Characters that a voice says in a preview; a longer text ends at the last word that fits.
pub const VOICE_PREVIEW_CHARS_MAX: usize = 400;

/// Bytes of a preview's samples: 80 s of 24 kHz, 16 bit, mono.
pub const VOICE_PREVIEW_BYTES_MAX: usize = 80 * 24_000 * 2;

/// Milliseconds for a preview of a voice, and for a list of voices.
pub const VOICE_PREVIEW_MS_MAX: u64 = 20_000;

/// Previews of voices that an organization gets in a minute: each costs money at the service.
pub const VOICE_PREVIEWS_PER_MINUTE: u32 = 20;

/// Trial extractions with drafts that an organization gets in a minute: each costs money at the judge model.
pub const EXTRACTION_TRIALS_PER_MINUTE: u32 = 10;

/// Bytes of a service's list of its voices: each voice has the names of its samples and its labels.
pub const VOICES_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Lists of services, of voices or of agents, that are read at once, and services that are tested; each answer is in memory until
/// its last byte.
pub const LONG_ANSWERS_MAX: usize = 32;

/// Those of one organization.
pub const LONG_ANSWERS_OF_ORGANIZATION_MAX: usize = 4;

/// Voices of such a list that are shown.
pub const VOICES_SHOWN_MAX: usize = 200;

/// Bytes of ElevenLabs' report of a finished conversation, which has all the words.
pub const ELEVENLABS_REPORT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Such reports whose bodies are read at a time: whether ElevenLabs has signed one is known only at its end.
pub const ELEVENLABS_REPORTS_READ_MAX: usize = 64;

/// How many of them may come from one address: the rest is left for others.
pub const ELEVENLABS_REPORTS_READ_OF_ADDRESS_MAX: usize = 16;

/// Such reports that wait for the ends of their calls at a time.
pub const ELEVENLABS_REPORTS_WAITING_MAX: usize = 1_000;

/// How many of them may be for one organization's calls.
pub const ELEVENLABS_REPORTS_WAITING_OF_ORGANIZATION_MAX: usize = 250;

/// Milliseconds for asking an organization's own account whether it has a number.
pub const NUMBER_PROOF_MS_MAX: u64 = 10_000;

/// Changes of integrations that wait until new calls know of them.
pub const INTEGRATION_CHANGES_WAITING_MAX: usize = 64;

/// Webhooks of an organization.
pub const WEBHOOKS_MAX: usize = 20;

/// Milliseconds for one attempt to deliver to a webhook.
pub const WEBHOOK_MS_MAX: u64 = 15_000;

/// Bytes of a webhook's answer that are kept in the delivery log.
pub const WEBHOOK_ANSWER_BYTES_MAX: usize = 1_024;

/// Milliseconds until the second attempt of a delivery; each further one waits three times as long.
pub const DELIVERY_PAUSE_MS_MIN: u64 = 5_000;

/// Longest pause between two attempts, in milliseconds.
pub const DELIVERY_PAUSE_MS_MAX: u64 = 4 * 3_600_000;

/// Maximum milliseconds until a delivery is tried again: more than the longest pause with its jitter of a fifth. If its time is
/// further ahead, it was postponed by a clock that was ahead. Text messages that wait for the morning have `NOTICE_NIGHT_MS_MAX`
/// more.
pub const DELIVERY_AHEAD_MS_MAX: u64 = 5 * 3_600_000;

/// Milliseconds after which a delivery is given up: a day.
pub const DELIVERY_GIVE_UP_MS: u64 = 24 * 3_600_000;

/// Milliseconds without a success after which a webhook is switched off, once a delivery to it is given up: five days.
pub const WEBHOOK_DEAD_MS: u64 = 5 * 24 * 3_600_000;

/// Milliseconds after which an attempt without a result counts as lost, for example because its server died.
pub const DELIVERY_CLAIM_MS: u64 = 60_000;

/// Milliseconds that one attempt to notify a person may take: less than its claim lasts.
pub const NOTICE_MS_MAX: u64 = 50_000;

/// Deliveries of an organization that wait. Beyond that events are not delivered, and the log reports it.
pub const DELIVERIES_WAITING_MAX: i64 = 10_000;

/// Deliveries that may wait for one webhook or person, however many wait for others of the organization, so that one that accepts
/// nothing keeps no event from others.
pub const DELIVERIES_WAITING_OF_TARGET: i64 = 200;

/// Concurrent attempts on one server.
pub const DELIVERIES_IN_FLIGHT_MAX: usize = 32;

/// How many of them may be for one organization.
pub const DELIVERIES_OF_ORGANIZATION_MAX: usize = 12;

/// How many of them may be for all organizations together, not counting the first.
pub const DELIVERIES_OF_OTHERS_MAX: usize = 20;

/// How many of them may be for one webhook or person: a slow one doesn't hold up others.
pub const DELIVERIES_OF_TARGET_MAX: usize = 2;

/// Targets of an organization with due deliveries that one check finds; the next check finds others.
pub const DELIVERY_TARGETS_MAX: i64 = 256;

/// Milliseconds between two checks for due deliveries.
pub const DELIVERY_POLL_MS: u64 = 500;

/// Milliseconds that a finished delivery is kept: thirty days.
pub const DELIVERY_KEPT_MS: u64 = 30 * 24 * 3_600_000;

/// People who get one kind of notice by one channel.
pub const NOTICE_RECIPIENTS_MAX: usize = 10;

/// Milliseconds within which a person gets at most one notice of a kind by one channel: further events are gathered.
pub const NOTICE_GATHERED_MS: u64 = 10 * 60_000;

/// Characters of a gathered notice after which it only counts further events.
pub const NOTICE_GATHERED_CHARS_MAX: usize = 1_000;

/// Parts of a notice by text message; the network bills each part.
pub const NOTICE_TEXT_PARTS_MAX: i64 = 2;

/// Hours of the business's clocks in which notices by text message are sent that can wait for the morning.
pub const NOTICE_TEXT_HOURS: Range<u32> = 8..22;

/// Maximum milliseconds for which such a notice waits: a night, with the hour by which clocks may go back, and a pause after the
/// previous notice.
pub const NOTICE_NIGHT_MS_MAX: u64 = 11 * 3_600_000 + NOTICE_GATHERED_MS;

/// Notices by text message of an organization in a day, by UTC. They also count for `TEXTS_PER_DAY_MAX`.
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

/// Bytes of the cache for matching one pattern.
pub const CUSTOM_TOOL_PATTERN_CACHE_BYTES_MAX: usize = 262_144;

/// JSON values in that schema, including each nested one.
pub const CUSTOM_TOOL_SCHEMA_PARTS_MAX: usize = 1_024;

/// Depth of their nesting.
pub const CUSTOM_TOOL_SCHEMA_DEPTH_MAX: usize = 24;

/// Schemas that are kept compiled.
pub const TOOL_SCHEMAS_KEPT_MAX: usize = 128;

/// Schemas that wait to be compiled or checked, which happens one at a time.
pub const TOOL_SCHEMAS_WAITING_MAX: usize = 64;

/// How many of them may be from one organization.
pub const TOOL_SCHEMAS_OF_ORGANIZATION_WAITING_MAX: usize = 8;

/// Milliseconds that one waits for its turn.
pub const TOOL_SCHEMA_WAIT_MS: u64 = 2_000;

/// Headers of a custom tool.
pub const CUSTOM_TOOL_HEADERS_MAX: usize = 16;

/// Milliseconds that a custom tool may take; the caller waits meanwhile.
pub const CUSTOM_TOOL_MS_MAX: u32 = 10_000;

/// Bytes of a custom tool's answer that the assistant gets.
pub const CUSTOM_TOOL_ANSWER_BYTES_MAX: usize = 4_096;

/// Concurrent requests of custom tools, for all calls of a server.
pub const CUSTOM_TOOLS_RUNNING_MAX: usize = 64;

/// How many of them may be from one organization's calls.
pub const CUSTOM_TOOLS_OF_ORGANIZATION_RUNNING_MAX: usize = 16;

/// Runs of custom tools of one call; further requests of the model are refused.
pub const CUSTOM_TOOL_RUNS_MAX: u32 = 50;

/// Bytes of an id or a name in an event of OpenAI Realtime; theirs have about 30. An event with a longer one is rejected.
pub const PROVIDER_ID_BYTES_MAX: usize = 256;

/// Items of one answer of a provider that are read: speech and function calls.
pub const PROVIDER_ITEMS_MAX: usize = 256;

/// Answers of a provider with unfinished function calls; functions of further answers are refused.
pub const PROVIDER_CALLS_WAITING_MAX: usize = 16;

/// Bytes of the arguments of a function that a provider calls.
pub const PROVIDER_ARGUMENTS_BYTES_MAX: usize = 65_536;

/// Characters of the transcript of one turn of a caller, by a provider.
pub const PROVIDER_TRANSCRIPT_CHARS_MAX: usize = 16_384;

/// Bytes of sound of one piece of synthesized speech; a piece has a few sentences.
pub const SPEECH_BYTES_MAX: usize = 16_777_216;

/// Bytes of a collector's answer to traces; it is empty, or says why it rejects them.
pub const TRACES_ANSWER_BYTES_MAX: u64 = 65_536;
