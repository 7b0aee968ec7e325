//! `api` and `bgapi`: one command line in, its output out.

mod channel;
mod lookup;
mod moving;
pub(super) mod originate;
mod stream;

pub(super) use moving::inline;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::faults::AudioModule;
use super::referee::Rule;
use super::switch::Switch;

/// FreeSWITCH's answer about a call that does not exist.
const NO_CHANNEL: &str = "-ERR No such channel!\n";
/// Its answer to a success.
const OK: &str = "+OK\n";

/// Runs a whole line.
pub(super) async fn run_line(switch: &Arc<Switch>, line: &str) -> String {
    let (name, arguments) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    run(switch, name, arguments.trim()).await
}

/// Runs a command.
pub(super) fn run<'a>(
    switch: &'a Arc<Switch>,
    name: &'a str,
    arguments: &'a str,
) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
    Box::pin(async move {
        let output = match name {
            "originate" => originate::run(switch, arguments).await,
            // A program can't know that before it asks.
            "uuid_audio_stream" if switch.faults().audio_module == AudioModule::Missing => {
                return unknown(name);
            }
            "uuid_audio_stream" => stream::run(switch, arguments).await,
            "msleep" => {
                let ms = arguments.parse().unwrap_or(0);
                tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
                OK.to_owned()
            }
            "uuid_transfer" | "uuid_bridge" | "uuid_park" | "uuid_hold" | "uuid_broadcast" => {
                moving::run(switch, name, arguments)
            }
            _ if name.starts_with("uuid_") => channel::run(switch, name, arguments),
            _ => lookup::run(switch, name, arguments),
        };
        let usage = output.starts_with("-USAGE") || output.starts_with("USAGE");
        if usage || output.contains("Command not found") {
            switch.referee().against(Rule::Api, format!("{name} {arguments}"));
        }
        output
    })
}

/// FreeSWITCH's answer to an unknown command.
fn unknown(name: &str) -> String {
    format!("-ERR {name} Command not found!\n")
}

/// Splits a text into words; a word in single quotes may contain spaces.
pub(super) fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for letter in text.chars() {
        match letter {
            '\'' => (quoted, any) = (!quoted, true),
            ' ' if !quoted => {
                if any {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            letter => {
                word.push(letter);
                any = true;
            }
        }
    }
    if any {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(words("u 'socket:h:1 async full' inline"), ["u", "socket:h:1 async full", "inline"]);
        assert_eq!(words("  a  b "), ["a", "b"]);
    }
}
