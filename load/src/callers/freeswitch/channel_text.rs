//! FreeSWITCH's description of a channel: some 5 kB with every event, as in reality (`channel.txt` was taken from a real one). Most of the server's
//! time for ESL is spent on reading this.
//!
//! Source: traffic of a FreeSWITCH (`tests/captures/freeswitch`).

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// The state and the variables of an answered channel, one header a line.
const CHANNEL: &str = include_str!("channel.txt");

/// Beginning of every event, after its name.
const SWITCH: &str = "\
Core-UUID: 24567780-ff92-47b2-b2bb-424bbe540087
FreeSWITCH-Hostname: pbx1
FreeSWITCH-Switchname: pbx1
FreeSWITCH-IPv4: 127.0.0.1
FreeSWITCH-IPv6: %3A%3A1
Event-Date-Local: 2026-11-20%2007%3A06%3A14
Event-Date-GMT: Fri,%2020%20Nov%202026%2007%3A06%3A14%20GMT
";

/// Fields with the source location of an event. One location stands for all.
const FIRED_BY: &str = "\
Event-Calling-File: switch_channel.c
Event-Calling-Function: switch_channel_perform_event
Event-Calling-Line-Number: 3928
";

/// State of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChannelState {
    /// It rings.
    Ringing,
    /// It was answered.
    Answered,
    /// It was hung up.
    HungUp,
}

impl ChannelState {
    const fn word(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::HungUp => "hangup",
        }
    }
}

/// One event of a channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'a> {
    /// The name, such as `CHANNEL_ANSWER`; for `mod_audio_stream` its subclass, such as `play`.
    pub(super) name: EventName<'a>,
    /// Further headers, each with a line end.
    pub(super) headers: &'a str,
    /// The body, if there is one.
    pub(super) body: &'a str,
}

/// The name of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventName<'a> {
    /// With everything that is known of the channel.
    Channel(&'a str),
    /// The same without its variables: a key.
    Dtmf,
    /// Of the audio module.
    AudioStream(&'a str),
    /// The result of a `bgapi`, without data of the channel.
    Job,
}

/// A channel's headers.
#[derive(Debug)]
pub(super) struct ChannelText {
    before_answer_state: String,
    caller: String,
    variables: String,
    sequence: u64,
    body: Vec<u8>,
}

impl ChannelText {
    /// Makes the text of a channel and its caller's number.
    pub(super) fn of(channel: Uuid, caller: &str) -> Self {
        let text = CHANNEL.replace("{channel}", &channel.to_string()).replace("{caller}", caller);
        let (before, after) = text.split_once("Answer-State: {answer}\n").unwrap_or((&text, ""));
        let variables_at = after.find("variable_").unwrap_or(after.len());
        let (caller, variables) = after.split_at(variables_at);
        Self {
            before_answer_state: before.to_owned(),
            caller: caller.to_owned(),
            variables: variables.to_owned(),
            sequence: 0,
            body: Vec::new(),
        }
    }

    /// Appends the answer to `connect`.
    pub(super) fn write_data(&mut self, state: ChannelState, out: &mut Vec<u8>) {
        self.write_head("Event-Name: CHANNEL_DATA\n", out);
        self.write_channel(state, out);
        out.extend_from_slice(self.variables.as_bytes());
        out.extend_from_slice(
            b"Content-Type: command/reply\nReply-Text: %2BOK%0A\nSocket-Mode: async\nControl: full\n\n",
        );
    }

    /// Appends an event.
    pub(super) fn write_event(&mut self, event: &Event<'_>, state: ChannelState, out: &mut Vec<u8>) {
        let mut body = std::mem::take(&mut self.body);
        body.clear();
        match event.name {
            EventName::Channel(name) => self.write_head(&format!("Event-Name: {name}\n"), &mut body),
            EventName::Dtmf => self.write_head("Event-Name: DTMF\n", &mut body),
            EventName::Job => self.write_head("Event-Name: BACKGROUND_JOB\n", &mut body),
            EventName::AudioStream(subclass) => {
                let head = format!("Event-Subclass: mod_audio_stream%3A%3A{subclass}\nEvent-Name: CUSTOM\n");
                self.write_head(&head, &mut body);
            }
        }
        if event.name != EventName::Job {
            self.write_channel(state, &mut body);
        }
        if matches!(event.name, EventName::Channel(_) | EventName::AudioStream(_)) {
            body.extend_from_slice(self.variables.as_bytes());
        }
        body.extend_from_slice(event.headers.as_bytes());
        if !event.body.is_empty() {
            // Writing to a Vec can't fail.
            let _ = writeln!(body, "Content-Length: {}", event.body.len());
        }
        body.push(b'\n');
        body.extend_from_slice(event.body.as_bytes());
        let _ = write!(out, "Content-Length: {}\nContent-Type: text/event-plain\n\n", body.len());
        out.extend_from_slice(&body);
        self.body = body;
    }

    fn write_head(&mut self, name: &str, out: &mut Vec<u8>) {
        self.sequence += 1;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(SWITCH.as_bytes());
        // Writing to a Vec can't fail.
        let _ = writeln!(out, "Event-Date-Timestamp: {}", since.as_micros());
        out.extend_from_slice(FIRED_BY.as_bytes());
        let _ = writeln!(out, "Event-Sequence: {}", self.sequence);
    }

    fn write_channel(&self, state: ChannelState, out: &mut Vec<u8>) {
        out.extend_from_slice(self.before_answer_state.as_bytes());
        // Writing to a Vec can't fail.
        let _ = writeln!(out, "Answer-State: {}", state.word());
        out.extend_from_slice(self.caller.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::wire::esl::{Decoder, Frame};

    use super::*;

    fn frames(mut bytes: &[u8]) -> Vec<Frame> {
        let mut decoder = Decoder::default();
        std::iter::from_fn(|| decoder.decode(&mut bytes).unwrap()).collect()
    }

    #[test]
    fn the_connect_answer_has_a_real_ones_size_and_fields() {
        let channel = Uuid::new_v4();
        let mut out = Vec::new();
        ChannelText::of(channel, "1001").write_data(ChannelState::Ringing, &mut out);
        assert!((4_800..6_500).contains(&out.len()), "{}", out.len());
        let [Frame::ChannelData(data)] = &frames(&out)[..] else { panic!("{out:?}") };
        assert_eq!(data.get("Unique-ID"), Some(channel.to_string().as_str()));
        assert_eq!(data.get("Answer-State"), Some("ringing"));
        assert_eq!(data.get("Caller-Caller-ID-Number"), Some("1001"));
        assert!(!String::from_utf8_lossy(&out).contains('{'), "a placeholder was left");
    }

    #[test]
    fn events_have_their_bodies_and_keys_no_variables() {
        let mut text = ChannelText::of(Uuid::new_v4(), "1001");
        let mut out = Vec::new();
        let play = Event { name: EventName::AudioStream("play"), headers: "", body: r#"{"file":"x"}"# };
        text.write_event(&play, ChannelState::Answered, &mut out);
        let key = Event { name: EventName::Dtmf, headers: "DTMF-Digit: %23\n", body: "" };
        text.write_event(&key, ChannelState::Answered, &mut out);
        let [Frame::Event(play), Frame::Event(key)] = &frames(&out)[..] else { panic!("two events") };
        assert_eq!(play.get("Event-Subclass"), Some("mod_audio_stream::play"));
        assert_eq!(play.body(), Some(r#"{"file":"x"}"#));
        assert_eq!(play.variable("read_rate"), Some("8000"));
        assert_eq!(key.get("DTMF-Digit"), Some("#"));
        assert_eq!((key.variable("read_rate"), key.body()), (None, None));
    }
}
