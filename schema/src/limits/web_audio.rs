//! Bounds of the audio of browsers (`/ws/audio`), and of the links that visitors talk over.

/// Bytes of one text of a browser; the longest is what somebody writes at once, with each character as two escapes of JSON, and some.
pub const WEB_AUDIO_TEXT_BYTES_MAX: usize = 24_576;

/// Characters of what somebody writes at once in place of saying it.
pub const TYPED_CHARS_MAX: usize = 2_000;

/// Such messages of one connection that are taken at once, and then one every [`TYPED_EVERY_MS`].
pub const TYPED_AT_ONCE_MAX: u32 = 5;

/// Milliseconds behind which one more of them is taken.
pub const TYPED_EVERY_MS: u64 = 2_000;
/// The longest line of a transcript on a visitor's page, in characters.
pub const WEB_AUDIO_LINE_CHARS_MAX: usize = 2_000;
/// Number of newest lines that a page gets when its connection has broken and comes back.
pub const WEB_AUDIO_LINES_KEPT: usize = 50;

/// Bytes of one message of sound, either way: a second at 24 kHz. Browsers send some 960, 20 ms.
pub const WEB_AUDIO_SOUND_BYTES_MAX: usize = 48_000;

/// Characters of a token or a `resume` that is looked at.
pub const WEB_AUDIO_TOKEN_CHARS_MAX: usize = 128;

/// Milliseconds from the opening of a browser's WebSocket to its `hello`.
pub const WEB_AUDIO_HELLO_MS_MAX: u64 = 5_000;

/// Browsers' sockets that may be between their opening and their `hello` at once; the oldest gives way to the next. A page says
/// its `hello` as soon as the socket is open.
pub const WEB_AUDIO_HANDSHAKES_MAX: usize = 256;

/// Such sockets of one address (of IPv6: of one /64 network); the oldest of this address gives way to the next.
pub const WEB_AUDIO_HANDSHAKES_OF_ADDRESS_MAX: usize = 64;

/// Milliseconds that a one-time token of audio is valid.
pub const WEB_AUDIO_TOKEN_MS: u64 = 60_000;

/// Browsers whose `resume` is remembered as the newest; of those beyond, an older one is taken once more.
pub const WEB_AUDIO_RESUMES_MAX: usize = 16_384;

/// Milliseconds that the socket before a browser's newest one may take to go.
pub const WEB_AUDIO_EVICTION_MS_MAX: u64 = 1_000;

/// Milliseconds of sound that a browser is sent ahead of what it plays: so much is thrown away at a barge-in, and so much may
/// the network be late.
pub const WEB_AUDIO_AHEAD_MS_MAX: u64 = 120;

/// Messages that wait in one direction: 1.3 s of sound.
pub const WEB_AUDIO_PIPE_MESSAGES_MAX: usize = 64;

/// Milliseconds that a browser may take no message before it counts as broken.
pub const WEB_AUDIO_STALL_MS_MAX: u64 = 2_000;

/// Milliseconds that a browser may say nothing, not even silence, before it counts as broken.
pub const WEB_AUDIO_SILENT_MS_MAX: u64 = 5_000;

/// Milliseconds of a browser's sound that are taken at once behind a stall; beyond that it is taken at its own pace.
pub const WEB_AUDIO_BURST_MS_MAX: u64 = 1_000;

/// Connections of WebRTC that were answered and are not up yet, at most.
pub const RTC_UNMADE_MAX: usize = 256;

/// Milliseconds that a connection of WebRTC may take to come up.
pub const RTC_UNMADE_MS_MAX: u64 = 10_000;

/// Such connections of one token; the oldest gives way to the next. A page makes one.
pub const RTC_UNMADE_OF_ONE_MAX: usize = 4;

/// Questions about WebRTC over HTTP in a minute with one token, or about one connection. They count for no address: an office of agents has one.
/// A page asks for the servers, offers once, and begins ICE anew where its network changes.
pub const RTC_REQUESTS_OF_ONE_PER_MINUTE_MAX: u32 = 20;

/// Streams of TCP from one address (of IPv6: of one /64 network) that no connection of WebRTC uses; the oldest gives way to the next.
pub const RTC_STREAMS_OF_ADDRESS_MAX: usize = 64;

/// Lines of an offer of WebRTC. Those of browsers have some 100.
pub const RTC_OFFER_LINES_MAX: usize = 1_000;

/// Different addresses of a browser that a connection of WebRTC knows, until its ICE begins anew: it forgets none of them.
pub const RTC_ADDRESSES_MAX: usize = 128;

/// Signed questions (checks of ICE) of one browser, from where it has answered, that are looked at in a second. While it looks for a way it asks
/// some 20.
pub const RTC_QUESTIONS_PER_S_MAX: u32 = 200;

/// Other datagrams of one browser that are looked at in a second. Its sound is 50. As many answers to the server's own questions are looked at:
/// forged ones use up none of its datagrams.
pub const RTC_DATAGRAMS_PER_S_MAX: u32 = 1_000;

/// Bytes of the body of an offer of WebRTC, or of a piece of one, at most.
pub const RTC_OFFER_BYTES_MAX: usize = 65_536;

/// Milliseconds of sound between two marks.
pub const PLAYED_MARK_MS: u64 = 100;

/// Milliseconds that the echo of a mark may be late before its sound counts as played.
pub const PLAYED_ECHO_LATE_MS_MAX: u64 = 1_500;

/// Milliseconds of sound that a peer has not said it has played, beyond which it is sent no more: its queue has no bound.
pub const PLAYED_UNPLAYED_MS_MAX: u64 = 2_000;

/// Talk links of an organization.
pub const TALK_LINKS_MAX: usize = 200;

/// Pages of other sites on which a talk link's widget may stand.
pub const TALK_LINK_ORIGINS_MAX: usize = 20;

/// Characters of the words on a widget's button.
pub const WIDGET_GREETING_CHARS_MAX: usize = 60;

/// Bytes of what a website's server has signed of a visitor, at most: its longest fields, in any script, fit in.
pub const SIGNED_IDENTITY_BYTES_MAX: usize = 4_096;

/// Characters of what a website calls a visitor.
pub const SIGNED_IDENTITY_ID_CHARS_MAX: usize = 100;

/// Seconds for which what a website's server has signed of a visitor may hold.
pub const SIGNED_IDENTITY_AHEAD_S_MAX: u64 = 86_400;

/// Seconds that the clock of a website's server may be before ours.
pub const SIGNED_IDENTITY_CLOCK_S_MAX: u64 = 300;

/// Seconds for which a browser may keep that a page of another site may ask, before it asks that again.
pub const CORS_KEPT_S: u32 = 600;

/// The most calls at once that a talk link can be set to take.
pub const TALK_LINK_CALLS_MAX: u32 = 1_000;

/// Calls at once over a talk link that says nothing else.
pub const TALK_LINK_CALLS_DEFAULT: u32 = 5;

/// The most calls in an hour from one address that a talk link can be set to take.
pub const TALK_LINK_CALLS_PER_HOUR_MAX: u32 = 10_000;

/// Calls in an hour from one address over a talk link that says nothing else.
pub const TALK_LINK_CALLS_PER_HOUR_DEFAULT: u32 = 20;

/// Milliseconds in which a talk link's calls from one address are counted.
pub const TALK_LINK_WINDOW_MS: u64 = 3_600_000;

/// Questions of one address to talk links in a minute, whatever links they name.
pub const TALK_REQUESTS_PER_MINUTE_MAX: u32 = 60;

/// Milliseconds that a call over a talk link counts as one that begins, before the registry knows it.
pub const TALK_CALL_BEGINS_MS_MAX: u64 = 10_000;
