//! Events: the headers that all of them have, and how one reaches its subscribers.

use std::sync::Arc;

use super::super::calendar::{gmt, local};
use super::super::esl::event::Event;
use super::Switch;

impl Switch {
    /// An event with the headers that all events have.
    pub(in crate::freeswitch) fn event(&self, name: &str) -> Event {
        let us = self.now_us();
        let sequence = {
            let mut world = self.world();
            world.sequence += 1;
            world.sequence
        };
        let (file, function, line) = calling_place(name);
        Event::default()
            .with("Event-Name", name)
            .with("Core-UUID", &self.core_uuid)
            .with("FreeSWITCH-Hostname", "pbx1")
            .with("FreeSWITCH-Switchname", "pbx1")
            .with("FreeSWITCH-IPv4", "127.0.0.1")
            .with("FreeSWITCH-IPv6", "::1")
            .with("Event-Date-Local", local(us))
            .with("Event-Date-GMT", gmt(us))
            .with("Event-Date-Timestamp", us.to_string())
            .with("Event-Calling-File", file)
            .with("Event-Calling-Function", function)
            .with("Event-Calling-Line-Number", line)
            .with("Event-Sequence", sequence.to_string())
    }

    /// Sends an event to every subscriber.
    pub(in crate::freeswitch) fn emit(&self, event: Event) {
        let event = Arc::new(event);
        for known in &self.world().connections {
            known.listener.offer(&event);
        }
    }
}

fn calling_place(name: &str) -> (&'static str, &'static str, &'static str) {
    match name {
        "CHANNEL_DATA" => ("mod_event_socket.c", "parse_command", "2029"),
        "CHANNEL_PARK" | "CHANNEL_UNPARK" => ("switch_ivr.c", "switch_ivr_park", "1002"),
        "CHANNEL_EXECUTE" => ("switch_core_session.c", "switch_core_session_exec", "2949"),
        "CHANNEL_EXECUTE_COMPLETE" => ("switch_core_session.c", "switch_core_session_exec", "2972"),
        "CHANNEL_ANSWER" => ("switch_channel.c", "switch_channel_perform_mark_answered", "3848"),
        "CHANNEL_BRIDGE" => ("switch_ivr_bridge.c", "switch_ivr_multi_threaded_bridge", "1689"),
        "CHANNEL_HANGUP" => ("switch_channel.c", "switch_channel_perform_hangup", "3431"),
        "CHANNEL_HANGUP_COMPLETE" => {
            ("switch_core_state_machine.c", "switch_core_session_reporting_state", "943")
        }
        "CUSTOM" => ("mod_audio_stream.c", "responseHandler", "16"),
        "SHUTDOWN" => ("switch_core.c", "switch_core_destroy", "3033"),
        _ => ("switch_core.c", "send_heartbeat", "95"),
    }
}
