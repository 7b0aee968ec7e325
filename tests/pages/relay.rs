//! A server whose browsers get a TURN server, which is a real coturn.

use std::path::Path;

use cordboard_test_support::coturn::Coturn;
use cordboard_test_support::server::Server;
use serde_json::{Value, json};

/// Secret that server and coturn share.
const SECRET: &str = "secret-of-the-relay-0123456789";

/// See the module's description.
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
            // A visitor who comes over the socket in the end has waited 3 s for a connection.
            ("calls.meet_timeout_s", "10"),
        ];
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings);
        Ok(Self { server: server.map_err(|error| error.to_string())?, coturn })
    }

    /// Does what a script asks for; the first opens it.
    pub(crate) fn answer(opened: &mut Option<Self>, question: &Value) -> Result<Value, String> {
        if opened.is_none() {
            *opened = Some(Self::open()?);
        }
        let here = opened.as_ref().ok_or("no relay")?;
        match question["ask"].as_str().unwrap_or_default() {
            "open" => Ok(json!(format!("http://{}", here.server.addresses().http))),
            "log" => Ok(json!(here.server.log())),
            "relay_log" => Ok(json!(here.coturn.log())),
            other => Err(format!("nobody at a relay knows how to {other:?}")),
        }
    }
}
