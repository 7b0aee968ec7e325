//! The request that makes a call at Twilio. Pure.

use cordboard_schema::dial::{DialTarget, Dialable, PhoneNumber};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::wire::twilio::rest::{CallInstructions, CreateCall, MachineDetection};
use cordboard_schema::wire::twiml::SipAddress;
use uuid::Uuid;

/// Settings for making calls of an account.
#[derive(Clone, Debug)]
pub(in crate::twilio) struct Placing {
    /// The address that Twilio uses to reach this server, without a slash at its end.
    pub(in crate::twilio) public_base: String,
    /// The number that is shown if a call names none.
    pub(in crate::twilio) caller_id: Option<PhoneNumber>,
    /// The SIP host of extensions.
    pub(in crate::twilio) sip_domain: Option<String>,
}

impl Placing {
    /// Returns the request for a call that we name `channel`. The addresses of its webhooks contain that name.
    ///
    /// # Errors
    /// Why the call can't be made.
    pub(in crate::twilio) fn create(
        &self,
        channel: Uuid,
        target: &DialTarget,
        from: Option<&PhoneNumber>,
        timeout_ms: u64,
        detects_mailbox: bool,
    ) -> Result<CreateCall, HandoffFailure> {
        let from = from.or(self.caller_id.as_ref()).ok_or(HandoffFailure::Trunk)?;
        let to = match target.who() {
            Dialable::Number { number } => number.to_string(),
            Dialable::Extension { place, .. } => {
                let host = self.sip_domain.as_deref().ok_or(HandoffFailure::BadTarget)?;
                let address = SipAddress::new(place.extension(), host, false, &[]);
                address.map_err(|_| HandoffFailure::BadTarget)?.as_str().to_owned()
            }
        };
        let url = |what: &str| format!("{}/twilio/placed/{channel}/{what}", self.public_base);
        Ok(CreateCall {
            to,
            from: from.to_string(),
            instructions: CallInstructions::Url(url("answered")),
            status_callback: Some(url("status")),
            timeout_s: u32::try_from(timeout_ms.div_ceil(1_000)).ok(),
            time_limit_s: None,
            machine_detection: detects_mailbox.then_some(MachineDetection::Enable),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(who: &serde_json::Value) -> DialTarget {
        serde_json::from_value(who.clone()).unwrap()
    }

    fn placing() -> Placing {
        Placing {
            public_base: "https://calls.example.com".to_owned(),
            caller_id: Some("+15550100001".parse().unwrap()),
            sip_domain: Some("pbx.example.com".to_owned()),
        }
    }

    #[test]
    fn webhook_addresses_contain_the_calls_name() {
        let number = target(&serde_json::json!({ "dial": "number", "number": "+15550100002" }));
        let call = placing().create(Uuid::nil(), &number, None, 20_500, true).unwrap();
        let base = "https://calls.example.com/twilio/placed/00000000-0000-0000-0000-000000000000";
        assert_eq!((call.to.as_str(), call.from.as_str()), ("+15550100002", "+15550100001"));
        assert_eq!(call.instructions, CallInstructions::Url(format!("{base}/answered")));
        assert_eq!(call.status_callback, Some(format!("{base}/status")));
        assert_eq!((call.timeout_s, call.machine_detection), (Some(21), Some(MachineDetection::Enable)));
    }

    #[test]
    fn an_extension_is_called_only_at_a_known_host() {
        let extension = target(
            &serde_json::json!({ "dial": "extension", "name": "sales", "place": "from-internal,1001,1" }),
        );
        let call = placing().create(Uuid::nil(), &extension, None, 20_000, false).unwrap();
        assert_eq!(call.to, "sip:1001@pbx.example.com");
        let nowhere = Placing { sip_domain: None, ..placing() };
        let refused = nowhere.create(Uuid::nil(), &extension, None, 20_000, false);
        assert_eq!(refused, Err(HandoffFailure::BadTarget));
    }

    #[test]
    fn no_call_is_made_without_our_own_number() {
        let number = target(&serde_json::json!({ "dial": "number", "number": "+15550100002" }));
        let without_caller_id = Placing { caller_id: None, ..placing() };
        assert_eq!(
            without_caller_id.create(Uuid::nil(), &number, None, 1, false),
            Err(HandoffFailure::Trunk)
        );
        let shown = "+15550100009".parse().unwrap();
        assert_eq!(
            without_caller_id.create(Uuid::nil(), &number, Some(&shown), 1, false).unwrap().from,
            "+15550100009"
        );
    }
}
