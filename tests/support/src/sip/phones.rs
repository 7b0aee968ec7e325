//! People who are called: many telephones on one UDP port, distinguished by the number in the INVITE.

mod call;
mod line;
mod manner;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use self::call::PhoneCall;
use self::line::Line;
pub use self::manner::{Manner, Says};
use super::message::{Message, user_of};
use crate::waiting::{TimedOut, wait_until};

/// How often the thread checks whether something is due.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);
/// Larger than any SIP message of a test.
const DATAGRAM_BYTES: usize = 8 * 1024;

/// How a telephone's call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneEnd {
    /// The caller gave up before the answer (CANCEL).
    Cancelled,
    /// The telephone did not accept it (486, 603 and similar).
    Refused,
    /// The other side hung up an answered call (BYE).
    HungUpByOther,
    /// The telephone hung up an answered call.
    HungUpHere,
}

/// The port of all telephones.
#[derive(Debug)]
struct Wire {
    socket: UdpSocket,
    address: SocketAddr,
}

impl Wire {
    fn send(&self, text: &str, to: SocketAddr) -> io::Result<()> {
        self.socket.send_to(text.as_bytes(), to).map(drop)
    }

    fn contact(&self, number: &str) -> String {
        format!("sip:{number}@{}", self.address)
    }
}

#[derive(Debug)]
struct Shared {
    wire: Arc<Wire>,
    manners: Mutex<HashMap<String, Manner>>,
    lines: Mutex<Vec<Arc<Line>>>,
    stop: AtomicBool,
}

/// Telephones on one free port of 127.0.0.1. A number that no test has set does not exist (404). Answered calls are hung up on drop.
#[derive(Debug)]
pub struct Phones {
    shared: Arc<Shared>,
    receiver: Option<JoinHandle<()>>,
}

impl Phones {
    /// Accepts calls from now on.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start() -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(LOOK_INTERVAL))?;
        let wire = Arc::new(Wire { address: socket.local_addr()?, socket });
        let shared = Arc::new(Shared {
            wire,
            manners: Mutex::default(),
            lines: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let receiving = Arc::clone(&shared);
        let receiver = thread::spawn(move || receiving.run());
        Ok(Self { shared, receiver: Some(receiver) })
    }

    /// Address to which the switch sends its INVITEs (UDP).
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.wire.address
    }

    /// Sets this number's behaviour for new calls.
    pub fn will(&self, number: &str, manner: Manner) {
        lock(&self.shared.manners).insert(number.to_owned(), manner);
    }

    /// How many calls came to this number so far; a repeated INVITE counts once.
    #[must_use]
    pub fn rings(&self, number: &str) -> usize {
        lock(&self.shared.lines).iter().filter(|line| line.number == number).count()
    }

    /// Waits for a call to this number. Each call is returned once, in the order of arrival.
    ///
    /// # Errors
    /// There is none after `limit`.
    pub fn wait_invite(&self, number: &str, limit: Duration) -> Result<PhoneCall, TimedOut> {
        wait_until(&format!("a call to the telephone {number}"), limit, || {
            let lines = lock(&self.shared.lines);
            let mut of_number = lines.iter().filter(|line| line.number == number);
            let line = of_number.find(|line| !line.is_taken.swap(true, Ordering::Relaxed))?;
            Some(PhoneCall { wire: Arc::clone(&self.shared.wire), line: Arc::clone(line) })
        })
    }
}

impl Drop for Phones {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(receiver) = self.receiver.take() {
            // Its panic is reported where it happened.
            let _ = receiver.join();
        }
        for line in lock(&self.shared.lines).iter().filter(|line| line.is_talking()) {
            // The switch ends with the test: nobody waits for the answer.
            let _ = line.bye(&self.shared.wire);
        }
    }
}

impl Shared {
    fn run(&self) {
        let mut buffer = [0; DATAGRAM_BYTES];
        while !self.stop.load(Ordering::Relaxed) {
            // A timeout is the moment to check what is due; other errors of a loopback socket are temporary, too.
            if let Ok((count, from)) = self.wire.socket.recv_from(&mut buffer)
                && let Some(message) = Message::parse(&buffer[..count])
            {
                // The switch repeats a message that does not arrive.
                let _ = self.take(&message, from);
            }
            let now = Instant::now();
            let lines = lock(&self.lines).clone();
            for line in lines {
                // The same: the switch asks again for an answer that does not arrive.
                let _ = line.look(&self.wire, now);
            }
        }
    }

    fn take(&self, message: &Message, from: SocketAddr) -> io::Result<()> {
        let call_id = message.get("Call-ID").unwrap_or_default();
        let known = lock(&self.lines).iter().find(|line| line.call_id == call_id).cloned();
        match (known, message.status(), message.method()) {
            (Some(line), Some(status), _) => line.take_answer(&self.wire, message, status),
            (Some(line), None, _) => line.take_request(&self.wire, message),
            (None, Some(_), _) | (None, None, "ACK") => Ok(()),
            (None, None, method) => self.take_first(message, method, from),
        }
    }

    /// Handles a request that belongs to no call yet.
    fn take_first(&self, message: &Message, method: &str, from: SocketAddr) -> io::Result<()> {
        let number = user_of(&message.start);
        let manner = lock(&self.manners).get(number).cloned().unwrap_or(Manner::NotFound);
        match method {
            "INVITE" => {
                let line = Arc::new(Line::new(number, manner, message, from));
                // Begun before it is listed: a test that waits for the call finds it ringing.
                let begun = line.begin(&self.wire);
                lock(&self.lines).push(line);
                begun
            }
            _ if manner == Manner::Dead => Ok(()),
            "OPTIONS" => self.wire.send(&message.answered("200 OK"), from),
            _ => self.wire.send(&message.answered("481 Call/Transaction Does Not Exist"), from),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::Codec;
    use crate::sip::message::{Request, offer};

    const LIMIT: Duration = Duration::from_secs(5);

    /// A switch that sends what the test asks for.
    struct Switch {
        socket: UdpSocket,
        phones: Phones,
    }

    impl Switch {
        fn new() -> Self {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.set_read_timeout(Some(LIMIT)).unwrap();
            Self { socket, phones: Phones::start().unwrap() }
        }

        fn text(&self, method: &str, sequence: u32, sdp: Option<&str>) -> String {
            let port = self.socket.local_addr().unwrap().port();
            let target = format!("sip:2001@{}", self.phones.address());
            let request = Request {
                method,
                target: &target,
                from: "\"A\" <sip:5551234@127.0.0.1>;tag=1",
                to: &format!("<{target}>"),
                call_id: "one",
                sequence,
                contact: &format!("sip:switch@127.0.0.1:{port}"),
                sdp,
            };
            request.text(port)
        }

        fn send(&self, text: &str) {
            self.socket.send_to(text.as_bytes(), self.phones.address()).unwrap();
        }

        /// The next SIP message; RTP arrives at the same port.
        fn receive(&self) -> Message {
            let mut buffer = [0; DATAGRAM_BYTES];
            loop {
                let count = self.socket.recv(&mut buffer).unwrap();
                if let Some(message) = Message::parse(&buffer[..count]) {
                    return message;
                }
            }
        }

        fn asks(&self, text: &str) -> Message {
            self.send(text);
            self.receive()
        }
    }

    #[test]
    fn requests_repeated_or_within_a_call_get_their_answer() {
        let switch = Switch::new();
        assert_eq!(switch.asks(&switch.text("OPTIONS", 1, None)).status(), Some(200));
        assert_eq!(switch.asks(&switch.text("BYE", 1, None)).status(), Some(481));

        switch.phones.will("2001", Manner::answers());
        let sdp = offer(switch.socket.local_addr().unwrap().port(), Codec::Pcmu);
        let invite = switch.text("INVITE", 1, Some(&sdp));
        assert_eq!(switch.asks(&invite).status(), Some(180));
        let answered = switch.receive();
        assert_eq!(answered.status(), Some(200));
        assert_eq!(switch.asks(&invite), answered);
        switch.send(&switch.text("ACK", 1, None));
        let call = switch.phones.wait_invite("2001", LIMIT).unwrap();
        call.wait_answered(LIMIT).unwrap();

        let again = switch.asks(&switch.text("INVITE", 2, Some(&sdp)));
        assert_eq!((again.status(), &again.body), (Some(200), &answered.body));
        // An answered call can't be cancelled any more.
        assert_eq!(switch.asks(&switch.text("CANCEL", 1, None)).status(), Some(200));
        assert_eq!((switch.phones.rings("2001"), call.ended()), (1, None));
        assert_eq!(switch.asks(&switch.text("BYE", 3, None)).status(), Some(200));
        assert_eq!(call.ended(), Some(PhoneEnd::HungUpByOther));
    }
}
