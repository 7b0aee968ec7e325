//! The few messages of PostgreSQL's protocol that the tunnel reads or writes ("Message Formats" in its manual).

use cordboard_schema::limits::{POSTGRES_SIGN_IN_BYTES_MAX, POSTGRES_STARTUP_BYTES_MAX};

/// `SSLRequest`: its length and its code. Answered with one byte, `S` or `N`.
pub(super) const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Tag and length of a message of the server.
pub(super) const HEAD_BYTES: usize = 5;

/// The server's `Authentication...` messages.
const AUTHENTICATION: u8 = b'R';
/// `NegotiateProtocolVersion`, which comes before the authentication.
const NEGOTIATION: u8 = b'v';
/// The code of `AuthenticationSASL`: a list of mechanisms follows.
const SASL: [u8; 4] = [0, 0, 0, 10];
/// The mechanism that binds the password's proof to the TLS connection.
const BOUND: &[u8] = b"SCRAM-SHA-256-PLUS";

/// An invalid length or list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its answer is not PostgreSQL's protocol")]
pub(super) struct NotPostgres;

/// The number of bytes of the client's first message after its length.
pub(super) fn startup_rest(length: [u8; 4]) -> Result<usize, NotPostgres> {
    rest(length, POSTGRES_STARTUP_BYTES_MAX)
}

/// The number of bytes of a server's message after its head.
pub(super) fn message_rest(head: [u8; HEAD_BYTES]) -> Result<usize, NotPostgres> {
    let [_, length @ ..] = head;
    rest(length, POSTGRES_SIGN_IN_BYTES_MAX)
}

/// The length includes itself.
fn rest(length: [u8; 4], max: usize) -> Result<usize, NotPostgres> {
    let rest = usize::try_from(u32::from_be_bytes(length)).ok().and_then(|length| length.checked_sub(4));
    rest.filter(|rest| *rest <= max).ok_or(NotPostgres)
}

/// Tells whether the authentication request is still to come after a message with this head.
pub(super) fn is_before_sign_in(head: [u8; HEAD_BYTES]) -> bool {
    head[0] == NEGOTIATION
}

/// The message for the client, without the mechanism that is bound to the TLS connection. The library does not know of the TLS connection, and would
/// take the offer of that mechanism for an attack.
pub(super) fn without_channel_binding(head: [u8; HEAD_BYTES], body: &[u8]) -> Vec<u8> {
    let names = if head[0] == AUTHENTICATION { body.strip_prefix(&SASL) } else { None };
    let body = match names {
        None => body.to_vec(),
        Some(names) => {
            let kept = names
                .split_inclusive(|byte| *byte == 0)
                .filter(|name| name.strip_suffix(&[0]) != Some(BOUND));
            SASL.iter().chain(kept.flatten()).copied().collect()
        }
    };
    message(head[0], &body)
}

/// An `ErrorResponse` that ends a connection, as the server would send it.
pub(super) fn error_response(cause: &str) -> Vec<u8> {
    let cause = cause.replace('\0', " ");
    // Severity, SQLSTATE ("the client was unable to establish the connection"), text.
    message(b'E', format!("SFATAL\0VFATAL\0C08001\0M{cause}\0\0").as_bytes())
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len().saturating_add(4)).unwrap_or(u32::MAX);
    [&[tag], &length.to_be_bytes()[..], body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(of: &[u8]) -> [u8; HEAD_BYTES] {
        of[..HEAD_BYTES].try_into().unwrap()
    }

    #[test]
    fn only_the_channel_binding_mechanism_is_left_out() {
        let offer = message(AUTHENTICATION, b"\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
        let seen = without_channel_binding(head(&offer), &offer[HEAD_BYTES..]);
        assert_eq!(seen, message(AUTHENTICATION, b"\0\0\0\x0aSCRAM-SHA-256\0\0"));
        assert_eq!(message_rest(head(&seen)), Ok(seen.len() - HEAD_BYTES));
        for other in [
            message(AUTHENTICATION, b"\0\0\0\x05salt"),
            message(AUTHENTICATION, b"\0\0\0\x0aSCRAM-SHA-256\0\0"),
            message(AUTHENTICATION, b"\0\0"),
            error_response("no"),
        ] {
            assert_eq!(without_channel_binding(head(&other), &other[HEAD_BYTES..]), other);
        }
    }

    #[test]
    fn lengths_are_bounded() {
        assert_eq!(startup_rest([0, 0, 0, 8]), Ok(4));
        assert_eq!(message_rest([b'R', 0, 0, 0, 8]), Ok(4));
        for bad in [[0, 0, 0, 3], [0xff; 4], [0, 1, 0, 0]] {
            assert_eq!(startup_rest(bad), Err(NotPostgres));
            assert_eq!(message_rest([b'R', bad[0], bad[1], bad[2], bad[3]]), Err(NotPostgres));
        }
        // An answer of an HTTP server is not PostgreSQL's protocol.
        assert_eq!(message_rest(*b"HTTP/"), Err(NotPostgres));
    }
}
