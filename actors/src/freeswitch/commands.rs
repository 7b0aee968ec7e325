//! Requests of a call to its channel as ESL commands, and the signs that they were done. Pure.
//!
//! They are the same for both links, with one difference: on the channel's own connection `sendmsg` needs no UUID. API commands
//! that answer within 1 ms are sent as `api`, so that they stay in order. Commands that may block (`uuid_audio_stream` for 1 s and
//! more, `uuid_bridge`, `uuid_hold`) are sent as `bgapi`. Source: traffic of a FreeSWITCH (`tests/captures/freeswitch`).

use core::net::{Ipv4Addr, SocketAddr};
use std::collections::BTreeMap;

use cordboard_schema::call::HangupCause;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::digit::Digit;
use cordboard_schema::limits::{ESL_ACTION_MS_MAX, ESL_PROMPT_MS_MAX};
use cordboard_schema::wire::esl::{
    ApiCommand, Application, BadValue, BreakScope, Command, DialText, EslValue, EslWord, ExecuteOrder,
    Execution, HoldChange, Repetition, StreamMix, UNROUTED, UnicastRoute, switch_cause_of,
};
use uuid::Uuid;

use crate::messages::ChannelAction;
use crate::switches::own_variables;

/// Milliseconds after which a channel that was parked again counts as parked, if no event has reported it.
pub const PARKED_AFTER_MS: u64 = 50;

/// The channel's variable with the id of its call.
pub const CALL_OF_CHANNEL: &str = "cordboard_call";

/// The channel's variable with the port of the server that has this call, because several servers may share a switch.
pub const PORT_OF_CHANNEL: &str = "cordboard_port";

/// Variables that say why FreeSWITCH reached no party for a channel.
pub(super) const CAUSES: [&str; 2] = ["originate_failed_cause", "last_bridge_hangup_cause"];

/// The variable that keeps a channel when the channel bridged with it leaves: it is parked, whatever its dialplan says about its
/// end.
const PARK_AFTER_BRIDGE: &str = "park_after_bridge";

/// The variable that names the keys with which a caller stops the playback.
const PLAYBACK_TERMINATORS: &str = "playback_terminators";

/// Music that an unmodified FreeSWITCH has.
pub const STOCK_MUSIC: &str = "local_stream://moh";

/// Milliseconds of audio in a message of the audio WebSocket.
const STREAM_BUFFER_MS: u32 = 20;

/// The connection over which a channel gets commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The channel's own connection, which its dialplan opened.
    Outbound,
    /// Our connection to the switch, which serves all channels.
    Inbound,
}

/// A request to a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Written in this order, directly after each other.
    pub commands: Vec<Command>,
    /// Sign that it was done.
    pub sign: DoneSign,
    /// The time limit for it, in ms.
    pub time_limit_ms: u64,
}

/// Sign that a request was carried out. If one of its commands is refused, the request has failed in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoneSign {
    /// The switch's reply to the last command.
    Reply,
    /// The output of the background job.
    Job,
    /// The same for a phone that is taken off hold. It may be off hold already: the order was sent twice because a link was lost, or
    /// the phone's user was faster. FreeSWITCH calls that a failure.
    Unheld,
    /// The end of `answer` on a channel that is answered.
    Answered,
    /// The end of `playback`, with the file played.
    Played,
    /// The audio WebSocket is open. The job's output only says that it was started.
    StreamOpened,
    /// This file has begun to play.
    Began(String),
    /// The channel is bridged with this one.
    Bridged(Uuid),
    /// The channel has left its previous application. Without an event, [`PARKED_AFTER_MS`] after the reply.
    Parked,
    /// The channel has hung up.
    HungUp,
}

/// Why a request can't be sent to a channel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotAsk {
    /// Part of it can't be in a command.
    #[error("it can't be put into a command: {0}")]
    Value(#[from] BadValue),
    /// `unicast` opens IPv4 sockets only.
    #[error("FreeSWITCH's unicast supports only IPv4, and our socket is {0}")]
    NotIpv4(SocketAddr),
    /// Only other kinds of switch can do this.
    #[error("a FreeSWITCH can't do this")]
    NotHere,
}

/// Returns the commands for `action` on `channel`. `id` comes back in the events of the application or job that is started; it is
/// used once. `music` is a file or stream that the switch can play endlessly. `way_back` is where a channel comes back to
/// if its dialplan can't send it on.
///
/// # Errors
/// See [`CannotAsk`].
pub fn ask(
    action: &ChannelAction,
    channel: Uuid,
    over: Over,
    id: Uuid,
    music: &EslValue,
    way_back: Option<&DialText>,
) -> Result<Asking, CannotAsk> {
    let channel = Channel { uuid: channel, over, id };
    Ok(match action {
        ChannelAction::Answer => channel.answer(),
        ChannelAction::HangUp(cause) => channel.hang_up(cause)?,
        ChannelAction::StartStream { url, rate } => channel.start_stream(url, rate.hz())?,
        ChannelAction::StopStream => {
            channel.job(ApiCommand::StreamStop { channel: channel.word(), text: None }, DoneSign::Job)
        }
        ChannelAction::StartUnicast { to } => channel.start_unicast(*to)?,
        ChannelAction::ParkAgain => {
            channel.api(vec![], ApiCommand::ParkAgain { channel: channel.word() }, DoneSign::Parked)
        }
        ChannelAction::StopPlayback { .. } => {
            let stop = ApiCommand::Break { channel: channel.word(), scope: BreakScope::All };
            channel.api(vec![], stop, DoneSign::Reply)
        }
        ChannelAction::Play(prompt) => Asking {
            time_limit_ms: ESL_PROMPT_MS_MAX,
            ..channel.play(EslValue::new(prompt.as_str())?, Repetition::Once, DoneSign::Played)
        },
        // A stream never ends, and a file starts again at its end.
        ChannelAction::PlayMusic => {
            let begins = DoneSign::Began(music.as_str().to_owned());
            channel.play(music.clone(), Repetition::Endless, begins)
        }
        ChannelAction::SendDtmf(digits) => channel.send_dtmf(digits)?,
        ChannelAction::Hold { channel: phone } => channel.hold(*phone, music)?,
        ChannelAction::Unhold { channel: phone } => channel.unhold(*phone),
        ChannelAction::Transfer(target) => channel.transfer(target, way_back)?,
        ChannelAction::SetVariables(variables) => channel.set_variables(variables)?,
        ChannelAction::Park { .. }
        | ChannelAction::Fetch
        | ChannelAction::NextDocument
        | ChannelAction::Record
        | ChannelAction::StopRecording => return Err(CannotAsk::NotHere),
        ChannelAction::BridgeWith { channel: other } => channel.bridge_with(*other)?,
    })
}

/// Returns the command that plays a chunk of the audio WebSocket after those that were queued before it. `id` comes back in its
/// events.
pub fn play_chunk(channel: Uuid, over: Over, file: EslValue, id: EslWord) -> Command {
    let channel = Channel { uuid: channel, over, id: Uuid::nil() };
    Command::Execute(Execution {
        argument: Some(file),
        id: Some(id),
        ..channel.execution(Application::Playback, ExecuteOrder::Queued)
    })
}

/// Returns the settings of a channel that is taken over: no key stops the playback, because the call decides about that.
///
/// # Errors
/// None in practice: tests cover every value.
pub fn take_over(channel: Uuid) -> Result<Command, BadValue> {
    set(channel.into(), PLAYBACK_TERMINATORS, "none")
}

/// Returns the commands that remove what a channel was set to for its call, before it goes to others:
/// - which call it belongs to, so that no server resumes it there (`switch/reconciler.rs`);
/// - that it stays when the person whom we had rung leaves: it would be parked in silence when the next party leaves, because that
///   setting comes before `hangup_after_bridge` of a dialplan;
/// - that no key stops the playback: a menu or a mailbox there may need keys for that.
///
/// # Errors
/// None in practice: tests cover every value.
pub fn give_up(channel: Uuid) -> Result<Vec<Command>, BadValue> {
    [CALL_OF_CHANNEL, PARK_AFTER_BRIDGE, PLAYBACK_TERMINATORS]
        .into_iter()
        .map(|name| delete(channel, name))
        .collect()
}

fn delete(channel: Uuid, name: &str) -> Result<Command, BadValue> {
    let name = EslWord::new(name)?;
    Ok(Command::Api(ApiCommand::SetVariable { channel: channel.into(), name, value: None }))
}

/// Returns the command that sets a variable of a channel.
///
/// # Errors
/// Name or value can't be in a command.
pub fn set(channel: EslWord, name: &str, value: &str) -> Result<Command, BadValue> {
    let (name, value) = (EslWord::new(name)?, Some(EslValue::new(value)?));
    Ok(Command::Api(ApiCommand::SetVariable { channel, name, value }))
}

/// Returns the command that sends a channel elsewhere in the dialplan, or to our port if there is no such place. FreeSWITCH begins
/// every extension at its first action: the target's priority is only for Asterisk.
///
/// # Errors
/// A part of the target can't be in a command.
pub fn transfer_command(
    channel: Uuid,
    target: &DialplanTarget,
    way_back: Option<&DialText>,
) -> Result<ApiCommand, BadValue> {
    let extension = EslWord::new(target.extension())?;
    let context = Some(EslWord::new(target.context())?);
    Ok(ApiCommand::Transfer { channel: channel.into(), extension, context, back_to: way_back.cloned() })
}

/// Returns the command that hangs a channel up at once. `sendmsg` with `hangup` would wait until the channel checks its messages,
/// for 17 ms, and during a locked prompt until its end.
///
/// # Errors
/// None in practice: tests cover every value.
pub fn hang_up_command(channel: Uuid, cause: &HangupCause) -> Result<ApiCommand, BadValue> {
    Ok(ApiCommand::Kill { channel: channel.into(), cause: EslWord::new(switch_cause_of(cause))? })
}

/// A channel that gets commands.
#[derive(Clone, Copy)]
struct Channel {
    uuid: Uuid,
    over: Over,
    id: Uuid,
}

impl Channel {
    fn word(self) -> EslWord {
        self.uuid.into()
    }

    /// The channel's name for `sendmsg`.
    fn addressed(self) -> Option<EslWord> {
        match self.over {
            Over::Outbound => None,
            Over::Inbound => Some(self.word()),
        }
    }

    fn execution(self, application: Application, order: ExecuteOrder) -> Execution {
        let id = Some(self.id.into());
        let times = Repetition::Once;
        Execution { channel: self.addressed(), application, argument: None, order, times, id }
    }

    /// `before`, and the API command that matters. Each is answered at once.
    fn api(self, mut before: Vec<Command>, command: ApiCommand, sign: DoneSign) -> Asking {
        before.push(Command::Api(command));
        Asking { commands: before, sign, time_limit_ms: ESL_ACTION_MS_MAX }
    }

    fn job(self, command: ApiCommand, sign: DoneSign) -> Asking {
        let commands = vec![Command::BackgroundApi { command, job: self.id.into() }];
        Asking { commands, sign, time_limit_ms: ESL_ACTION_MS_MAX }
    }

    fn answer(self) -> Asking {
        // At once: playback on a ringing channel is not worth waiting for.
        let execution = self.execution(Application::Answer, ExecuteOrder::AtOnce);
        let commands = vec![Command::Execute(execution)];
        Asking { commands, sign: DoneSign::Answered, time_limit_ms: ESL_ACTION_MS_MAX }
    }

    fn hang_up(self, cause: &HangupCause) -> Result<Asking, BadValue> {
        Ok(self.api(vec![], hang_up_command(self.uuid, cause)?, DoneSign::HungUp))
    }

    fn start_stream(self, url: &str, rate_hz: u32) -> Result<Asking, BadValue> {
        let start = ApiCommand::StreamStart {
            channel: self.word(),
            url: EslWord::new(url)?,
            mix: StreamMix::Mono,
            rate_hz,
            metadata: None,
        };
        let mut asking = self.job(start, DoneSign::StreamOpened);
        let buffer_ms = STREAM_BUFFER_MS.to_string();
        asking.commands.insert(0, set(self.word(), "STREAM_BUFFER_SIZE", &buffer_ms)?);
        Ok(asking)
    }

    /// The reply says nothing about the audio; the first datagram does.
    fn start_unicast(self, to: SocketAddr) -> Result<Asking, CannotAsk> {
        let SocketAddr::V4(ours) = to else { return Err(CannotAsk::NotIpv4(to)) };
        let local_ip = if ours.ip().is_loopback() { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
        let route = UnicastRoute { local_ip, local_port: 0, remote_ip: *ours.ip(), remote_port: ours.port() };
        let commands = vec![Command::Unicast { channel: self.addressed(), route }];
        Ok(Asking { commands, sign: DoneSign::Reply, time_limit_ms: ESL_ACTION_MS_MAX })
    }

    fn play(self, file: EslValue, times: Repetition, sign: DoneSign) -> Asking {
        let execution = Execution {
            argument: Some(file),
            times,
            ..self.execution(Application::Playback, ExecuteOrder::Queued)
        };
        Asking { commands: vec![Command::Execute(execution)], sign, time_limit_ms: ESL_ACTION_MS_MAX }
    }

    fn send_dtmf(self, digits: &[Digit]) -> Result<Asking, BadValue> {
        let digits: String = digits.iter().map(Digit::to_string).collect();
        let send = ApiCommand::SendDtmf { channel: self.word(), digits: EslWord::new(digits)? };
        Ok(self.api(vec![], send, DoneSign::Reply))
    }

    /// The caller hears the music that is set for the held phone, or the switch's default.
    fn hold(self, phone: Uuid, music: &EslValue) -> Result<Asking, BadValue> {
        let mut asking =
            self.job(ApiCommand::Hold { channel: phone.into(), change: HoldChange::Hold }, DoneSign::Job);
        asking.commands.insert(0, set(phone.into(), "hold_music", music.as_str())?);
        Ok(asking)
    }

    fn unhold(self, phone: Uuid) -> Asking {
        self.job(ApiCommand::Hold { channel: phone.into(), change: HoldChange::Unhold }, DoneSign::Unheld)
    }

    fn set_variables(self, variables: &BTreeMap<String, String>) -> Result<Asking, BadValue> {
        let set = |(name, value): (String, String)| set(self.word(), &name, &value);
        let commands = own_variables(variables).map(set).collect::<Result<_, _>>()?;
        Ok(Asking { commands, sign: DoneSign::Reply, time_limit_ms: ESL_ACTION_MS_MAX })
    }

    fn transfer(self, target: &DialplanTarget, way_back: Option<&DialText>) -> Result<Asking, BadValue> {
        let mut before = give_up(self.uuid)?;
        if let Some(back_to) = way_back {
            // They may be left from an earlier transfer.
            for name in [UNROUTED].into_iter().chain(CAUSES) {
                before.push(delete(self.uuid, name)?);
            }
            let (extension, back_to) = (EslWord::new(target.extension())?, back_to.clone());
            before.push(Command::Api(ApiCommand::ReturnRefused { channel: self.word(), extension, back_to }));
        }
        // Our dialplan sets this for people whom we ring. With it, a caller whom nobody takes at the place would end like one who
        // was served; without it, FreeSWITCH reports why nobody did.
        before.push(delete(self.uuid, "continue_on_fail")?);
        let transfer = transfer_command(self.uuid, target, way_back)?;
        Ok(self.api(before, transfer, DoneSign::Reply))
    }

    /// When the other channel leaves, this one is to stay. Otherwise FreeSWITCH hangs it up, under control or not.
    fn bridge_with(self, other: Uuid) -> Result<Asking, BadValue> {
        let bridge = ApiCommand::Bridge { channel: self.word(), other: other.into() };
        let mut asking = self.job(bridge, DoneSign::Bridged(other));
        let stays =
            [set(self.word(), "hangup_after_bridge", "false")?, set(self.word(), PARK_AFTER_BRIDGE, "true")?];
        asking.commands.splice(0..0, stays);
        Ok(asking)
    }
}
