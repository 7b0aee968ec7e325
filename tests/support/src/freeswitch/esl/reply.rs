//! The frames that are not events.

/// The last message to every connection.
const GOODBYE: &str = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n";

/// `command/reply`.
pub(super) fn reply(text: &str) -> Vec<u8> {
    format!("Content-Type: command/reply\nReply-Text: {text}\n\n").into_bytes()
}

/// FreeSWITCH's answer to an unknown command.
pub(super) fn unknown() -> Vec<u8> {
    reply("-ERR command not found")
}

/// The reply to `bgapi`.
pub(super) fn job(id: &str) -> Vec<u8> {
    format!("Content-Type: command/reply\nReply-Text: +OK Job-UUID: {id}\nJob-UUID: {id}\n\n").into_bytes()
}

/// `api/response`.
pub(super) fn api(body: &str) -> Vec<u8> {
    let body = if body.is_empty() { "-ERR no reply\n" } else { body };
    format!("Content-Type: api/response\nContent-Length: {}\n\n{body}", body.len()).into_bytes()
}

/// The first frame for an inbound client.
pub(super) fn auth_request() -> Vec<u8> {
    b"Content-Type: auth/request\n\n".to_vec()
}

/// For a client that is not in the ACL.
pub(super) fn rude() -> Vec<u8> {
    let body = "Access Denied, go away.\n";
    format!("Content-Type: text/rude-rejection\nContent-Length: {}\n\n{body}", body.len()).into_bytes()
}

/// The last frame of a connection; an outbound one names its call.
pub(super) fn farewell(call: Option<&str>) -> Vec<u8> {
    let call = call.map_or_else(String::new, |uuid| {
        format!("Controlled-Session-UUID: {uuid}\nContent-Disposition: disconnect\n")
    });
    let length = GOODBYE.len();
    format!("Content-Type: text/disconnect-notice\n{call}Content-Length: {length}\n\n{GOODBYE}").into_bytes()
}

/// The last frame before the switch stops.
pub(super) fn shutdown() -> Vec<u8> {
    let body = "The system is being shut down.\n";
    format!("Content-Type: text/disconnect-notice\nContent-Length: {}\n\n{body}", body.len()).into_bytes()
}

/// The call is over and the connection stays for a while; `seconds` is -1 for no limit.
pub(super) fn lingering(call: &str, channel_name: &str, seconds: i64) -> Vec<u8> {
    format!(
        "Content-Type: text/disconnect-notice\nControlled-Session-UUID: {call}\nContent-Disposition: linger\n\
         Channel-Name: {channel_name}\nLinger-Time: {seconds}\nContent-Length: 0\n\n"
    )
    .into_bytes()
}
