//! A webhook: a form that is signed and posted, and its TwiML answer.

use std::io;
use std::net::SocketAddr;

use cordboard_schema::wire::twilio::Form;
use cordboard_schema::wire::twilio::signature::sign;
use roxmltree::Document;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::form_urlencoded::Serializer;

use super::{AUTH_TOKEN, PUBLIC_BASE};

/// Maximum bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 65_536;

/// Posts a form. Returns the body of the answer.
///
/// # Errors
/// Fails if there is no answer, or its status is not 2xx.
pub(super) async fn post(to: SocketAddr, path: &str, form: &Form) -> io::Result<String> {
    let signature = sign(&format!("{PUBLIC_BASE}{path}"), form, AUTH_TOKEN);
    let mut body = Serializer::new(String::new());
    for (name, values) in form.fields() {
        body.extend_pairs(values.iter().map(|value| (name, value)));
    }
    let body = body.finish();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: load.example\r\nConnection: close\r\nX-Twilio-Signature: {signature}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.starts_with("HTTP/1.1 2") {
        return Ok(body.to_owned());
    }
    Err(io::Error::other(format!("{path} is answered {}", head.lines().next().unwrap_or("with nothing"))))
}

/// Returns the one-time token of the stream that TwiML requests.
///
/// # Errors
/// Fails if it requests none: the call was refused.
pub(super) fn stream_token(twiml: &str) -> io::Result<String> {
    let no_stream = || io::Error::other(format!("the call gets no stream but {twiml}"));
    let document = Document::parse(twiml).map_err(|_| no_stream())?;
    let parameter = document.descendants().find(|node| node.has_tag_name("Parameter"));
    let token = parameter.and_then(|node| node.attribute("value"));
    token.map(str::to_owned).ok_or_else(no_stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_in_the_streams_parameter() {
        let twiml = r#"<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="wss://x/call"><Parameter name="token" value="t&amp;1"/></Stream></Connect></Response>"#;
        assert_eq!(stream_token(twiml).unwrap(), "t&1");
        let refused = stream_token("<Response><Reject/></Response>").unwrap_err();
        assert!(refused.to_string().contains("<Reject/>"));
    }
}
