//! A server whose terminal is closed.

use std::process::{Command, Stdio};

use super::{FREE_PORTS, Server, addresses_of};

#[test]
fn a_closed_terminal_shuts_a_server_down_in_order() {
    let folder = tempfile::tempdir().unwrap();
    // Tests may run under nohup, and a process inherits that.
    let mut server = Server(
        Command::new("env")
            .args(["--default-signal=HUP", env!("CARGO_BIN_EXE_cordboard"), "serve", "--print-addresses"])
            .current_dir(folder.path())
            .env_clear()
            .envs(FREE_PORTS)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    addresses_of(&mut server);
    let sent = Command::new("kill").args(["-HUP", &server.0.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let ended = server.0.wait().unwrap();
    assert!(ended.success(), "{ended}");
}
