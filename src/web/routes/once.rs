//! Routes that execute a request with an `Idempotency-Key` once: all that create something. A test compares the list with the resources: it fails for
//! a POST that is not in the list, and for a row without a route.

/// Stored part of the answers of a route that creates something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum Answers {
    /// All of it.
    Whole,
    /// All of it. The request is a file, which may be longer than other bodies.
    OfFile,
    /// Only that there was one: it shows a secret, which is shown once and never stored in clear.
    Secret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Taken(Answers),
    /// Handled in its own way, for this reason.
    OfItsOwn(&'static str),
    /// Ignored, for this reason.
    Not(&'static str),
}

use Answers::{OfFile, Secret, Whole};
use Key::{Not, OfItsOwn, Taken};

const UNKNOWN_CLIENT: &str = "the client is not known yet, so a key can't be attributed";
const OF_A_LIVE_CALL: &str = "it is a command to a live call, and creates nothing that stays";
const OF_A_DIALPLAN: &str =
    "a dialplan names the call itself: a repeated request is about the same call or lease";
const OF_ELEVENLABS: &str = "a repeated report of ElevenLabs about a conversation is stored once";
const OF_TWILIO: &str = "Twilio's own token, and the names in its reports, make it happen once";
const ON_A_LIST_ONCE: &str = "a number is on a list once: if sent twice, nobody is added twice";
const THE_SAME: &str = "repeating it changes nothing: it changes what exists, and creates nothing";

/// Path of every POST, and how its key is handled.
const LIST: &[(&str, Key)] = &[
    ("/api/v1/auth/session", Not(UNKNOWN_CLIENT)),
    ("/api/v1/auth/register", Not(UNKNOWN_CLIENT)),
    ("/api/v1/auth/login", Not(UNKNOWN_CLIENT)),
    ("/api/v1/auth/refresh", Not(UNKNOWN_CLIENT)),
    ("/api/v1/auth/password/forgot", Not(UNKNOWN_CLIENT)),
    ("/api/v1/auth/password/reset", Not(UNKNOWN_CLIENT)),
    (
        "/api/v1/auth/password",
        Not("the present password opens it once: the second time another one is valid"),
    ),
    ("/api/v1/auth/email", Not("a repeated request mails a new link, and only the newest one is valid")),
    ("/api/v1/auth/email/confirm", Not(UNKNOWN_CLIENT)),
    ("/api/v1/auth/invitations/look", Not(UNKNOWN_CLIENT)),
    ("/api/v1/auth/invitations/accept", Not(UNKNOWN_CLIENT)),
    ("/api/v1/auth/logout", Not(THE_SAME)),
    ("/api/v1/auth/totp", Not("an offered secret only counts once it is confirmed; the newest one does")),
    ("/api/v1/auth/totp/confirm", Not("a code is valid once")),
    ("/api/v1/auth/totp/remove", Not(THE_SAME)),
    ("/api/v1/users/{id}/totp/remove", Not(THE_SAME)),
    ("/api/v1/users/{id}/email", Not(THE_SAME)),
    ("/api/v1/invitations", Taken(Secret)),
    ("/api/v1/api-tokens", Taken(Secret)),
    ("/api/v1/organizations/{id}/suspend", Not(THE_SAME)),
    ("/api/v1/organizations/{id}/resume", Not(THE_SAME)),
    ("/api/v1/phone-numbers", Taken(Whole)),
    ("/api/v1/retention/preview", Not("it counts, and creates nothing")),
    (
        "/api/v1/calls",
        OfItsOwn("the key is stored with the call's id before anything is dialled: `web/placing.rs`"),
    ),
    ("/api/v1/osdial/enableAgentByCampaignId", Not(THE_SAME)),
    ("/api/v1/osdial/disableAgentByCampaignId", Not(THE_SAME)),
    ("/api/v1/osdial/enableAgentByUserId", Not(THE_SAME)),
    ("/api/v1/osdial/disableAgentByUserId", Not(THE_SAME)),
    ("/api/v1/osdial/assignAgents", Not(THE_SAME)),
    ("/api/v1/calls/{id}/score/by-model", Not("a scored call is not scored a second time")),
    ("/api/v1/alarms/{id}/acknowledge", Not(THE_SAME)),
    ("/api/v1/calls/{id}/supervision/take-over", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/supervision/hint", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/say", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/dtmf", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/hold", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/park", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/variables", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/unhold", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/transfer", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/handoff", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/hangup", Not(OF_A_LIVE_CALL)),
    ("/api/v1/calls/{id}/notes", Taken(Whole)),
    ("/api/v1/calls/{id}/shares", Taken(Whole)),
    ("/api/v1/call-views", Taken(Whole)),
    ("/api/v1/campaigns", Taken(Whole)),
    ("/api/v1/campaigns/{id}/forecast", Not("it simulates, and creates nothing")),
    ("/api/v1/campaigns/{id}/filter-preview", Not("it counts, and creates nothing")),
    ("/api/v1/campaigns/{id}/start", Not(THE_SAME)),
    ("/api/v1/campaigns/{id}/pause", Not(THE_SAME)),
    ("/api/v1/campaigns/{id}/resume", Not(THE_SAME)),
    ("/api/v1/campaigns/{id}/stop", Not(THE_SAME)),
    ("/api/v1/campaigns/{id}/contacts", Not(ON_A_LIST_ONCE)),
    ("/api/v1/campaigns/{id}/contacts.csv", Not(ON_A_LIST_ONCE)),
    ("/api/v1/campaigns/{id}/contact-links", Taken(Secret)),
    ("/api/v1/campaigns/{id}/contact-links/{link_id}/signing-secret", Taken(Secret)),
    ("/api/v1/campaigns/{id}/contact-trial", Not("it shows who would be added, and creates nothing")),
    ("/hooks/contacts/{secret}", Not(ON_A_LIST_ONCE)),
    ("/api/v1/campaigns/{id}/preview", Not("it shows the same contact again, and creates nothing")),
    (
        "/api/v1/campaigns/{id}/preview/{contact_id}/call",
        Not("a contact is the agent's for one call: at a repeated request, the agent is in it"),
    ),
    ("/api/v1/campaigns/{id}/preview/{contact_id}/skip", Not(THE_SAME)),
    ("/api/v1/suppressions", Not(ON_A_LIST_ONCE)),
    ("/api/v1/customers", Taken(Whole)),
    (
        "/api/v1/customers.csv",
        Not("customers are recognized by their numbers: if sent twice, nobody is created twice"),
    ),
    ("/api/v1/customers/doubles", Not(THE_SAME)),
    ("/api/v1/customers/{id}/erasure", Not(THE_SAME)),
    (
        "/api/v1/customers/{id}/merge/{other_id}",
        Not("a merge happens once: at a repeated request, the second customer no longer exists"),
    ),
    ("/api/v1/leads", Taken(Whole)),
    ("/api/v1/leads.csv", Taken(OfFile)),
    ("/hooks/report-mail/{token}", Not(THE_SAME)),
    ("/api/v1/appointments", Taken(Whole)),
    ("/api/v1/appointments/feed", Taken(Secret)),
    ("/api/v1/activities", Taken(Whole)),
    ("/api/v1/queues", Taken(Whole)),
    ("/api/v1/dispositions", Taken(Whole)),
    ("/api/v1/presence-reasons", Taken(Whole)),
    ("/api/v1/wrap-ups", Taken(Whole)),
    ("/api/v1/callbacks/{id}/claim", Not(THE_SAME)),
    ("/api/v1/callbacks/{id}/release", Not(THE_SAME)),
    ("/api/v1/callbacks/{id}/done", Not(THE_SAME)),
    ("/api/v1/calls/expect", Not(OF_A_DIALPLAN)),
    ("/api/v1/audio-ports", Not(OF_A_DIALPLAN)),
    ("/api/v1/admin/drain", Not(THE_SAME)),
    ("/api/v1/integrations/elevenlabs/agents", Taken(Whole)),
    ("/api/v1/integrations/{kind}/check", Not("it tries what is sent, and creates nothing")),
    ("/api/v1/integrations/{kind}/test", Not("it tries what exists, and creates nothing")),
    ("/api/v1/webhooks", Taken(Secret)),
    ("/api/v1/webhooks/{id}/secret", Taken(Secret)),
    ("/api/v1/webhooks/{id}/test", Not("a webhook that is tested twice is to be called twice")),
    ("/api/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver", Not(THE_SAME)),
    ("/api/v1/agent-profiles/{id}/voice-preview", Not("it returns audio, and creates nothing that stays")),
    (
        "/api/v1/agent-profiles/{id}/test-calls",
        Not("it begins a call of the client, whose token is valid once"),
    ),
    ("/api/v1/agent-profiles/{id}/tools", Taken(Whole)),
    ("/api/v1/agent-profiles/{id}/tools/{tool_id}/try", Not("a tool that is tried twice is to answer twice")),
    ("/api/v1/business-profile/prompt", Not("it shows a prompt, and creates nothing")),
    ("/api/v1/agent-profiles/{id}/replays", Taken(Whole)),
    ("/api/v1/agent-profiles/{id}/replays/{replay_id}/stop", Not(THE_SAME)),
    ("/api/v1/agent-profiles/{id}/examples", Taken(Whole)),
    ("/api/v1/agent-profiles/{id}/example-runs", Taken(Whole)),
    ("/api/v1/agent-profiles/{id}/extraction-trial", Not("it shows findings, and stores nothing")),
    ("/api/v1/agent-profiles", Taken(Whole)),
    ("/api/v1/agent-profiles/{id}/publish", Taken(Whole)),
    ("/api/v1/agent-profiles/{id}/drafts", Taken(Whole)),
    ("/api/v1/agent-profiles/{id}/drafts/{draft}/publish", Taken(Whole)),
    ("/api/v1/agent-profiles/{id}/rollback", Taken(Whole)),
    ("/api/v1/dtmf-actions", Taken(Whole)),
    ("/api/v1/extensions", Taken(Whole)),
    ("/api/v1/talk-links", Taken(Secret)),
    ("/api/v1/talk-links/{id}/signing-secret", Taken(Secret)),
    ("/api/v1/talk/{token}/calls", Not(UNKNOWN_CLIENT)),
    ("/api/v1/webrtc", Not("each offer has its own answer, and a token can be used once")),
    ("/twilio/voice", Not(OF_TWILIO)),
    ("/twilio/next", Not(OF_TWILIO)),
    ("/twilio/status", Not(OF_TWILIO)),
    ("/twilio/message", Not(OF_TWILIO)),
    ("/twilio/message/status", Not(OF_TWILIO)),
    ("/twilio/process-audio", Not(OF_TWILIO)),
    ("/twilio/transfer", Not(OF_TWILIO)),
    ("/twilio/dialled", Not(OF_TWILIO)),
    ("/twilio/recorded", Not(OF_TWILIO)),
    ("/twilio/recording", Not(OF_TWILIO)),
    ("/twilio/placed/{channel}/answered", Not(OF_TWILIO)),
    ("/twilio/placed/{channel}/status", Not(OF_TWILIO)),
    ("/twilio/conference/{person}/person", Not(OF_TWILIO)),
    ("/twilio/conference/{person}/room", Not(OF_TWILIO)),
    ("/twilio/conference/{person}/over", Not(OF_TWILIO)),
    ("/elevenlabs/post-call", Not(OF_ELEVENLABS)),
    ("/elevenlabs/post-call/{organization_id}", Not(OF_ELEVENLABS)),
];

/// Stored part of the answers to POST requests with a key; `None` if keys are not accepted.
pub(in crate::web) fn answers_of(path: &str) -> Option<Answers> {
    LIST.iter().find_map(|(listed, key)| match key {
        Taken(answers) if *listed == path => Some(*answers),
        Taken(_) | OfItsOwn(_) | Not(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{Gate, endpoints, paths};
    use super::*;

    #[test]
    fn the_list_has_exactly_the_post_routes() {
        let posts: BTreeSet<_> = paths()
            .into_iter()
            .filter(|(_, methods)| methods.split(", ").any(|method| method == "POST"))
            .map(|(path, _)| path)
            .collect();
        let listed: BTreeSet<_> = LIST.iter().map(|(path, _)| *path).collect();
        assert_eq!(listed.len(), LIST.len(), "a route is in the list twice");
        let missing: Vec<_> = posts.difference(&listed).collect();
        assert!(missing.is_empty(), "add whether they accept an Idempotency-Key: {missing:?}");
        let unknown: Vec<_> = listed.difference(&posts).collect();
        assert!(unknown.is_empty(), "there is no such route: {unknown:?}");
    }

    #[test]
    fn keys_are_only_accepted_after_an_authenticating_gate() {
        for endpoint in endpoints().iter().filter(|endpoint| answers_of(endpoint.path).is_some()) {
            assert!(matches!(endpoint.gate, Gate::Api(..)), "{}", endpoint.path);
        }
    }

    #[test]
    fn routes_without_keys_have_a_reason() {
        for (path, key) in LIST {
            match key {
                Not(reason) | OfItsOwn(reason) => assert!(reason.len() > 10, "{path}: {reason}"),
                Taken(_) => {}
            }
        }
    }
}
