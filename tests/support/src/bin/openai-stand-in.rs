//! The OpenAI stand-in as a program, to try things by hand: every response is the same short tone.
//!
//! `openai-stand-in [PORT]` prints the base URL, and when its standard input ends, it lists what clients did against the rules.

use std::error::Error;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};

use cordboard_test_support::openai::{OpenAiStandIn, Script};

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let provider = OpenAiStandIn::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), Script::new())?;
    println!("{}", provider.base_url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    for (connection, violation) in provider.into_violations() {
        println!("connection {connection}: {:?}: {}", violation.rule, violation.how);
    }
    Ok(())
}
