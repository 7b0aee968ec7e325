//! One ESL connection, opened by either end: replies in the order of commands, events in ticks between them.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until};

use super::super::channel::Channel;
use super::super::faults::{Farewell, Strike};
use super::super::settings::{Pace, TICK};
use super::super::switch::Switch;
use super::command::CommandReader;
use super::listener::{Listener, Over};
use super::outbound::{Link, Mode, ModePace};
use super::{obey, reply};
use crate::clock::now;

/// A moment that never comes while a test runs.
const NEVER: Duration = Duration::from_secs(86_400);
/// How much longer FreeSWITCH lingers than `linger` asks for.
const LINGER_LAG: Duration = Duration::from_millis(200);

/// Which end opened the connection, and its progress.
#[derive(Debug)]
pub(super) enum Role {
    /// A client that has until then to authenticate.
    Stranger(Instant),
    /// An authenticated client.
    Client,
    /// A program that controls a call.
    Controller { channel: Arc<Channel>, link: Arc<Link>, mode: Mode, linger: Linger },
}

/// The behaviour of a connection when its call is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Linger {
    No,
    Forever,
    /// It stays this many seconds.
    Seconds(u64),
    /// It stays until then, or without a limit.
    Until(Option<Instant>),
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The program closed it, or asked to close it.
    ByProgram,
    /// The switch closed it.
    BySwitch,
    /// The switch closed it with RST: the kernel sends that when the last descriptor closes; a shutdown before would be a FIN.
    Reset,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) switch: Arc<Switch>,
    pub(super) listener: Arc<Listener>,
    pub(super) role: Role,
    pub(super) number: usize,
    stream: TcpStream,
    reader: CommandReader,
    strikes: mpsc::UnboundedReceiver<Strike>,
    opened: Instant,
    /// When waiting events are sent.
    flush: Option<Instant>,
}

impl Connection {
    pub(super) fn new(switch: &Arc<Switch>, stream: TcpStream, role: Role) -> Self {
        let listener = Arc::new(Listener::default());
        let call = match &role {
            Role::Controller { channel, .. } => Some(channel.uuid.clone()),
            Role::Stranger(_) | Role::Client => None,
        };
        let (number, strikes) = switch.connect(call, &listener);
        Self {
            switch: Arc::clone(switch),
            listener,
            role,
            number,
            stream,
            reader: CommandReader::default(),
            strikes,
            opened: now(),
            flush: None,
        }
    }

    /// The call that it controls.
    pub(super) fn call(&self) -> Option<&Arc<Channel>> {
        match &self.role {
            Role::Controller { channel, .. } => Some(channel),
            Role::Stranger(_) | Role::Client => None,
        }
    }

    /// Serves it until either end closes it.
    pub(super) async fn run(&mut self) -> End {
        let end = self.serve().await.unwrap_or(End::ByProgram);
        if end != End::Reset {
            // The other end may have closed it already.
            let _ = self.stream.shutdown().await;
        }
        self.switch.disconnect(self.number);
        end
    }

    async fn serve(&mut self) -> io::Result<End> {
        let mut buffer = Vec::with_capacity(16 * 1024);
        loop {
            let due = self.due();
            tokio::select! {
                biased;
                read = self.stream.read_buf(&mut buffer) => {
                    if read? == 0 {
                        return Ok(End::ByProgram);
                    }
                    self.reader.push(&buffer);
                    buffer.clear();
                    while let Some(command) = self.reader.next_command() {
                        if let Some(end) = self.answer(&command).await? {
                            return Ok(end);
                        }
                    }
                    if self.reader.overflows() {
                        return Ok(End::BySwitch);
                    }
                }
                () = self.listener.wake.notified() => {
                    let due = self.next_tick();
                    self.flush.get_or_insert(due);
                }
                () = sleep_until(due.into()) => {
                    if let Some(end) = self.pass_time().await? {
                        return Ok(end);
                    }
                }
                Some(strike) = self.strikes.recv() => {
                    if let Some(end) = self.struck(strike).await? {
                        return Ok(end);
                    }
                }
            }
        }
    }

    async fn answer(&mut self, command: &super::command::Command) -> io::Result<Option<End>> {
        let call = self.call().map(|channel| channel.uuid.clone());
        self.switch.log(self.number, call, command);
        let answered = obey::obey(self, command).await;
        let delay = self.switch.faults().reply_delay;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        self.write(&answered.frame).await?;
        if answered.end.is_some() {
            return Ok(answered.end);
        }
        // Waiting events are sent directly after a reply.
        self.flush().await
    }

    /// The next moment at which there is something to do without a command.
    fn due(&self) -> Instant {
        let deadline = match &self.role {
            Role::Stranger(until) => Some(*until),
            Role::Controller { linger: Linger::Until(until), .. } => *until,
            Role::Client | Role::Controller { .. } => None,
        };
        let dues = [self.flush, deadline];
        dues.into_iter().flatten().min().unwrap_or_else(|| now() + NEVER)
    }

    fn next_tick(&self) -> Instant {
        let at = now();
        if self.switch.settings.pace == Pace::Fast {
            return at;
        }
        let into = (at - self.opened).as_nanos() % TICK.as_nanos();
        at + TICK.saturating_sub(Duration::from_nanos(u64::try_from(into).unwrap_or(0)))
    }

    async fn pass_time(&mut self) -> io::Result<Option<End>> {
        let at = now();
        match &self.role {
            Role::Stranger(until) if *until <= at => return self.say_goodbye().await.map(Some),
            Role::Controller { linger: Linger::Until(Some(until)), .. } if *until <= at => {
                return self.say_goodbye().await.map(Some);
            }
            _ => {}
        }
        if self.flush.is_some_and(|due| due <= at) { self.flush().await } else { Ok(None) }
    }

    /// Sends what waits, and ends the connection when its purpose has ended.
    async fn flush(&mut self) -> io::Result<Option<End>> {
        self.flush = None;
        let loses = self.waits_for_the_end() && self.switch.faults().farewell == Farewell::Lost;
        let (frames, over) = {
            let mut desk = self.listener.desk();
            if loses && desk.over != Over::No {
                desk.waiting.retain(|event| event.name() != "CHANNEL_HANGUP_COMPLETE");
            }
            let format = desk.wanted.format;
            let frames: Vec<u8> = desk.waiting.drain(..).flat_map(|event| event.frame(format)).collect();
            (frames, desk.over)
        };
        self.write(&frames).await?;
        match over {
            Over::No => Ok(None),
            // A lingering connection announces that at once; another one is closed when everything was sent, or a moment too early.
            Over::HungUp if self.waits_for_the_end() && self.switch.faults().farewell == Farewell::Sent => {
                Ok(None)
            }
            Over::HungUp | Over::Call => self.call_over().await,
            Over::Switch => {
                self.write(&reply::shutdown()).await?;
                Ok(Some(End::BySwitch))
            }
        }
    }

    /// Whether it stays until all events of its call were sent.
    fn waits_for_the_end(&self) -> bool {
        match &self.role {
            Role::Controller { mode, linger, .. } => mode.pace == ModePace::Async && *linger == Linger::No,
            Role::Stranger(_) | Role::Client => true,
        }
    }

    async fn call_over(&mut self) -> io::Result<Option<End>> {
        let Role::Controller { channel, linger, .. } = &mut self.role else {
            return self.say_goodbye().await.map(Some);
        };
        let (seconds, until) = match *linger {
            // It was reported already.
            Linger::Until(_) => return Ok(None),
            Linger::No => return self.say_goodbye().await.map(Some),
            Linger::Forever => (-1, None),
            Linger::Seconds(seconds) => {
                let until = now() + Duration::from_secs(seconds) + LINGER_LAG;
                (i64::try_from(seconds).unwrap_or(i64::MAX), Some(until))
            }
        };
        *linger = Linger::Until(until);
        let name = channel.state().profile.channel_name.clone();
        let notice = reply::lingering(&channel.uuid, &name, seconds);
        self.write(&notice).await?;
        Ok(None)
    }

    async fn say_goodbye(&mut self) -> io::Result<End> {
        let farewell = reply::farewell(self.call().map(|channel| channel.uuid.as_str()));
        self.write(&farewell).await?;
        Ok(End::BySwitch)
    }

    async fn struck(&mut self, strike: Strike) -> io::Result<Option<End>> {
        match strike {
            Strike::Close => Ok(Some(End::BySwitch)),
            Strike::Reset => {
                self.stream.set_zero_linger()?;
                Ok(Some(End::Reset))
            }
            Strike::Inject(bytes) => {
                self.flush().await?;
                self.write(&bytes).await?;
                Ok(None)
            }
            Strike::Stall(time) => {
                sleep(time).await;
                Ok(None)
            }
        }
    }

    /// Writes, in pieces where a test asks for that.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(largest) = self.switch.faults().split_writes else {
            return self.stream.write_all(bytes).await;
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = rand::rng().random_range(1..=largest.max(1)).min(rest.len());
            self.stream.write_all(&rest[..length]).await?;
            rest = &rest[length..];
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
