//! `doctor` with a running server that refuses the requests of a dialplan, and knows no manager interface of its Asterisk.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use cordboard_test_support::server::{ADMIN_TOKEN, Server};

use super::{FREE_PORTS, cordboard, stdout};

/// The doctor's line about dialplans' requests to the server at this address.
fn line(listen: SocketAddr) -> String {
    let folder = tempfile::tempdir().unwrap();
    let listen = listen.to_string();
    let environment = [("CORDBOARD_HTTP__LISTEN", listen.as_str()), ("CORDBOARD_ADMIN_TOKEN", ADMIN_TOKEN)];
    let said = stdout(&cordboard(folder.path(), &["doctor"], &[&FREE_PORTS[1..], &environment].concat()));
    said.lines()
        .find(|line| line.starts_with("dialplan requests"))
        .unwrap_or_else(|| panic!("{said}"))
        .to_owned()
}

#[test]
fn refused_dialplans_without_ami_are_reported() {
    let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &[]).unwrap();
    let listen = server.addresses().http;
    assert!(line(listen).contains("the running server refuses none"));
    let mut dialplan = TcpStream::connect(listen).unwrap();
    let next = "/api/v1/calls/0192e4a0-0000-7000-8000-000000000000/next?token=that-of-yesterday";
    write!(dialplan, "GET {next} HTTP/1.1\r\nHost: cordboard\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    dialplan.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let said = line(listen);
    assert!(said.contains("with 401 (addresses: 1)") && said.contains("set CORDBOARD_TOKEN"), "{said}");
}
