//! One call of the simulated FreeSWITCH: its connections, and its clock.

mod sound;

use std::future::pending;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until, timeout};
use uuid::Uuid;

use super::super::super::board::{CallNumber, SharedBoard};
use super::super::pacing::Pacing;
use super::channel::{Ask, Audio, Channel};
use super::channel_text::ChannelState;
use super::command::Commands;
use super::stream::{Received, Stream, dialplan_url};
use super::{Arrival, CallerAction, Ports};
use sound::{Opening, Unicast};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// From a hang-up to the call's summary and to the audio module's close. A real FreeSWITCH takes some milliseconds. Here it takes long enough to show
/// that what the server ends sooner is caused by the hang-up's own event.
const SUM_UP_AFTER: Duration = Duration::from_millis(20);

/// How long a server may keep the control connection of a channel that is gone.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(10);

/// See the module's description.
#[derive(Debug)]
pub(super) struct Session {
    call: CallNumber,
    uuid: Uuid,
    ports: Ports,
    arrival: Arrival,
    /// How long the module takes to connect for the first time.
    stream_late: Option<Duration>,
    board: SharedBoard,
    pacing: Rc<Pacing>,
    stream: Option<Stream>,
    opening: Option<Opening>,
    unicast: Option<Unicast>,
}

/// Why a call is over.
enum End {
    Caller,
    Server(String),
    /// The server closed the control connection, and the dialplan continues without it.
    Lost(String),
}

impl Session {
    pub(super) fn new(
        call: CallNumber,
        ports: Ports,
        arrival: Arrival,
        board: SharedBoard,
        pacing: Rc<Pacing>,
    ) -> Self {
        let stream_late = match arrival {
            Arrival::ControlFirst { stream_late } => stream_late,
            Arrival::StreamFirst { .. } => None,
        };
        let uuid = Uuid::new_v4();
        board.borrow_mut().has_channel(call, uuid);
        Self {
            call,
            uuid,
            ports,
            arrival,
            stream_late,
            board,
            pacing,
            stream: None,
            opening: None,
            unicast: None,
        }
    }

    /// From the first ring to the end.
    pub(super) async fn run(mut self, mut actions: mpsc::Receiver<CallerAction>) {
        let (state, audio) = match self.arrival {
            Arrival::ControlFirst { .. } => (ChannelState::Ringing, Audio::None),
            Arrival::StreamFirst { control_late } => {
                self.open_stream(dialplan_url(self.ports.stream, self.uuid), None);
                sleep(control_late).await;
                (ChannelState::Answered, Audio::Stream)
            }
        };
        let mut channel = Channel::new(self.call, self.uuid, state, audio, Rc::clone(&self.board));
        if self.opening.is_some() {
            // The stream comes first, however long its opening takes: after control it would be treated as a stranger's.
            let opened = opened(&mut self.opening).await;
            self.opening = None;
            self.opened(opened, &mut channel);
        }
        let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(self.ports.control)).await;
        let mut control = match connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(control) => control,
            Err(error) => return self.fail(&format!("nobody takes its control connection: {error}")),
        };
        // Without it, events may be delayed by each other, which the measurement would show.
        let _ = control.set_nodelay(true);
        self.board.borrow_mut().control_opened(self.call, Instant::now());

        let end = self.converse(&mut control, &mut channel, &mut actions).await;
        self.pacing.end(self.call);
        // The caller's hang-up is noted already; for a server's hang-up the first moment counts as well.
        self.board.borrow_mut().hang_up(self.call, Instant::now());
        match end {
            Ok(End::Caller) => self.end(control, channel, "NORMAL_CLEARING", "recv_bye").await,
            Ok(End::Server(cause)) => {
                self.fail(&format!("the server hung up: {cause}"));
                channel.hang_up(&cause);
                self.end(control, channel, &cause, "send_bye").await;
            }
            Ok(End::Lost(why)) => {
                // The server may have gone without waiting for its last replies.
                let _ = control.write_all(&channel.out).await;
                self.fail(&why);
            }
            Err(error) => self.fail(&format!("its control connection broke: {error}")),
        }
        self.board.borrow_mut().control_closed(self.call);
    }

    /// Serves the channel until it is hung up.
    async fn converse(
        &mut self,
        control: &mut TcpStream,
        channel: &mut Channel,
        actions: &mut mpsc::Receiver<CallerAction>,
    ) -> io::Result<End> {
        let mut commands = Commands::default();
        loop {
            if !channel.out.is_empty() {
                control.write_all(&channel.out).await?;
                channel.out.clear();
            }
            let due = channel.next_at();
            tokio::select! {
                read = control.read_buf(commands.buffer()) => {
                    if read? == 0 {
                        return Ok(End::Lost("the server closed its control connection".to_owned()));
                    }
                    let now = Instant::now();
                    while let Some(command) = commands.next() {
                        if let Some(end) = self.carry_out(channel.take(&command, now)).await? {
                            return Ok(end);
                        }
                    }
                }
                received = next_of(&mut self.stream) => self.received(received, channel),
                opened = opened(&mut self.opening) => {
                    self.opening = None;
                    self.opened(opened, channel);
                }
                action = actions.recv() => match action {
                    Some(CallerAction::PressKey(digit)) => channel.press(digit, Instant::now()),
                    Some(CallerAction::HangUp) | None => {
                        channel.hang_up("NORMAL_CLEARING");
                        self.board.borrow_mut().hang_up(self.call, Instant::now());
                        control.write_all(&channel.out).await?;
                        channel.out.clear();
                        return Ok(End::Caller);
                    }
                },
                () = sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => {
                    channel.tick(Instant::now());
                }
            }
        }
    }

    async fn carry_out(&mut self, ask: Option<Ask>) -> io::Result<Option<End>> {
        match ask {
            None => {}
            Some(Ask::OpenStream(url)) => {
                let late = self.stream_late.take();
                self.open_stream(url, late);
            }
            Some(Ask::CloseStream) => self.close_stream(),
            Some(Ask::BeginUnicast(to)) => self.begin_unicast(to).await?,
            Some(Ask::EndUnicast) => {
                self.pacing.end(self.call);
                self.unicast = None;
            }
            Some(Ask::HangUp(cause)) => return Ok(Some(End::Server(cause))),
            Some(Ask::Leave) => return Ok(Some(End::Lost("the server left the call".to_owned()))),
        }
        Ok(None)
    }

    /// Performs the steps after the hang-up's event, and closes all connections.
    async fn end(&mut self, mut control: TcpStream, mut channel: Channel, cause: &str, disposition: &str) {
        let summed_up = sleep(SUM_UP_AFTER);
        tokio::pin!(summed_up);
        loop {
            tokio::select! {
                () = &mut summed_up => break,
                received = next_of(&mut self.stream) => match received {
                    Received::Text(_) => self.board.borrow_mut().sound_arrived(self.call, Instant::now()),
                    Received::Closed { .. } | Received::Gone => self.stream = None,
                },
            }
        }
        channel.sum_up(cause, disposition, Instant::now());
        self.close_stream();
        if timeout(LEAVE_TIMEOUT, leave(&mut control, &mut channel)).await.is_err() {
            self.fail("the server keeps the control connection of a call that is over");
        }
    }

    fn fail(&self, what: &str) {
        self.board.borrow_mut().fail_call(self.call, what);
    }
}

/// Answers until the server leaves.
async fn leave(control: &mut TcpStream, channel: &mut Channel) {
    let mut commands = Commands::default();
    loop {
        if control.write_all(&channel.out).await.is_err() {
            return;
        }
        channel.out.clear();
        match control.read_buf(commands.buffer()).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
        while let Some(command) = commands.next() {
            if channel.take(&command, Instant::now()) == Some(Ask::Leave) {
                // The server may have gone already.
                let _ = control.write_all(&channel.out).await;
                return;
            }
        }
    }
}

async fn next_of(stream: &mut Option<Stream>) -> Received {
    match stream {
        Some(stream) => stream.next().await,
        None => pending().await,
    }
}

async fn opened(opening: &mut Option<Opening>) -> io::Result<Stream> {
    match opening {
        Some(opening) => opening.done().await,
        None => pending().await,
    }
}
