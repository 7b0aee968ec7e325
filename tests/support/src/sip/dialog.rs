//! One call's signalling: INVITE, ACK, BYE, and the answers to the switch's requests.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::HungUpBy;
use super::message::{Message, Request, address_in};

/// How often the receiving thread checks whether it has to end.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// Larger than any SIP message of a test.
const DATAGRAM_BYTES: usize = 8 * 1024;

/// The findings of the receiving thread.
#[derive(Debug, Default)]
struct Progress {
    /// The final answer to the INVITE: the media address, or status and reason.
    answer: Option<Result<SocketAddr, (u16, String)>>,
    /// The other side's address for requests within the call, and its `To` with the tag.
    remote: Option<(String, String)>,
    ended: Option<HungUpBy>,
}

/// State that both threads share.
#[derive(Debug)]
pub(super) struct Shared {
    socket: UdpSocket,
    switch: SocketAddr,
    call_id: String,
    from: String,
    progress: Mutex<Progress>,
    stop: AtomicBool,
}

/// The signalling of one call.
#[derive(Debug)]
pub(super) struct Dialog {
    shared: Arc<Shared>,
    receiver: Option<JoinHandle<()>>,
}

impl Dialog {
    /// Sends the INVITE; [`Shared::answer`] has the result.
    pub(super) fn invite(
        switch: SocketAddr,
        extension: &str,
        from_number: &str,
        offer: &str,
    ) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(LOOK_INTERVAL))?;
        let port = socket.local_addr()?.port();
        let id: u64 = rand::random();
        let shared = Arc::new(Shared {
            socket,
            switch,
            call_id: format!("{id:x}@127.0.0.1"),
            from: format!("<sip:{from_number}@127.0.0.1:{port}>;tag={id:x}"),
            progress: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let target = format!("sip:{extension}@{switch}");
        shared.send_request("INVITE", 1, &target, &format!("<{target}>"), Some(offer))?;
        let receiving = Arc::clone(&shared);
        let receiver = thread::spawn(move || receiving.receive_all());
        Ok(Self { shared, receiver: Some(receiver) })
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Hangs up. The call is over when the switch has answered.
    pub(super) fn bye(&self) -> io::Result<()> {
        let remote = self.shared.progress().remote.clone();
        match remote {
            Some((target, to)) => self.shared.send_request("BYE", 2, &target, &to, None),
            None => Ok(()),
        }
    }
}

impl Drop for Dialog {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(receiver) = self.receiver.take() {
            // Its panic is reported where it happened.
            let _ = receiver.join();
        }
    }
}

impl Shared {
    pub(super) fn answer(&self) -> Option<Result<SocketAddr, (u16, String)>> {
        self.progress().answer.clone()
    }

    pub(super) fn ended(&self) -> Option<HungUpBy> {
        self.progress().ended
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receive_all(&self) {
        let mut buffer = [0; DATAGRAM_BYTES];
        while !self.stop.load(Ordering::Relaxed) {
            // A timeout is the moment to check `stop`; other errors of a loopback socket are temporary, too.
            let Ok(count) = self.socket.recv(&mut buffer) else { continue };
            let Some(message) = Message::parse(&buffer[..count]) else { continue };
            // If our answer is lost, the switch asks again.
            let _ = match message.status() {
                Some(status) => self.take_answer(&message, status),
                None => self.take_request(&message),
            };
        }
    }

    fn take_answer(&self, message: &Message, status: u16) -> io::Result<()> {
        let to = message.get("To").unwrap_or_default().to_owned();
        match message.get("CSeq").and_then(|value| value.split(' ').next_back()) {
            Some("INVITE") if status >= 200 => {
                let target = message
                    .get("Contact")
                    .map_or_else(|| format!("sip:{}", self.switch), |contact| address_in(contact).to_owned());
                self.send_request("ACK", 1, &target, &to, None)?;
                let answer = match message.media_address() {
                    Some(address) if status < 300 => Ok(address),
                    _ => Err((status, message.reason().to_owned())),
                };
                let mut progress = self.progress();
                progress.remote = Some((target, to));
                progress.answer.get_or_insert(answer);
            }
            Some("BYE") => {
                self.progress().ended.get_or_insert(HungUpBy::Caller);
            }
            _ => {}
        }
        Ok(())
    }

    fn take_request(&self, message: &Message) -> io::Result<()> {
        let status = match message.method() {
            "ACK" => return Ok(()),
            "BYE" => {
                self.progress().ended.get_or_insert(HungUpBy::OtherSide);
                "200 OK"
            }
            "OPTIONS" | "NOTIFY" | "INFO" => "200 OK",
            _ => "501 Not Implemented",
        };
        self.socket.send_to(message.answered(status).as_bytes(), self.switch).map(drop)
    }

    fn send_request(
        &self,
        method: &str,
        sequence: u32,
        target: &str,
        to: &str,
        sdp: Option<&str>,
    ) -> io::Result<()> {
        let port = self.socket.local_addr()?.port();
        let request = Request {
            method,
            target,
            from: &self.from,
            to,
            call_id: &self.call_id,
            sequence,
            contact: &format!("sip:caller@127.0.0.1:{port}"),
            sdp,
        };
        self.socket.send_to(request.text(port).as_bytes(), self.switch).map(drop)
    }
}
