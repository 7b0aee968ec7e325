//! Bounds of the audio of browsers (`/ws/audio`), and of talk links.

/// Bytes of one text message of a browser. The longest is a typed text with each character as two JSON escapes, plus a margin.
pub const WEB_AUDIO_TEXT_BYTES_MAX: usize = 24_576;

/// Characters of one typed message of a caller.
pub const TYPED_CHARS_MAX: usize = 2_000;

/// Typed messages that one connection may send at once; after that, one every [`TYPED_EVERY_MS`].
pub const TYPED_AT_ONCE_MAX: u32 = 5;

/// Milliseconds after which one more typed message is accepted.
pub const TYPED_EVERY_MS: u64 = 2_000;
/// The longest line of a transcript on a visitor's page, in characters.
pub const WEB_AUDIO_LINE_CHARS_MAX: usize = 2_000;
/// Newest lines that a page gets when it reconnects.
pub const WEB_AUDIO_LINES_KEPT: usize = 50;

/// Bytes of one message of sound, either way: a second at 24 kHz. Browsers send about 960 bytes, 20 ms.
pub const WEB_AUDIO_SOUND_BYTES_MAX: usize = 48_000;

/// Characters of a token or a `resume` that are checked.
pub const WEB_AUDIO_TOKEN_CHARS_MAX: usize = 128;

/// Milliseconds from the opening of a browser's WebSocket to its `hello`.
pub const WEB_AUDIO_HELLO_MS_MAX: u64 = 5_000;

/// Concurrent browser sockets that may be between their opening and their `hello`; the oldest gives way to the next. A page sends
/// its `hello` as soon as the socket is open.
pub const WEB_AUDIO_HANDSHAKES_MAX: usize = 256;

/// How many of them one address may have (of IPv6: one /64 network); the oldest of this address gives way to the next.
pub const WEB_AUDIO_HANDSHAKES_OF_ADDRESS_MAX: usize = 64;

/// Milliseconds that a one-time token of audio is valid.
pub const WEB_AUDIO_TOKEN_MS: u64 = 60_000;

/// Browsers whose newest `resume` is remembered; of further browsers, an older one is accepted once more.
pub const WEB_AUDIO_RESUMES_MAX: usize = 16_384;

/// Milliseconds that a browser's previous socket may take to close.
pub const WEB_AUDIO_EVICTION_MS_MAX: u64 = 1_000;

/// Milliseconds of sound that a browser is sent ahead of its playback. That much is discarded at a barge-in, and the network may
/// be late by that much.
pub const WEB_AUDIO_AHEAD_MS_MAX: u64 = 120;

/// Messages that wait in one direction: 1.3 s of sound.
pub const WEB_AUDIO_PIPE_MESSAGES_MAX: usize = 64;

/// Milliseconds that a browser may take no message before it counts as broken.
pub const WEB_AUDIO_STALL_MS_MAX: u64 = 2_000;

/// Milliseconds that a browser may send nothing, not even silence, before it counts as broken.
pub const WEB_AUDIO_SILENT_MS_MAX: u64 = 5_000;

/// Milliseconds of a browser's sound that are accepted at once after a stall; beyond that the sound is accepted at its own pace.
pub const WEB_AUDIO_BURST_MS_MAX: u64 = 1_000;

/// WebRTC connections that were answered and aren't up yet.
pub const RTC_UNMADE_MAX: usize = 256;

/// Milliseconds that a WebRTC connection may take to come up.
pub const RTC_UNMADE_MS_MAX: u64 = 10_000;

/// Such connections of one token; the oldest gives way to the next. A page makes one.
pub const RTC_UNMADE_OF_ONE_MAX: usize = 4;

/// HTTP requests about WebRTC in a minute with one token, or about one connection. They aren't counted by address, because an
/// office of agents shares one. A page asks for the servers, makes one offer, and restarts ICE when its network changes.
pub const RTC_REQUESTS_OF_ONE_PER_MINUTE_MAX: u32 = 20;

/// TCP streams from one address (of IPv6: of one /64 network) that no WebRTC connection uses; the oldest gives way to the next.
pub const RTC_STREAMS_OF_ADDRESS_MAX: usize = 64;

/// Lines of a WebRTC offer. Those of browsers have about 100.
pub const RTC_OFFER_LINES_MAX: usize = 1_000;

/// Different addresses of a browser that a WebRTC connection remembers; it forgets none until its ICE restarts.
pub const RTC_ADDRESSES_MAX: usize = 128;

/// Signed requests (ICE checks) of one browser that are checked in a second, from the address where it has answered. It sends
/// about 20 while it looks for a path.
pub const RTC_QUESTIONS_PER_S_MAX: u32 = 200;

/// Other datagrams of one browser that are checked in a second. Its sound is 50. The same number of answers to the server's own
/// requests is checked separately, so that forged ones use up none of its datagrams.
pub const RTC_DATAGRAMS_PER_S_MAX: u32 = 1_000;

/// Maximum bytes of the body of a WebRTC offer, or of a piece of one.
pub const RTC_OFFER_BYTES_MAX: usize = 65_536;

/// Milliseconds of sound between two marks.
pub const PLAYED_MARK_MS: u64 = 100;

/// Milliseconds that the echo of a mark may be late before its sound counts as played.
pub const PLAYED_ECHO_LATE_MS_MAX: u64 = 1_500;

/// Milliseconds of sound that a peer hasn't confirmed as played, beyond which it is sent no more: its queue is unbounded.
pub const PLAYED_UNPLAYED_MS_MAX: u64 = 2_000;

/// Talk links of an organization.
pub const TALK_LINKS_MAX: usize = 200;

/// Origins of other sites that may show a talk link's widget.
pub const TALK_LINK_ORIGINS_MAX: usize = 20;

/// Characters of the words on a widget's button.
pub const WIDGET_GREETING_CHARS_MAX: usize = 60;

/// Maximum bytes of a visitor's signed identity from a website's server: its longest fields fit in any script.
pub const SIGNED_IDENTITY_BYTES_MAX: usize = 4_096;

/// Characters of a website's id of a visitor.
pub const SIGNED_IDENTITY_ID_CHARS_MAX: usize = 100;

/// Maximum seconds for which a signed identity is valid.
pub const SIGNED_IDENTITY_AHEAD_S_MAX: u64 = 86_400;

/// Seconds by which the clock of a website's server may be ahead of ours.
pub const SIGNED_IDENTITY_CLOCK_S_MAX: u64 = 300;

/// Seconds for which a browser may cache that a page of another site may send requests (CORS).
pub const CORS_KEPT_S: u32 = 600;

/// Maximum concurrent calls that a talk link can be set to accept.
pub const TALK_LINK_CALLS_MAX: u32 = 1_000;

/// Default number of concurrent calls over a talk link.
pub const TALK_LINK_CALLS_DEFAULT: u32 = 5;

/// Maximum calls in an hour from one address that a talk link can be set to accept.
pub const TALK_LINK_CALLS_PER_HOUR_MAX: u32 = 10_000;

/// Default number of calls in an hour from one address over a talk link.
pub const TALK_LINK_CALLS_PER_HOUR_DEFAULT: u32 = 20;

/// Milliseconds over which a talk link's calls from one address are counted.
pub const TALK_LINK_WINDOW_MS: u64 = 3_600_000;

/// Requests of one address to talk links in a minute, whichever links they name. Those that a link admits have their own limit.
pub const TALK_REQUESTS_PER_MINUTE_MAX: u32 = 60;

/// Requests of one address in a minute that a talk link admits. All visitors in an office share an address, and the widget makes up to five for a
/// call.
pub const TALK_ADMITTED_PER_MINUTE_MAX: u32 = 600;

/// Milliseconds that a call over a talk link counts as one that is starting, before the registry knows it.
pub const TALK_CALL_BEGINS_MS_MAX: u64 = 10_000;
