//! How a person is called into a room for a caller, and how the caller is led there, onward, and back to us. Pure.

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::wire::twilio::rest::{AddParticipant, CallInstructions};
use cordboard_schema::wire::twiml::{
    BadTwiml, Conference, Dial, DialTarget, HttpUrl, SipAddress, Twiml, TwimlValue, Verb,
};
use uuid::Uuid;

use super::creating::Placing;
use super::person::{AGENT, CALLER};
use crate::messages::Phone;

/// Path of the webhook that Twilio requests when a caller has left a `<Dial>` of our documents.
const DIALLED: &str = "/twilio/dialled";

/// Seconds that Twilio lets a phone ring longer than requested (twilio.com/docs/voice/api/call-resource, `Timeout`).
const RINGS_LONGER_S: u64 = 5;

/// Returns the name of a person's room: each hand-off has its own.
pub(in crate::twilio) fn room(person: Uuid) -> String {
    format!("cb-{person}")
}

impl Placing {
    /// Returns the request that calls a person into their room. The addresses of its callbacks contain our name for the person.
    ///
    /// # Errors
    /// Why they can't be called.
    pub(in crate::twilio) fn participant(
        &self,
        person: Uuid,
        phone: &Phone,
        timeout_ms: u64,
    ) -> Result<AddParticipant, HandoffFailure> {
        let from = self.caller_id.as_ref().ok_or(HandoffFailure::Trunk)?;
        let to = match phone.outside() {
            Some(number) => number.to_string(),
            None => {
                self.extension(phone.number()).map_err(|_| HandoffFailure::BadTarget)?.as_str().to_owned()
            }
        };
        let rings_s = timeout_ms.div_ceil(1_000).saturating_sub(RINGS_LONGER_S).max(RINGS_LONGER_S);
        Ok(AddParticipant {
            to,
            from: from.to_string(),
            label: AGENT.to_owned(),
            start_on_enter: true,
            end_on_exit: false,
            timeout_s: u32::try_from(rings_s).ok(),
            coaches: None,
            muted: false,
            status_callback: Some(self.of_person(person, "person")),
            conference_callback: Some(self.of_person(person, "room")),
        })
    }

    /// Returns the instructions that lead a caller into a person's room. When the caller leaves it, Twilio asks us what to do next.
    ///
    /// # Errors
    /// A setting contains something that a document can't hold.
    pub(in crate::twilio) fn lead_to_room(&self, person: Uuid) -> Result<CallInstructions, BadTwiml> {
        let then = self.of_person(person, "over");
        let twiml = enter(&self.public_base, person, Presence::Needed, &then)?.to_xml()?;
        Ok(CallInstructions::Twiml(twiml))
    }

    /// Returns the instructions that lead a caller on to an extension.
    ///
    /// # Errors
    /// The host of extensions is unknown.
    pub(in crate::twilio) fn onward(&self, target: &DialplanTarget) -> Result<CallInstructions, BadTwiml> {
        let address = self.extension(target.extension())?;
        let dial = Dial { answer_on_bridge: true, ..Dial::to(DialTarget::Sip(address)) };
        let twiml = Twiml::new([Verb::Dial(Box::new(dial)), Verb::Hangup]).to_xml()?;
        Ok(CallInstructions::Twiml(twiml))
    }

    /// Returns the instructions by which Twilio asks us what to do with a caller whom it serves by documents.
    pub(in crate::twilio) fn next_document(&self) -> CallInstructions {
        CallInstructions::Url(format!("{}{DIALLED}", self.public_base))
    }

    /// Returns the instructions that lead a caller back to us: Twilio asks us what to do next.
    pub(in crate::twilio) fn back(&self) -> CallInstructions {
        CallInstructions::Url(format!("{}/twilio/next", self.public_base))
    }

    fn extension(&self, number: &str) -> Result<SipAddress, BadTwiml> {
        let host = self.sip_domain.as_deref().ok_or(BadTwiml::NotASipAddress)?;
        SipAddress::new(number, host, false, &[])
    }

    fn of_person(&self, person: Uuid, what: &str) -> String {
        of_person(&self.public_base, person, what)
    }
}

/// The meaning of the caller's presence for their room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    /// The person waits for the caller.
    Needed,
    /// The caller waits for the person, with music.
    Waits,
}

/// Returns the document that leads a caller into the room of a person who is being rung and joins them there. Twilio sends the
/// room's callbacks to `public_base`, which has no slash at its end, and asks there what to do when the caller leaves the room.
///
/// # Errors
/// The address is not valid.
pub fn waiting_room(public_base: &str, person: Uuid) -> Result<Twiml, BadTwiml> {
    enter(public_base, person, Presence::Waits, &format!("{public_base}{DIALLED}"))
}

fn enter(public_base: &str, person: Uuid, presence: Presence, then: &str) -> Result<Twiml, BadTwiml> {
    let conference = Conference {
        room: TwimlValue::new(room(person))?,
        label: Some(TwimlValue::new(CALLER)?),
        start_on_enter: presence == Presence::Needed,
        end_on_exit: true,
        muted: false,
        silent_wait: false,
        status_callback: Some(HttpUrl::new(of_person(public_base, person, "room"))?),
    };
    let mut dial = Dial::to(DialTarget::Conference(Box::new(conference)));
    dial.action = Some(HttpUrl::new(then)?);
    Ok(Twiml::new([Verb::Dial(Box::new(dial))]))
}

fn of_person(public_base: &str, person: Uuid, what: &str) -> String {
    format!("{public_base}/twilio/conference/{person}/{what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placing() -> Placing {
        Placing {
            public_base: "https://calls.example.com".to_owned(),
            caller_id: Some("+15550100001".parse().unwrap()),
            sip_domain: Some("pbx.example.com".to_owned()),
        }
    }

    fn phone() -> Phone {
        Phone::at(&"from-internal,1001,1".parse().unwrap(), None)
    }

    #[test]
    fn a_person_is_called_into_a_room_of_their_own() {
        let called = placing().participant(Uuid::nil(), &phone(), 20_000).unwrap();
        let base = "https://calls.example.com/twilio/conference/00000000-0000-0000-0000-000000000000";
        assert_eq!((called.to.as_str(), called.from.as_str()), ("sip:1001@pbx.example.com", "+15550100001"));
        assert_eq!(called.status_callback, Some(format!("{base}/person")));
        assert_eq!(called.conference_callback, Some(format!("{base}/room")));
        assert_eq!((called.timeout_s, called.start_on_enter, called.end_on_exit), (Some(15), true, false));
    }

    #[test]
    fn nobody_is_called_without_a_caller_id_or_a_host() {
        let unknown = Placing { caller_id: None, ..placing() };
        assert_eq!(unknown.participant(Uuid::nil(), &phone(), 1), Err(HandoffFailure::Trunk));
        let nowhere = Placing { sip_domain: None, ..placing() };
        assert_eq!(nowhere.participant(Uuid::nil(), &phone(), 1), Err(HandoffFailure::BadTarget));
        assert!(nowhere.onward(&"from-internal,1001,1".parse().unwrap()).is_err());
    }

    #[test]
    fn a_waiting_caller_ends_the_room_but_never_starts_it() {
        let twiml = waiting_room("https://calls.example.com", Uuid::nil()).unwrap().to_xml().unwrap();
        assert!(twiml.contains("<Dial action=\"https://calls.example.com/twilio/dialled\""), "{twiml}");
        assert!(twiml.contains("startConferenceOnEnter=\"false\""), "{twiml}");
        assert!(twiml.contains("endConferenceOnExit=\"true\"") && !twiml.contains("waitUrl"), "{twiml}");
    }

    #[test]
    fn the_callers_document_names_the_room_and_the_next_url() {
        let CallInstructions::Twiml(twiml) = placing().lead_to_room(Uuid::nil()).unwrap() else {
            panic!("no document")
        };
        let room = "cb-00000000-0000-0000-0000-000000000000</Conference>";
        assert!(twiml.contains(room) && twiml.contains("/over\""), "{twiml}");
        assert!(
            twiml.contains("endConferenceOnExit=\"true\"") && twiml.contains("beep=\"false\""),
            "{twiml}"
        );
    }
}
