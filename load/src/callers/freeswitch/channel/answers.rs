//! Answers to a server: messages to the channel, and commands of the API.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use super::super::super::super::board::Reaction;
use super::super::channel_text::{ChannelState, EventName};
use super::super::command::Command;
use super::super::prompts::Broken;
use super::{Ask, Audio, Channel, first_word};

const OK: &str = "+OK\n";
const SUCCESS: &str = "+OK Success\n";
const REFUSED: &str = "-ERR Operation Failed\n";

impl Channel {
    pub(super) fn take_message(&mut self, command: &Command, now: Instant) -> Option<Ask> {
        self.reply("+OK");
        match command.header("call-command") {
            Some("execute") => self.execute(command, now),
            Some("hangup") => {
                Some(Ask::HangUp(command.header("hangup-cause").unwrap_or_default().to_owned()))
            }
            Some("unicast") => self.begin_unicast(command),
            _ => {
                self.fail("the server sends a message that is no execute, hangup or unicast");
                None
            }
        }
    }

    fn execute(&mut self, command: &Command, now: Instant) -> Option<Ask> {
        let application = command.header("execute-app-name").unwrap_or_default();
        let argument = command.header("execute-app-arg").unwrap_or_default();
        let id = command.header("Event-UUID");
        match application {
            "playback" => self.play(argument, id, now),
            "answer" => {
                self.state = ChannelState::Answered;
                self.fire(EventName::Channel("CHANNEL_ANSWER"), "", "");
                self.executed("answer", argument, "_none_", id);
            }
            "hangup" => return Some(Ask::HangUp(argument.to_owned())),
            other => self.executed(other, argument, "_none_", id),
        }
        None
    }

    /// Reports that an application is done.
    pub(super) fn executed(&mut self, application: &str, argument: &str, response: &str, id: Option<&str>) {
        let id = id.unwrap_or("00000000-0000-4000-8000-000000000000");
        let headers = format!(
            "Application: {application}\nApplication-Data: {argument}\nApplication-Response: {response}\n\
             Application-UUID: {id}\n"
        );
        self.fire(EventName::Channel("CHANNEL_EXECUTE_COMPLETE"), &headers, "");
    }

    /// A real FreeSWITCH crashes on this if the channel has no media, and later on the second one on a parked channel.
    fn begin_unicast(&mut self, command: &Command) -> Option<Ask> {
        if self.state != ChannelState::Answered || self.audio != Audio::None {
            self.fail(
                "the server asks for unicast before the answer, or twice: a real FreeSWITCH would have died",
            );
            return None;
        }
        let host: Option<IpAddr> = command.header("remote-ip").and_then(|text| text.parse().ok());
        let port: Option<u16> = command.header("remote-port").and_then(|text| text.parse().ok());
        let Some((host, port)) = host.zip(port) else {
            self.fail("the server asks for unicast to nowhere");
            return None;
        };
        self.audio = Audio::Unicast;
        Some(Ask::BeginUnicast(SocketAddr::new(host, port)))
    }

    /// Returns the output of an API command.
    pub(super) fn run_api(&mut self, line: &str, now: Instant) -> (String, Option<Ask>) {
        let words: Vec<&str> = line.split(' ').collect();
        let (answer, ask) = match words[..] {
            ["uuid_audio_stream", _, "start", url, ..] if self.audio == Audio::None => {
                self.audio = Audio::Stream;
                (SUCCESS, Some(Ask::OpenStream(url.to_owned())))
            }
            ["uuid_audio_stream", _, "stop", ..] if self.audio == Audio::Stream => {
                self.audio = Audio::None;
                (SUCCESS, Some(Ask::CloseStream))
            }
            ["uuid_audio_stream", ..] => (REFUSED, None),
            ["uuid_break", _, ref rest @ ..] => {
                self.board.borrow_mut().key_answered(self.call, Reaction::Break, now);
                self.break_prompt(if rest.contains(&"all") { Broken::All } else { Broken::Current }, now);
                (OK, None)
            }
            ["uuid_transfer", _, "'park'", "inline"] => {
                self.executed("socket", "", "_none_", None);
                let was = std::mem::replace(&mut self.audio, Audio::None);
                (OK, (was == Audio::Unicast).then_some(Ask::EndUnicast))
            }
            ["uuid_kill", _, ref cause @ ..] => {
                (OK, Some(Ask::HangUp(cause.first().copied().unwrap_or("NORMAL_CLEARING").to_owned())))
            }
            ["uuid_setvar" | "uuid_setvar_multi", ..] => (OK, None),
            ["uuid_getvar", ..] => ("_undef_", None),
            ["uuid_exists", ..] if self.state == ChannelState::HungUp => ("false", None),
            ["uuid_exists", ..] => ("true", None),
            _ => return (format!("-ERR {} Command not found!\n", first_word(line)), None),
        };
        (answer.to_owned(), ask)
    }
}
