//! The first commands on a control connection. Pure.

use cordboard_schema::limits::ESL_LINGER_S;
use cordboard_schema::wire::esl::{Command, EslWord, EventName, Subclass};

use super::channel_control::ControlOf;
use super::commands::{CALL_OF_CHANNEL, PORT_OF_CHANNEL, set, take_over};

/// The events that are requested: few, because each has 4 to 12 kB.
const EVENTS: &[EventName] = &[
    EventName::ChannelAnswer,
    EventName::ChannelExecuteComplete,
    EventName::ChannelBridge,
    EventName::ChannelUnbridge,
    EventName::ChannelHold,
    EventName::ChannelUnhold,
    EventName::ChannelHangup,
    EventName::ChannelHangupComplete,
    EventName::Dtmf,
    EventName::PlaybackStart,
    EventName::PlaybackStop,
    EventName::BackgroundJob,
];

const SUBCLASSES: &[Subclass] = &[
    Subclass::AudioStreamConnect,
    Subclass::AudioStreamDisconnect,
    Subclass::AudioStreamError,
    Subclass::AudioStreamJson,
    Subclass::AudioStreamPlay,
];

/// Returns the commands after `connect`: which events are wanted, and the channel's settings.
pub(super) fn opening(of: &ControlOf) -> Vec<Command> {
    let channel = of.channel;
    let mut commands = vec![
        Command::Linger { seconds: ESL_LINGER_S },
        Command::Subscribe { events: EVENTS.to_vec(), subclasses: SUBCLASSES.to_vec() },
    ];
    if let Some(header) = header("Unique-ID") {
        commands.push(Command::Filter { header, value: EslWord::from(channel).into() });
    }
    commands.extend(take_over(channel).ok());
    if let Some(call) = of.call {
        // The port first: a channel with a call's name must always say which server has that call.
        let port = of.way_back.as_ref();
        commands.extend(port.and_then(|port| set(channel.into(), PORT_OF_CHANNEL, port.as_str()).ok()));
        commands.extend(set(channel.into(), CALL_OF_CHANNEL, &call.to_string()).ok());
    }
    commands
}

/// Returns the name of an event's header.
pub(super) fn header(name: &str) -> Option<EslWord> {
    EslWord::new(name).ok()
}
