//! One call at a telephone: its SIP, and its sound.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::manner::{Manner, Says};
use super::{PhoneEnd, Wire};
use crate::sip::Codec;
use crate::sip::message::{Answer, Message, Request, address_in, description, user_of};
use crate::sip::rtp::Media;

/// Something that is due at a moment.
#[derive(Debug, Clone, PartialEq)]
enum Due {
    Answer(Says),
    HangUp,
}

/// The events so far.
#[derive(Debug, Default)]
struct Progress {
    /// Our last answer to the INVITE: a repeated INVITE gets it again.
    answer: Option<String>,
    answered_at: Option<Instant>,
    /// Whether the answer has arrived: before that nothing may be requested in this call.
    acknowledged: bool,
    ended: Option<PhoneEnd>,
    due: Option<(Instant, Due)>,
    rtp_port: u16,
    media: Option<Media>,
    says: Vec<i16>,
    is_holding: bool,
    /// How many requests of our own were sent; also the version of our SDP.
    sequence: u32,
    /// The answer to the last re-INVITE, by its sequence number.
    reply: Option<(u32, u16, String)>,
}

/// A call from its INVITE on.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: String,
    pub(super) call_id: String,
    /// When the first INVITE arrived.
    pub(super) came_at: Instant,
    manner: Manner,
    invite: Message,
    tag: String,
    switch: SocketAddr,
    /// Whether a test has got a handle of it.
    pub(super) is_taken: AtomicBool,
    progress: Mutex<Progress>,
}

impl Line {
    pub(super) fn new(number: &str, manner: Manner, invite: &Message, switch: SocketAddr) -> Self {
        let tag: u64 = rand::random();
        Self {
            number: number.to_owned(),
            call_id: invite.get("Call-ID").unwrap_or_default().to_owned(),
            came_at: Instant::now(),
            manner,
            invite: invite.clone(),
            tag: format!("{tag:x}"),
            switch,
            is_taken: false.into(),
            progress: Mutex::default(),
        }
    }

    pub(super) fn caller(&self) -> &str {
        user_of(self.invite.get("From").unwrap_or_default())
    }

    pub(super) fn caller_name(&self) -> &str {
        let from = self.invite.get("From").unwrap_or_default();
        from.split_once('<').map_or("", |(name, _)| name.trim().trim_matches('"'))
    }

    pub(super) fn answered_at(&self) -> Option<Instant> {
        self.progress().answered_at
    }

    /// Whether the switch knows that the call is, or was, answered.
    pub(super) fn is_acknowledged(&self) -> bool {
        self.progress().acknowledged
    }

    pub(super) fn is_talking(&self) -> bool {
        let progress = self.progress();
        progress.acknowledged && progress.ended.is_none()
    }

    pub(super) fn ended(&self) -> Option<PhoneEnd> {
        self.progress().ended
    }

    /// The answer to the re-INVITE with this sequence number.
    pub(super) fn reply(&self, sequence: u32) -> Option<(u16, String)> {
        let progress = self.progress();
        let (of, status, reason) = progress.reply.as_ref()?;
        (*of == sequence).then(|| (*status, reason.clone()))
    }

    /// Returns what `look` reads from the media; `None` before there is any.
    pub(super) fn with_media<T>(&self, look: impl FnOnce(&Media) -> T) -> Option<T> {
        self.progress().media.as_ref().map(look)
    }

    /// Handles the first INVITE.
    pub(super) fn begin(&self, wire: &Wire) -> io::Result<()> {
        let now = Instant::now();
        if let Some(refusal) = self.manner.refusal() {
            return self.refuse(wire, refusal);
        }
        match &self.manner {
            Manner::Answers { after, says } => {
                self.ring(wire)?;
                self.progress().due = Some((now + *after, Due::Answer(says.clone())));
            }
            Manner::AnswersAndHangsUp { .. } => {
                self.ring(wire)?;
                self.progress().due = Some((now, Due::Answer(Says::default())));
            }
            Manner::EarlyMedia { early, after, says } => {
                let mut progress = self.progress();
                self.start_media(&mut progress, early)?;
                progress.due = Some((now + *after, Due::Answer(says.clone())));
                self.answer_invite(wire, &mut progress, "183 Session Progress", true)?;
            }
            Manner::Rings => self.ring(wire)?,
            // A dead telephone; the others have refused.
            _ => {}
        }
        Ok(())
    }

    /// Does what is due.
    pub(super) fn look(&self, wire: &Wire, now: Instant) -> io::Result<()> {
        let mut progress = self.progress();
        let may = |due: &Due| *due != Due::HangUp || progress.acknowledged;
        let is_due = progress.due.as_ref().is_some_and(|(at, due)| *at <= now && may(due));
        if !is_due {
            return Ok(());
        }
        let due = progress.due.take();
        drop(progress);
        match due {
            Some((_, Due::Answer(says))) => self.pick_up(wire, &says),
            Some((_, Due::HangUp)) => self.bye(wire),
            None => Ok(()),
        }
    }

    /// Answers the INVITE, unless that is done already or the call is over.
    pub(super) fn pick_up(&self, wire: &Wire, says: &Says) -> io::Result<()> {
        let mut progress = self.progress();
        if progress.answered_at.is_some() || progress.ended.is_some() {
            return Ok(());
        }
        self.start_media(&mut progress, says)?;
        let now = Instant::now();
        progress.answered_at = Some(now);
        progress.due = match self.manner {
            Manner::AnswersAndHangsUp { after } => Some((now + after, Due::HangUp)),
            _ => None,
        };
        self.answer_invite(wire, &mut progress, "200 OK", true)
    }

    /// Ends the call before it is answered.
    pub(super) fn refuse(&self, wire: &Wire, status: &str) -> io::Result<()> {
        let mut progress = self.progress();
        self.answer_invite(wire, &mut progress, status, false)?;
        progress.end(PhoneEnd::Refused);
        Ok(())
    }

    /// Hangs up an answered call; it is over when the switch has answered.
    pub(super) fn bye(&self, wire: &Wire) -> io::Result<()> {
        self.request(wire, &mut self.progress(), "BYE", None)
    }

    /// Puts the switch on hold with a re-INVITE, or takes it back; returns the sequence number of the request.
    pub(super) fn hold(&self, wire: &Wire, is_holding: bool) -> io::Result<u32> {
        let mut progress = self.progress();
        progress.is_holding = is_holding;
        progress.tell_media();
        // The first description was in the answer.
        let sdp = progress.sdp(progress.sequence + 2);
        self.request(wire, &mut progress, "INVITE", Some(&sdp))?;
        Ok(progress.sequence)
    }

    /// Handles the switch's request in this call.
    pub(super) fn take_request(&self, wire: &Wire, message: &Message) -> io::Result<()> {
        if self.manner == Manner::Dead {
            return Ok(());
        }
        let mut progress = self.progress();
        match message.method() {
            "ACK" => progress.acknowledged = progress.answered_at.is_some(),
            "INVITE" if self.is_first(message) => {
                if let Some(answer) = &progress.answer {
                    wire.send(answer, self.switch)?;
                }
            }
            "INVITE" | "UPDATE" => {
                let sdp = progress.sdp(progress.sequence + 1);
                self.reply_to(wire, message, "200 OK", Some(&sdp))?;
            }
            "CANCEL" => {
                self.reply_to(wire, message, "200 OK", None)?;
                if progress.answered_at.is_none() && progress.ended.is_none() {
                    self.answer_invite(wire, &mut progress, "487 Request Terminated", false)?;
                    progress.end(PhoneEnd::Cancelled);
                }
            }
            "BYE" => {
                self.reply_to(wire, message, "200 OK", None)?;
                progress.end(PhoneEnd::HungUpByOther);
            }
            "OPTIONS" | "NOTIFY" | "INFO" => self.reply_to(wire, message, "200 OK", None)?,
            _ => self.reply_to(wire, message, "501 Not Implemented", None)?,
        }
        Ok(())
    }

    /// Handles the switch's answer to a request of ours.
    pub(super) fn take_answer(&self, wire: &Wire, message: &Message, status: u16) -> io::Result<()> {
        let (sequence, method) = sequence_of(message);
        let mut progress = self.progress();
        match method {
            // Also where the switch no longer knows the call.
            "BYE" if status >= 200 => progress.end(PhoneEnd::HungUpHere),
            "INVITE" if status >= 200 => {
                progress.reply = Some((sequence, status, message.reason().to_owned()));
                let text = self.text(wire, "ACK", sequence, None);
                wire.send(&text, self.switch)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_first(&self, message: &Message) -> bool {
        message.get("CSeq") == self.invite.get("CSeq")
    }

    fn ring(&self, wire: &Wire) -> io::Result<()> {
        self.answer_invite(wire, &mut self.progress(), "180 Ringing", false)
    }

    /// Speaks and listens from now on; a telephone that already does so says something else.
    fn start_media(&self, progress: &mut Progress, says: &Says) -> io::Result<()> {
        progress.says = says.samples();
        if progress.media.is_none() {
            let remote = self.invite.media_address().ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "an INVITE without a place for RTP")
            })?;
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            progress.rtp_port = socket.local_addr()?.port();
            progress.media = Some(Media::start(socket, remote, Codec::Pcmu)?);
        }
        progress.tell_media();
        Ok(())
    }

    fn answer_invite(
        &self,
        wire: &Wire,
        progress: &mut Progress,
        status: &str,
        with_sound: bool,
    ) -> io::Result<()> {
        let sdp = with_sound.then(|| progress.sdp(1));
        let text = self.answer_text(wire, &self.invite, status, sdp.as_deref());
        wire.send(&text, self.switch)?;
        progress.answer = Some(text);
        Ok(())
    }

    fn reply_to(&self, wire: &Wire, message: &Message, status: &str, sdp: Option<&str>) -> io::Result<()> {
        wire.send(&self.answer_text(wire, message, status, sdp), self.switch)
    }

    fn answer_text(&self, wire: &Wire, message: &Message, status: &str, sdp: Option<&str>) -> String {
        let contact = wire.contact(&self.number);
        message.answered_with(status, &Answer { tag: Some(&self.tag), contact: Some(&contact), sdp })
    }

    fn request(
        &self,
        wire: &Wire,
        progress: &mut Progress,
        method: &str,
        sdp: Option<&str>,
    ) -> io::Result<()> {
        progress.sequence += 1;
        wire.send(&self.text(wire, method, progress.sequence, sdp), self.switch)
    }

    fn text(&self, wire: &Wire, method: &str, sequence: u32, sdp: Option<&str>) -> String {
        let header = |name: &str| self.invite.get(name).unwrap_or_default();
        let request = Request {
            method,
            target: address_in(header("Contact")),
            from: &format!("{};tag={}", header("To"), self.tag),
            to: header("From"),
            call_id: &self.call_id,
            sequence,
            contact: &wire.contact(&self.number),
            sdp,
        };
        request.text(wire.address.port())
    }
}

impl Progress {
    fn end(&mut self, how: PhoneEnd) {
        self.ended.get_or_insert(how);
        self.due = None;
        if let Some(media) = &self.media {
            // Another call may get its port soon.
            media.stop();
        }
    }

    fn sdp(&self, version: u32) -> String {
        let direction = if self.is_holding { "sendonly" } else { "sendrecv" };
        description(self.rtp_port, Codec::Pcmu, version, direction)
    }

    /// A phone that has put the other side on hold sends it nothing.
    fn tell_media(&self) {
        if let Some(media) = &self.media {
            media.repeat(if self.is_holding { &[] } else { &self.says });
        }
    }
}

/// The number and the method of a `CSeq`.
fn sequence_of(message: &Message) -> (u32, &str) {
    let (number, method) = message.get("CSeq").and_then(|value| value.split_once(' ')).unwrap_or_default();
    (number.parse().unwrap_or_default(), method)
}
