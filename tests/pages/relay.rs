//! A server that gives browsers a TURN server, which is a real coturn.

use std::path::Path;

use cordboard_test_support::coturn::Coturn;
use cordboard_test_support::server::Server;
use serde_json::{Value, json};

/// The secret that the server and coturn share.
const SECRET: &str = "secret-of-the-relay-0123456789";

/// A running server with its coturn.
pub(crate) struct AtRelay {
    server: Server,
    coturn: Coturn,
}

impl AtRelay {
    fn open() -> Result<Self, String> {
        let coturn = Coturn::start(SECRET).map_err(|error| error.to_string())?;
        let relay = format!("turn:{}?transport=udp", coturn.address());
        let settings = [
            ("webrtc.enabled", "true"),
            ("webrtc.listen", "127.0.0.1:0"),
            ("webrtc.ice_servers", relay.as_str()),
            ("webrtc.turn_secret", SECRET),
            // A visitor who falls back to the socket has waited 3 s for a connection first.
            ("calls.meet_timeout_s", "10"),
        ];
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings);
        Ok(Self { server: server.map_err(|error| error.to_string())?, coturn })
    }

    /// Answers a script's request; the first one starts the server.
    pub(crate) fn answer(opened: &mut Option<Self>, question: &Value) -> Result<Value, String> {
        if opened.is_none() {
            *opened = Some(Self::open()?);
        }
        let here = opened.as_ref().ok_or("the server with a relay is not running")?;
        match question["ask"].as_str().unwrap_or_default() {
            "open" => Ok(json!(format!("http://{}", here.server.addresses().http))),
            "log" => Ok(json!(here.server.log())),
            "relay_log" => Ok(json!(here.coturn.log())),
            other => Err(format!("the server with a relay has no request {other:?}")),
        }
    }
}
