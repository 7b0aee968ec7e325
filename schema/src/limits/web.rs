//! Bounds of the HTTP API, of its pages and of its sockets.

/// Bytes of a request's path and query together; the API's longest is about 1,100.
pub const HTTP_URI_BYTES_MAX: usize = 4_096;

/// Bytes of a request's body: a text of 2,000 characters, each as a JSON escape, plus a margin.
pub const HTTP_BODY_BYTES_MAX: usize = 32_768;

/// Bytes of an agent profile in a request: its longest instructions at four bytes a character, plus a margin.
pub const HTTP_PROFILE_BYTES_MAX: usize = 196_608;

/// Bytes of one value that a dialplan or a program sends, such as a caller's number.
pub const HTTP_VALUE_BYTES_MAX: usize = 256;

/// Characters of a search text.
pub const SEARCH_CHARS_MAX: usize = 100;

/// Different words of one call that can be found by a search; an hour of conversation has about 1,500.
pub const CALL_WORDS_MAX: usize = 20_000;

/// Words of one search; further words don't narrow it.
pub const LOOKED_FOR_WORDS_MAX: usize = 16;

/// Maximum results of a search of each kind.
pub const SEARCH_OF_A_KIND_MAX: u32 = 5;

/// The newest leads, and the newest calls, that are searched: a search runs with every key that is pressed.
pub const SEARCHED_ROWS_MAX: i64 = 10_000;

/// Users of an organization that are searched.
pub const SEARCH_AGENTS_MAX: i64 = 1_000;

/// Concurrent HTTP connections that aren't WebSockets. One more closes the oldest that has no complete request.
pub const HTTP_CONNECTIONS_MAX: usize = 2_048;

/// Concurrent HTTP connections of one address that aren't WebSockets (of IPv6: of one /64 network). One more closes the oldest of
/// this address that has no complete request. An office that shares an address has a few for each page that is being opened.
pub const HTTP_CONNECTIONS_OF_ADDRESS_MAX: usize = 256;

/// HTTP connections that were asked to close and aren't closed yet, beyond which no further connection is accepted.
pub const HTTP_CONNECTIONS_LEAVING_MAX: usize = 64;

/// Milliseconds for a request's head, against clients that send a byte a second.
pub const HTTP_REQUEST_MS_MAX: u64 = 5_000;

/// Milliseconds for a whole request, from its first byte to the last of its body. A long body gets more time as it arrives:
/// [`HTTP_BODY_BYTES_PER_S_MIN`].
pub const HTTP_WHOLE_REQUEST_MS_MAX: u64 = 10_000;

/// Bytes of a body that give its request another second: a client that sends at this rate isn't cut off.
pub const HTTP_BODY_BYTES_PER_S_MIN: u64 = 4_096;

/// Milliseconds for a whole request, however long it is and however steadily it arrives.
pub const HTTP_UPLOAD_MS_MAX: u64 = 120_000;

/// Milliseconds that a connection may take to close after it was answered before its request was complete.
pub const HTTP_GOODBYE_MS_MAX: u64 = 2_000;

/// Milliseconds that an answer may still take after the client has closed its side of the connection, as pages do when they are
/// left. A live view, which has no end, would otherwise keep its share of the open ones until its next event.
pub const HTTP_CLOSED_MS_MAX: u64 = 1_000;

/// Milliseconds that a connection without a request is kept.
pub const HTTP_IDLE_MS_MAX: u64 = 15_000;

/// Milliseconds that a client may take no byte of its answer.
pub const HTTP_STALL_MS_MAX: u64 = 15_000;

/// Milliseconds that a request waits for the registry: the registry's own longest answer takes 4 s.
pub const HTTP_REGISTRY_WAIT_MS: u64 = 5_000;

/// Milliseconds that the answer to a changed setting waits until new calls know of the change.
pub const HTTP_CHANGE_KNOWN_WAIT_MS: u64 = 3_000;

/// Wrong link tokens that one address may try in [`SIGN_IN_WINDOW_MS`]; passwords and codes have growing pauses instead.
pub const SIGN_IN_ATTEMPTS_MAX: u32 = 5;

/// Milliseconds that an address waits, counted from its first wrong token.
pub const SIGN_IN_WINDOW_MS: u64 = 60_000;

/// Addresses whose wrong tokens are counted; beyond that the oldest are forgotten.
pub const SIGN_IN_ADDRESSES_MAX: usize = 4_096;

/// Accounts, addresses, or pairs of them whose wrong passwords are counted; beyond that the ones with the fewest are forgotten.
pub const SIGN_IN_TALLIES_MAX: usize = 16_384;

/// Pairs of account and address with a past sign-in; beyond that the oldest count as unknown again.
pub const FAMILIAR_PLACES_MAX: usize = 16_384;

/// Milliseconds for which an address counts as familiar to an account after a sign-in from there.
pub const FAMILIAR_MS: u64 = 30 * 24 * 3_600_000;

/// Seconds for which a browser counts as familiar to an account after a sign-in with it.
pub const DEVICE_S: u64 = 180 * 24 * 3_600;

/// Accounts to which one browser is familiar, as at a shared desk.
pub const DEVICE_ACCOUNTS_MAX: usize = 5;

/// Proxies in a row whose forwarding headers are trusted, each for the previous one.
pub const FORWARDED_HOPS_MAX: usize = 32;

/// Remembered addresses that acted as a proxy and aren't trusted.
pub const UNTRUSTED_PROXIES_MAX: usize = 16;
/// Remembered addresses whose requests as a dialplan were refused; a new one replaces the oldest.
pub const REFUSED_DIALPLANS_MAX: usize = 16;

/// Milliseconds that a sign-in to the pages lasts: a working day.
pub const SESSION_MS: u64 = 12 * 3_600_000;

/// Milliseconds that such a sign-in may go on beyond that because its user is in a call at the desk, or wraps one up.
pub const SESSION_IN_CALL_MS_MAX: u64 = 4 * 3_600_000;

/// Milliseconds before its end at which a sign-in is prolonged for that. Longer than any socket or live view waits before it looks again.
pub const SESSION_ENDS_SOON_MS: u64 = 60_000;

/// Milliseconds by which it is prolonged at a time, from then on.
pub const SESSION_PROLONGED_MS: u64 = 5 * 60_000;

/// Orders that wait for a control connection. A call sends a few a second; more means that the connection is stuck.
pub const CONTROL_ORDERS_MAX: usize = 256;

/// Bytes of one command on a control socket: the longest agent profile plus the message around it.
pub const CONTROL_FRAME_BYTES_MAX: usize = HTTP_PROFILE_BYTES_MAX + 4_096;

/// Bytes of a frame of any WebSocket: of a frame whose header announces more, nothing further is read. A message that is shorter
/// but too long for its socket is read, so that its sender learns why the socket is closed.
pub const SOCKET_FRAME_BYTES_MAX: usize = 2 * CONTROL_FRAME_BYTES_MAX;

/// Bytes that are read after a request that is being answered, if its client sends more without waiting for the answer.
pub const HTTP_AHEAD_BYTES_MAX: usize = 1_024;

/// Bytes of a body of unknown length that are read before the handler asks for more.
pub const HTTP_BODY_BYTES_AHEAD_MAX: usize = 8_192;

/// Bytes that are read from a connection at a time while no request is being answered: they may contain many requests.
pub const HTTP_BYTES_AT_ONCE: usize = 2_048;

/// Characters of a command's id.
pub const CONTROL_ID_CHARS_MAX: usize = 64;

/// Commands of one control socket that are in progress at once.
pub const CONTROL_IN_FLIGHT_MAX: usize = 16;

/// Messages that one control socket may send in a second; the same number may come at once after a quiet second.
pub const CONTROL_MESSAGES_PER_S_MAX: u32 = 50;

/// Messages above that limit, without a second's pause between them, after which a control socket is closed.
pub const CONTROL_REFUSED_MAX: u32 = 200;

/// Messages that wait to be written on a control socket, and events that wait for it; a socket with more is closed.
pub const CONTROL_WAITING_MAX: usize = 256;

/// Bytes of the answers, and of the first events of subscriptions, that wait to be written on a control socket; a single one may
/// be longer.
pub const CONTROL_WAITING_BYTES_MAX: usize = 8 * 1_024 * 1_024;

/// Milliseconds that one write on a control socket may take.
pub const CONTROL_WRITE_MS_MAX: u64 = 5_000;

/// Milliseconds between two pings on a control socket.
pub const CONTROL_PING_MS: u64 = 15_000;

/// Milliseconds after which a control socket that sends nothing, not even a pong, is closed.
pub const CONTROL_SILENT_MS_MAX: u64 = 45_000;

/// Milliseconds that the closing of a control socket may take.
pub const CONTROL_END_MS_MAX: u64 = 20_000;

/// Events that are kept for control sockets that reconnect.
pub const CONTROL_KEPT_EVENTS_MAX: usize = 4_096;

/// Bytes of the events that are kept.
pub const CONTROL_KEPT_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Milliseconds for which events are kept after the last control socket that subscribed to any.
pub const CONTROL_KEPT_MS: u64 = 60_000;

/// Milliseconds between two readings of actors and figures, while a control socket subscribes to them.
pub const CONTROL_POLL_MS: u64 = 2_000;

/// Bytes of the PEM file of a certificate with its issuers, or of its key. The file is read again while the server runs.
pub const CERTIFICATE_BYTES_MAX: u64 = 1_048_576;
