//! The check with which an address shows that it receives what is sent to it: a binding request with its own transaction (RFC 8489), signed with the
//! peer's credentials like one of ICE (RFC 8445, section 7.2.2).

use str0m::ice::StunMessage;

use crate::crypto::hmac_sha1;

const MAGIC: [u8; 4] = 0x2112_a442_u32.to_be_bytes();
const HEADER_BYTES: usize = 20;
const FINGERPRINT_XOR: u32 = 0x5354_554e;

/// The id of a check, which its answer contains.
pub(crate) type Transaction = [u8; 12];

/// Whether this is a binding request.
pub(crate) fn is_request(datagram: &[u8]) -> bool {
    is_stun(datagram) && datagram[..2] == [0, 1]
}

/// Returns the transaction if this is an answer to a check.
pub(crate) fn answered(datagram: &[u8]) -> Option<Transaction> {
    (is_stun(datagram) && datagram[..2] == [1, 1]).then(|| datagram[8..HEADER_BYTES].try_into().ok())?
}

/// Whether this is a STUN message (RFC 7983: the first byte is 0 to 3).
pub(crate) fn is_stun(datagram: &[u8]) -> bool {
    datagram.len() >= HEADER_BYTES && datagram[0] <= 3 && datagram[4..8] == MAGIC
}

/// Whether a message was signed with this password.
pub(crate) fn is_signed(message: &[u8], password: &str) -> bool {
    StunMessage::parse(message).is_ok_and(|message| message.verify(password.as_bytes(), hmac_sha1))
}

/// Makes a check for the peer with these credentials, to whom ours are `ours`.
pub(crate) fn question(transaction: Transaction, theirs: &str, ours: &str, password: &str) -> Vec<u8> {
    let mut message = vec![0, 1, 0, 0];
    message.extend(MAGIC);
    message.extend(transaction);
    let user = format!("{theirs}:{ours}");
    attribute(&mut message, 0x0006, user.as_bytes());
    // PRIORITY of a host candidate, and ICE-CONTROLLED: we are never controlling.
    attribute(&mut message, 0x0024, &0x7eff_ffff_u32.to_be_bytes());
    attribute(&mut message, 0x8029, &[0; 8]);
    set_length(&mut message, 24);
    let signature = hmac_sha1(password.as_bytes(), &[&message]);
    attribute(&mut message, 0x0008, &signature);
    set_length(&mut message, 8);
    let fingerprint = crc32(&message) ^ FINGERPRINT_XOR;
    attribute(&mut message, 0x8028, &fingerprint.to_be_bytes());
    message
}

fn attribute(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend(kind.to_be_bytes());
    message.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
    message.extend(value);
    message.resize(message.len().next_multiple_of(4), 0);
    set_length(message, 0);
}

/// Writes the length after the header, plus this many bytes that follow.
fn set_length(message: &mut [u8], more: usize) {
    let length = u16::try_from(message.len() - HEADER_BYTES + more).unwrap_or(u16::MAX);
    message[2..4].copy_from_slice(&length.to_be_bytes());
}

/// CRC-32 of ISO 3309, for FINGERPRINT.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_valid_for_ice() {
        let password = "a password of twenty-two letters";
        let question = question([7; 12], "them", "us", password);
        assert!(is_request(&question));
        let read = StunMessage::parse(&question).unwrap();
        assert_eq!(read.split_username(), Some(("them", "us")));
        assert!(is_signed(&question, password));
        assert!(!is_signed(&question, "another"));
        assert!(!is_signed(&question[..question.len() - 4], password));
        assert!(!is_signed(&[], password));
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn an_answer_has_the_transaction_of_its_check() {
        let mut answer = question([7; 12], "them", "us", "password");
        assert_eq!(answered(&answer), None, "a question");
        answer[0] = 1;
        assert_eq!(answered(&answer), Some([7; 12]));
        assert_eq!(answered(&answer[..19]), None);
    }
}
