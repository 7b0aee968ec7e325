//! The minimum of Cordboard that the dialplan needs: an AudioSocket port that plays a tone, and the two answers over HTTP. The tests decide when it
//! ends a leg, what it answers, and when it dies.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cordboard_test_support::audio::tone;
use socket2::{Domain, SockRef, Socket, Type};
use uuid::Uuid;

const TICK: Duration = Duration::from_millis(20);

/// How one AudioSocket connection behaves after its UUID arrived.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Talk {
    /// Plays the tone for this long, then sends `00 00 00`.
    For(Duration),
    /// Plays the tone until the server dies.
    On,
}

/// How the connections of a dying process close.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Death {
    /// With a reset, as the kernel does when something was not read.
    Reset,
    /// With a FIN, as the kernel does when everything was read.
    Fin,
}

/// A leg that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Leg {
    pub(crate) uuid: Uuid,
    /// The kind and length of the first audio message.
    pub(crate) first_audio: Option<(u8, usize)>,
}

#[derive(Debug, Default)]
struct State {
    talks: Mutex<VecDeque<Talk>>,
    answers: Mutex<VecDeque<String>>,
    legs: Mutex<Vec<Leg>>,
    requests: Mutex<Vec<String>>,
    death: Mutex<Option<Death>>,
    dead: AtomicBool,
}

/// A running stand-in.
#[derive(Debug)]
pub(crate) struct StandIn {
    pub(crate) audiosocket: SocketAddr,
    pub(crate) api: SocketAddr,
    state: Arc<State>,
    threads: Vec<JoinHandle<()>>,
}

impl StandIn {
    /// Starts on free ports; each connection does the next of `talks`, each `/next` gets the next of `answers`.
    pub(crate) fn start(frequency_hz: f64, talks: &[Talk], answers: &[&str]) -> Self {
        Self::start_at(
            (Ipv4Addr::LOCALHOST, 0).into(),
            (Ipv4Addr::LOCALHOST, 0).into(),
            frequency_hz,
            talks,
            answers,
        )
    }

    /// Starts on the ports of one that has died.
    pub(crate) fn start_at(
        audiosocket: SocketAddr,
        api: SocketAddr,
        frequency_hz: f64,
        talks: &[Talk],
        answers: &[&str],
    ) -> Self {
        let state = Arc::new(State {
            talks: Mutex::new(talks.iter().copied().collect()),
            answers: Mutex::new(answers.iter().map(|answer| (*answer).to_owned()).collect()),
            ..State::default()
        });
        let (audio_listener, http_listener) = (listen(audiosocket), listen(api));
        let (audiosocket, api) = (audio_listener.local_addr().unwrap(), http_listener.local_addr().unwrap());
        let threads = vec![
            accept_all(audio_listener, &state, move |stream, state| talk(stream, state, frequency_hz)),
            accept_all(http_listener, &state, answer),
        ];
        Self { audiosocket, api, state, threads }
    }

    pub(crate) fn legs(&self) -> Vec<Leg> {
        self.state.legs.lock().unwrap().clone()
    }

    /// Request line and `Authorization` of each HTTP request.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.requests.lock().unwrap().clone()
    }

    /// Closes everything at once and frees the ports.
    pub(crate) fn die(self, death: Death) -> (SocketAddr, SocketAddr) {
        *self.state.death.lock().unwrap() = Some(death);
        let addresses = (self.audiosocket, self.api);
        drop(self);
        addresses
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.state.dead.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn listen(address: SocketAddr) -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&address.into()).unwrap();
    socket.listen(16).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.into()
}

fn accept_all(
    listener: TcpListener,
    state: &Arc<State>,
    serve: impl Fn(TcpStream, &State) + Send + Copy + 'static,
) -> JoinHandle<()> {
    let state = Arc::clone(state);
    thread::spawn(move || {
        let mut connections = Vec::new();
        while !state.dead.load(Ordering::Relaxed) {
            match listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false).unwrap();
                    let state = Arc::clone(&state);
                    connections.push(thread::spawn(move || serve(stream, &state)));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    thread::sleep(Duration::from_millis(2))
                }
                Err(error) => panic!("accept: {error}"),
            }
        }
        drop(listener);
        for connection in connections {
            let _ = connection.join();
        }
    })
}

fn talk(mut stream: TcpStream, state: &State, frequency_hz: f64) {
    stream.set_nodelay(true).unwrap();
    let mut hello = [0; 19];
    stream.read_exact(&mut hello).unwrap();
    assert_eq!(hello[..3], [0x01, 0x00, 0x10]);
    let place = {
        let mut legs = state.legs.lock().unwrap();
        legs.push(Leg { uuid: Uuid::from_slice(&hello[3..]).unwrap(), first_audio: None });
        legs.len() - 1
    };
    let talk = state.talks.lock().unwrap().pop_front().unwrap_or(Talk::On);

    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut header = [0; 3];
    stream.read_exact(&mut header).unwrap();
    let length = usize::from(u16::from_be_bytes([header[1], header[2]]));
    state.legs.lock().unwrap()[place].first_audio = Some((header[0], length));
    let rate = if header[0] == 0x12 { 16000 } else { 8000 };

    // Received bytes are discarded, so that only `Death::Reset` resets.
    let mut drain = stream.try_clone().unwrap();
    let drained = thread::spawn(move || while matches!(drain.read(&mut [0; 4096]), Ok(1..)) {});
    let sound = tone(frequency_hz, 8000.0, TICK * 50, rate).samples;
    let started = Instant::now();
    for (tick, frame) in (1_u32..).zip(sound.chunks(sound.len() / 50).cycle()) {
        let ended = matches!(talk, Talk::For(length) if started.elapsed() >= length);
        if ended || state.dead.load(Ordering::Relaxed) {
            break;
        }
        let mut message = vec![header[0]];
        message.extend((frame.len() as u16 * 2).to_be_bytes());
        message.extend(frame.iter().flat_map(|sample| sample.to_le_bytes()));
        if stream.write_all(&message).is_err() {
            break;
        }
        thread::sleep((started + TICK * tick).saturating_duration_since(Instant::now()));
    }
    let end = match *state.death.lock().unwrap() {
        // The clone would keep the connection open: a shutdown of the reading side releases it first.
        Some(Death::Reset) => {
            SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
            Shutdown::Read
        }
        // Everything is read until Asterisk has closed its side: otherwise later bytes would be answered with a reset.
        Some(Death::Fin) => Shutdown::Write,
        None => {
            let _ = stream.write_all(&[0, 0, 0]);
            Shutdown::Write
        }
    };
    let _ = stream.shutdown(end);
    let _ = drained.join();
}

fn answer(mut stream: TcpStream, state: &State) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let request = lines.next().unwrap().unwrap();
    let authorization = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("Authorization"))
        .collect::<Vec<_>>()
        .join(" ");
    let body = if request.contains("/next") {
        state.answers.lock().unwrap().pop_front().unwrap_or_else(|| "hangup".to_owned())
    } else {
        "ok".to_owned()
    };
    state.requests.lock().unwrap().push(format!("{request} {authorization}"));
    let text =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    let _ = stream.write_all(text.as_bytes());
}
