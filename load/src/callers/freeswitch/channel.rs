//! One channel of the simulated FreeSWITCH: its answers to commands, and the events that it fires. It has no clock and no socket; its output waits in
//! [`Channel::out`].
//!
//! It answers at once, whereas a real FreeSWITCH takes 20 ms to fire an event: the server's part is measured. Filters are acknowledged and not
//! applied, because a connection only receives events of its own channel.
//!
//! Source: traffic of a FreeSWITCH (`tests/captures/freeswitch`).

mod answers;
mod sound;

use std::net::SocketAddr;
use std::time::Instant;

use uuid::Uuid;

use super::super::super::board::{CallNumber, SharedBoard};
use super::channel_text::{ChannelState, ChannelText, Event, EventName};
use super::command::Command;
use super::prompts::Prompts;

/// A real FreeSWITCH's summary of a call, 3 kB.
const SUMS: &str = include_str!("channel/sums.txt");

/// See the module's description.
#[derive(Debug)]
pub(super) struct Channel {
    /// Bytes to be sent on ESL.
    pub(super) out: Vec<u8>,
    call: CallNumber,
    board: SharedBoard,
    uuid: Uuid,
    text: ChannelText,
    state: ChannelState,
    /// Names and subclasses that the server has requested.
    events: Vec<String>,
    linger_s: String,
    prompts: Prompts,
    files_written: u32,
    audio: Audio,
}

/// How the channel's sound goes to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audio {
    /// Not at all.
    None,
    /// By the audio module, open or about to be.
    Stream,
    /// As datagrams, since the channel was parked.
    Unicast,
}

/// A command's request to the owner of the sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Open a WebSocket there.
    OpenStream(String),
    /// Close it.
    CloseStream,
    /// Send datagrams there.
    BeginUnicast(SocketAddr),
    /// Send no more of them.
    EndUnicast,
    /// The server hangs up, with this cause.
    HangUp(String),
    /// The server leaves: the connection ends.
    Leave,
}

impl Channel {
    /// Makes a channel with this number that rings, or that was answered by its dialplan.
    pub(super) fn new(
        call: CallNumber,
        uuid: Uuid,
        state: ChannelState,
        audio: Audio,
        board: SharedBoard,
    ) -> Self {
        let text = ChannelText::of(uuid, &(1_000 + u32::from(call.0)).to_string());
        Self {
            out: Vec::new(),
            call,
            board,
            uuid,
            text,
            state,
            events: Vec::new(),
            linger_s: String::new(),
            prompts: Prompts::default(),
            files_written: 0,
            audio,
        }
    }

    /// When [`tick`](Self::tick) is due.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.prompts.next_at()
    }

    /// Handles a command.
    pub(super) fn take(&mut self, command: &Command, now: Instant) -> Option<Ask> {
        match command.word() {
            "connect" => {
                self.text.write_data(self.state, &mut self.out);
                None
            }
            "linger" => {
                command.arguments().clone_into(&mut self.linger_s);
                self.reply(&format!("+OK will linger {} seconds", self.linger_s));
                None
            }
            "event" => {
                self.events.extend(command.arguments().split(' ').map(str::to_owned));
                self.reply("+OK event listener enabled plain");
                None
            }
            "filter" => {
                self.reply(&format!("+OK filter added. [{}]", command.arguments()));
                None
            }
            "sendmsg" => self.take_message(command, now),
            "api" => {
                let (answer, ask) = self.run_api(command.arguments(), now);
                self.write(&format!(
                    "Content-Type: api/response\nContent-Length: {}\n\n{answer}",
                    answer.len()
                ));
                ask
            }
            "bgapi" => {
                let job =
                    command.header("Job-UUID").map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
                self.write(&format!(
                    "Content-Type: command/reply\nReply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}\n\n"
                ));
                let (answer, ask) = self.run_api(command.arguments(), now);
                let headers = format!("Job-UUID: {job}\nJob-Command: {}\n", first_word(command.arguments()));
                self.fire(EventName::Job, &headers, &answer);
                ask
            }
            "exit" => {
                self.reply("+OK bye");
                self.write_notice(
                    "disconnect",
                    "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n",
                );
                Some(Ask::Leave)
            }
            _ => {
                self.reply("-ERR command not found");
                None
            }
        }
    }

    /// The caller presses a key for 120 ms.
    pub(super) fn press(&mut self, digit: char, now: Instant) {
        self.board.borrow_mut().key_pressed(self.call, now);
        let digit = if digit == '#' { "%23".to_owned() } else { digit.to_string() };
        let headers = format!("DTMF-Digit: {digit}\nDTMF-Duration: 960\nDTMF-Source: RTP\n");
        self.fire(EventName::Dtmf, &headers, "");
    }

    /// The channel is hung up, by its caller or by the server.
    pub(super) fn hang_up(&mut self, cause: &str) {
        self.state = ChannelState::HungUp;
        self.fire(EventName::Channel("CHANNEL_HANGUP"), &format!("Hangup-Cause: {cause}\n"), "");
    }

    /// Fires the events after a hang-up: its prompt ends, the dialplan ends, the call is summed up, the connection lingers.
    pub(super) fn sum_up(&mut self, cause: &str, disposition: &str, now: Instant) {
        self.cut_prompt(now);
        let head = format!("Hangup-Cause: {cause}\nvariable_sip_hangup_disposition: {disposition}\n");
        let socket = "Application: socket\nApplication-Data: 127.0.0.1%3A8022%20async%20full\nApplication-Response: _none_\n";
        self.fire(EventName::Channel("CHANNEL_EXECUTE_COMPLETE"), &format!("{head}{socket}"), "");
        let sums = format!("{head}variable_hangup_cause: {cause}\nvariable_hangup_cause_q850: 16\n{SUMS}");
        self.fire(EventName::Channel("CHANNEL_HANGUP_COMPLETE"), &sums, "");
        self.write_notice("linger", "");
    }

    fn reply(&mut self, text: &str) {
        self.write(&format!("Content-Type: command/reply\nReply-Text: {text}\n\n"));
    }

    fn write_notice(&mut self, disposition: &str, body: &str) {
        let (uuid, length) = (self.uuid, body.len());
        let linger = match disposition {
            "linger" => format!("Linger-Time: {}\n", self.linger_s),
            _ => String::new(),
        };
        self.write(&format!(
            "Content-Type: text/disconnect-notice\nControlled-Session-UUID: {uuid}\nContent-Disposition: {disposition}\n\
             {linger}Content-Length: {length}\n\n{body}"
        ));
    }

    fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Fires an event, if the server has requested it.
    fn fire(&mut self, name: EventName<'_>, headers: &str, body: &str) {
        let wanted = match name {
            EventName::Channel(name) => self.wants(name),
            EventName::Dtmf => self.wants("DTMF"),
            EventName::Job => self.wants("BACKGROUND_JOB"),
            EventName::AudioStream(subclass) => self.wants(&format!("mod_audio_stream::{subclass}")),
        };
        if wanted {
            self.text.write_event(&Event { name, headers, body }, self.state, &mut self.out);
        }
    }

    fn wants(&self, event: &str) -> bool {
        self.events.iter().any(|wanted| wanted == event)
    }

    fn fail(&self, what: &str) {
        self.board.borrow_mut().fail_call(self.call, what);
    }
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
