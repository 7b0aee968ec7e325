//! Every captured audio WebSocket of a real FreeSWITCH, replayed: what its caller said is heard, and it ends once.

use std::fs;
use std::ops::Range;
use std::path::Path;

use cordboard_schema::call::LegEnd;
use cordboard_schema::event::{Announcement, Fact};
use uuid::Uuid;

use crate::leg_call::Listener;
use crate::stream_module::Module;
use crate::stream_stage::Stage;

/// Messages that are compared sample by sample; a second of most captures.
const COMPARED_MAX: usize = 50;

/// Bytes that a FreeSWITCH sent on one connection.
struct Connection {
    name: String,
    bytes: Vec<u8>,
}

/// A message: its position, its kind, and its contents.
struct Message {
    at: Range<usize>,
    kind: u8,
    payload: Vec<u8>,
}

/// All connections of all captures that name a channel by its UUID.
fn connections() -> Vec<Connection> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/freeswitch");
    let mut connections = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".ws.fs2app.bin") {
            continue;
        }
        let all = fs::read(&path).unwrap();
        let begins = (0..all.len()).filter(|at| all[*at..].starts_with(b"GET /")).collect::<Vec<_>>();
        for (number, begin) in begins.iter().enumerate() {
            let end = begins.get(number + 1).copied().unwrap_or(all.len());
            let path = String::from_utf8_lossy(&all[*begin..end.min(*begin + 200)]).into_owned();
            let asked_for = path.strip_prefix("GET /audio/").and_then(|path| path.split(' ').next());
            if asked_for.is_some_and(|asked_for| asked_for.parse::<Uuid>().is_ok()) {
                connections
                    .push(Connection { name: format!("{name} {number}"), bytes: all[*begin..end].to_vec() });
            }
        }
    }
    connections.sort_by(|a, b| a.name.cmp(&b.name));
    connections
}

impl Connection {
    fn head_end(&self) -> usize {
        self.bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4
    }

    fn messages(&self) -> Vec<Message> {
        let (mut at, mut messages) = (self.head_end(), Vec::new());
        while at < self.bytes.len() {
            let rest = &self.bytes[at..];
            let (len, head) = match rest[1] & 0x7f {
                126 => (usize::from(u16::from_be_bytes([rest[2], rest[3]])), 4),
                len => (usize::from(len), 2),
            };
            let mask = &rest[head..head + 4];
            let masked = rest[head + 4..head + 4 + len].iter();
            let payload = masked.zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            let end = at + head + 4 + len;
            messages.push(Message { at: at..end, kind: rest[0] & 0x0f, payload });
            at = end;
        }
        messages
    }
}

#[actix::test]
async fn real_callers_are_heard_and_each_connection_ends_once() {
    let connections = connections();
    assert!(connections.len() >= 27, "{} connections", connections.len());
    let (mut compared, mut announced) = (0, 0);
    for connection in &connections {
        let mut stage = Stage::open();
        let mut module = Module::connect(stage.address).await;
        module.send(&connection.bytes[..connection.head_end()]).await;
        let mut call = stage.start_leg().await;
        let (status, _) = module.answer().await;
        assert_eq!(status, "HTTP/1.1 101 Switching Protocols", "{}", connection.name);
        let mut listener = None;
        let mut messages = connection.messages().into_iter();
        for message in messages.by_ref().take(COMPARED_MAX) {
            module.send(&connection.bytes[message.at]).await;
            if message.kind != 2 {
                if listener.is_none()
                    && String::from_utf8_lossy(&message.payload).contains(r#""from":"1001""#)
                {
                    let announcement =
                        Announcement { from: Some("1001".to_owned()), ..Announcement::default() };
                    assert_eq!(call.fact().await, Fact::Announced { announcement }, "{}", connection.name);
                    announced += 1;
                }
                continue;
            }
            match &listener {
                // The first message is heard only by ears that are already plugged, and there are none.
                None => listener = Some(Listener::plugged(&call.joined().await)),
                Some(listener) => {
                    let said: Vec<i16> =
                        message.payload.as_chunks::<2>().0.iter().map(|&b| i16::from_le_bytes(b)).collect();
                    assert_eq!(listener.hears_samples(said.len()).await, said, "{}", connection.name);
                    compared += 1;
                }
            }
        }
        for message in messages {
            module.send(&connection.bytes[message.at]).await;
        }
        drop(module);
        assert_eq!(call.left().await.0, LegEnd::Closed, "{}", connection.name);
    }
    assert!(compared > 1_000, "{compared} messages were compared");
    assert!(announced > 0, "at least one was started by a dialplan that names the caller");
}

/// Wherever it is cut, the switch counts as having left.
#[actix::test]
async fn a_connection_that_is_cut_off_anywhere_has_ended() {
    let connection = connections().into_iter().find(|c| c.name.starts_with("ai_call_flow")).unwrap();
    let head = connection.head_end();
    for cut in (head..head + 1_500).step_by(37) {
        let mut stage = Stage::open();
        let mut module = Module::connect(stage.address).await;
        module.send(&connection.bytes[..cut]).await;
        let mut call = stage.start_leg().await;
        let _ = module.answer().await;
        drop(module);
        call.left().await;
    }
}
