//! Audit entries of each route that changes something, or returns a recording or an export. A test compares the list with the resources: it fails for
//! a route that is not in the list, and for a row without a route.

/// Audit entries of a finished request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audited {
    /// An entry with one of these actions, in the transaction of the change or queued after it.
    As(&'static [&'static str]),
    /// None, for this reason.
    Not(&'static str),
}

use Audited::{As, Not};

const OF_THE_CALL: &str = "a switch's or a provider's report about a call is a fact of the call's journal";
const OF_A_DIALPLAN: &str = "a dialplan announces a call or leases a port for it: the call's journal has it";

/// Method, path, and audit entries. Reading is only listed for recordings and exports.
const LIST: &[(&str, &str, Audited)] = &[
    ("POST", "/api/v1/auth/session", As(&["sign_in"])),
    ("DELETE", "/api/v1/auth/session", As(&["sign_out"])),
    ("POST", "/api/v1/auth/register", As(&["organization.registered"])),
    ("POST", "/api/v1/auth/login", As(&["sign_in"])),
    (
        "POST",
        "/api/v1/auth/refresh",
        Not("it continues a sign-in that is in the log, and so is a token's second use"),
    ),
    ("POST", "/api/v1/auth/password/forgot", As(&["password.forgotten"])),
    ("POST", "/api/v1/auth/password/reset", As(&["password.reset"])),
    ("POST", "/api/v1/auth/password", As(&["password.changed"])),
    ("POST", "/api/v1/auth/email", As(&["user.email_requested"])),
    ("POST", "/api/v1/auth/email/confirm", As(&["user.email_changed"])),
    ("DELETE", "/api/v1/auth/sessions", As(&["session.others_ended"])),
    ("DELETE", "/api/v1/auth/sessions/{id}", As(&["session.ended"])),
    ("POST", "/api/v1/auth/invitations/look", Not("it shows an invitation and changes nothing")),
    ("POST", "/api/v1/auth/invitations/accept", As(&["user.joined"])),
    ("POST", "/api/v1/auth/logout", As(&["sign_out"])),
    ("PATCH", "/api/v1/auth/me", Not("the language of a user's own pages affects nobody else")),
    ("POST", "/api/v1/auth/totp", Not("an offered second factor only counts once it is confirmed")),
    ("POST", "/api/v1/auth/totp/confirm", As(&["totp.added"])),
    ("POST", "/api/v1/auth/totp/remove", As(&["totp.removed"])),
    ("PUT", "/api/v1/users/{id}", As(&["user.changed"])),
    (
        "DELETE",
        "/api/v1/users/{id}",
        As(&["user.removed", "user.belongings_ended", "user.belongings_handed_over", "notices.set"]),
    ),
    ("POST", "/api/v1/users/{id}/totp/remove", As(&["totp.reset"])),
    ("POST", "/api/v1/users/{id}/email", As(&["user.email_set"])),
    ("POST", "/api/v1/invitations", As(&["user.invited"])),
    ("DELETE", "/api/v1/invitations/{id}", As(&["user.uninvited"])),
    ("POST", "/api/v1/api-tokens", As(&["api_token.made"])),
    ("DELETE", "/api/v1/api-tokens/{id}", As(&["api_token.removed"])),
    ("PUT", "/api/v1/organization", As(&["organization.changed"])),
    ("PATCH", "/api/v1/retention", As(&["retention.set"])),
    ("PUT", "/api/v1/retention", As(&["retention.set"])),
    ("POST", "/api/v1/retention/preview", Not("it counts, and changes nothing")),
    ("DELETE", "/api/v1/organizations/{id}", As(&["organization.deletion_begun"])),
    ("POST", "/api/v1/organizations/{id}/suspend", As(&["organization.suspended"])),
    ("POST", "/api/v1/organizations/{id}/resume", As(&["organization.resumed"])),
    ("PUT", "/api/v1/organizations/{id}/grants", As(&["grants.changed"])),
    ("PUT", "/api/v1/business-profile", As(&["business_profile.changed"])),
    ("POST", "/api/v1/business-profile/prompt", Not("it shows a prompt, and stores nothing")),
    ("PUT", "/api/v1/onboarding", As(&["onboarding.changed"])),
    ("POST", "/api/v1/phone-numbers", As(&["phone_number.added"])),
    ("PUT", "/api/v1/phone-numbers/{id}", As(&["phone_number.changed"])),
    ("DELETE", "/api/v1/phone-numbers/{id}", As(&["phone_number.removed"])),
    ("POST", "/api/v1/osdial/enableAgentByCampaignId", As(&["osdial.enabled"])),
    ("POST", "/api/v1/osdial/disableAgentByCampaignId", As(&["osdial.disabled"])),
    ("POST", "/api/v1/osdial/enableAgentByUserId", As(&["osdial.enabled"])),
    ("POST", "/api/v1/osdial/disableAgentByUserId", As(&["osdial.disabled"])),
    ("POST", "/api/v1/osdial/assignAgents", As(&["osdial.assigned"])),
    ("POST", "/api/v1/calls", As(&["call.placed"])),
    ("POST", "/api/v1/calls/{id}/say", As(&["call.said"])),
    ("POST", "/api/v1/calls/{id}/dtmf", As(&["call.dtmf_sent"])),
    ("POST", "/api/v1/calls/{id}/hold", As(&["call.held"])),
    ("POST", "/api/v1/calls/{id}/park", As(&["call.parked"])),
    ("POST", "/api/v1/calls/{id}/variables", As(&["call.variables_set"])),
    ("POST", "/api/v1/calls/{id}/unhold", As(&["call.unheld"])),
    ("POST", "/api/v1/calls/{id}/transfer", As(&["call.transferred"])),
    ("POST", "/api/v1/calls/{id}/handoff", As(&["call.handed_off"])),
    ("POST", "/api/v1/calls/{id}/hangup", As(&["call.hung_up"])),
    ("PUT", "/api/v1/scorecard", As(&["scorecard.set"])),
    ("PUT", "/api/v1/calls/{id}/score", As(&["score.filled_in", "score.corrected"])),
    ("POST", "/api/v1/calls/{id}/score/by-model", As(&["score.filled_in"])),
    ("POST", "/api/v1/alarms/{id}/acknowledge", As(&["alarm.acknowledged"])),
    ("PUT", "/api/v1/alarm-rules", As(&["alarm_rules.set"])),
    ("PUT", "/api/v1/supervision-policy", As(&["supervision_policy.set"])),
    ("PUT", "/api/v1/calls/{id}/supervision", As(&["call.supervised"])),
    ("DELETE", "/api/v1/calls/{id}/supervision", As(&["call.supervision_ended"])),
    ("POST", "/api/v1/calls/{id}/supervision/take-over", As(&["call.taken_over"])),
    ("POST", "/api/v1/calls/{id}/supervision/hint", As(&["call.hinted"])),
    ("GET", "/api/v1/calls/{id}/recording", As(&["recording.played"])),
    ("GET", "/api/v1/calls.csv", As(&["calls.exported"])),
    ("PATCH", "/api/v1/calls/{id}/tags", As(&["call.tagged"])),
    ("PUT", "/api/v1/calls/{id}/tags", As(&["call.tagged"])),
    ("POST", "/api/v1/calls/{id}/notes", As(&["call_note.created"])),
    ("PUT", "/api/v1/calls/{id}/notes/{note_id}", As(&["call_note.changed"])),
    ("DELETE", "/api/v1/calls/{id}/notes/{note_id}", As(&["call_note.deleted"])),
    ("POST", "/api/v1/calls/{id}/shares", As(&["call.shared"])),
    ("DELETE", "/api/v1/call-shares/{id}", Not("looking at a shared call does not change the call")),
    ("POST", "/api/v1/call-views", As(&["call_view.created"])),
    ("PUT", "/api/v1/call-views/{id}", As(&["call_view.changed"])),
    ("DELETE", "/api/v1/call-views/{id}", As(&["call_view.deleted"])),
    ("POST", "/api/v1/campaigns", As(&["campaign.created"])),
    ("PATCH", "/api/v1/campaigns/{id}", As(&["campaign.changed"])),
    ("PUT", "/api/v1/campaigns/{id}", As(&["campaign.changed"])),
    ("DELETE", "/api/v1/campaigns/{id}", As(&["campaign.deleted"])),
    ("POST", "/api/v1/campaigns/{id}/forecast", Not("it simulates a campaign, and changes nothing of it")),
    ("POST", "/api/v1/campaigns/{id}/filter-preview", Not("it counts, and changes nothing of a campaign")),
    ("POST", "/api/v1/campaigns/{id}/start", As(&["campaign.started"])),
    ("POST", "/api/v1/campaigns/{id}/pause", As(&["campaign.paused"])),
    ("POST", "/api/v1/campaigns/{id}/resume", As(&["campaign.resumed"])),
    ("POST", "/api/v1/campaigns/{id}/stop", As(&["campaign.stopped"])),
    ("POST", "/api/v1/campaigns/{id}/contacts", As(&["campaign.contacts_added"])),
    ("GET", "/api/v1/campaigns/{id}/contacts.csv", As(&["contacts.exported"])),
    (
        "POST",
        "/api/v1/campaigns/{id}/contacts.csv",
        As(&["campaign.contacts_imported", "contacts.looked_at"]),
    ),
    ("POST", "/api/v1/campaigns/{id}/contact-links", As(&["contact_link.made"])),
    ("PATCH", "/api/v1/campaigns/{id}/contact-links/{link_id}", As(&["contact_link.changed"])),
    ("PUT", "/api/v1/campaigns/{id}/contact-links/{link_id}", As(&["contact_link.changed"])),
    ("DELETE", "/api/v1/campaigns/{id}/contact-links/{link_id}", As(&["contact_link.removed"])),
    (
        "POST",
        "/api/v1/campaigns/{id}/contact-links/{link_id}/signing-secret",
        As(&["contact_link.signing_secret_made"]),
    ),
    (
        "DELETE",
        "/api/v1/campaigns/{id}/contact-links/{link_id}/signing-secret",
        As(&["contact_link.signing_secret_removed"]),
    ),
    ("POST", "/api/v1/campaigns/{id}/contact-trial", Not("it shows who would be added, and stores nothing")),
    ("POST", "/hooks/contacts/{secret}", As(&["campaign.contacts_added"])),
    (
        "POST",
        "/api/v1/campaigns/{id}/preview",
        Not("it shows an agent their next contact; whom they have called is in the log"),
    ),
    ("POST", "/api/v1/campaigns/{id}/preview/{contact_id}/call", As(&["call.placed"])),
    ("POST", "/api/v1/campaigns/{id}/preview/{contact_id}/skip", As(&["contact.skipped"])),
    ("POST", "/api/v1/suppressions", As(&["suppression.added", "suppression.kept"])),
    ("DELETE", "/api/v1/suppressions/{number}", As(&["suppression.removed"])),
    ("POST", "/api/v1/customers", As(&["customer.created"])),
    ("GET", "/api/v1/customers.csv", As(&["customers.exported"])),
    ("POST", "/api/v1/customers.csv", As(&["customers.imported", "customers.looked_at"])),
    ("PATCH", "/api/v1/customers/{id}", As(&["customer.updated"])),
    ("DELETE", "/api/v1/customers/{id}", As(&["customer.deleted"])),
    ("GET", "/api/v1/customers/{id}/export", As(&["customer.exported"])),
    ("POST", "/api/v1/customers/{id}/erasure", As(&["customer.erasure_begun"])),
    ("POST", "/api/v1/customers/doubles", As(&["customer.kept_apart"])),
    ("POST", "/api/v1/customers/{id}/merge/{other_id}", As(&["customer.merged"])),
    ("GET", "/api/v1/leads", As(&["leads.exported"])),
    ("POST", "/api/v1/leads", As(&["lead.created"])),
    ("GET", "/api/v1/leads.csv", As(&["leads.exported"])),
    ("POST", "/api/v1/leads.csv", As(&["leads.imported", "leads.looked_at"])),
    ("PATCH", "/api/v1/leads/{id}", As(&["lead.updated"])),
    ("DELETE", "/api/v1/leads/{id}", As(&["lead.deleted"])),
    ("POST", "/api/v1/appointments", As(&["appointment.created"])),
    ("PATCH", "/api/v1/appointments/{id}", As(&["appointment.updated"])),
    (
        "GET",
        "/api/v1/appointments.ics",
        Not(
            "calendar programs ask every few minutes; the maker of the link is in the log, and it ends with them",
        ),
    ),
    ("POST", "/api/v1/appointments/feed", As(&["appointment_feed.renewed"])),
    ("DELETE", "/api/v1/appointments/feed", As(&["appointment_feed.ended"])),
    ("POST", "/api/v1/activities", As(&["activity.created"])),
    ("PATCH", "/api/v1/activities/{id}", As(&["activity.updated"])),
    ("PATCH", "/api/v1/messages/{id}", As(&["message.updated"])),
    ("PUT", "/api/v1/agents/{id}", As(&["agent.changed"])),
    ("POST", "/api/v1/queues", As(&["queue.created"])),
    ("PUT", "/api/v1/queues/{id}", As(&["queue.changed"])),
    ("DELETE", "/api/v1/queues/{id}", As(&["queue.deleted"])),
    ("POST", "/api/v1/dispositions", As(&["disposition.created"])),
    ("PUT", "/api/v1/dispositions/order", As(&["disposition.ordered"])),
    ("PUT", "/api/v1/dispositions/{id}", As(&["disposition.changed"])),
    ("DELETE", "/api/v1/dispositions/{id}", As(&["disposition.deleted"])),
    ("POST", "/api/v1/presence-reasons", As(&["presence_reason.created"])),
    ("PUT", "/api/v1/presence-reasons/order", As(&["presence_reason.ordered"])),
    ("PUT", "/api/v1/presence-reasons/{id}", As(&["presence_reason.changed"])),
    ("DELETE", "/api/v1/presence-reasons/{id}", As(&["presence_reason.deleted"])),
    ("POST", "/api/v1/wrap-ups", As(&["wrap_up.written"])),
    (
        "PUT",
        "/api/v1/calls/{id}/wrap-up-draft",
        Not("a draft is only its agent's; the resulting wrap-up is in the log"),
    ),
    ("POST", "/api/v1/callbacks/{id}/claim", As(&["callback.claimed"])),
    ("POST", "/api/v1/callbacks/{id}/release", As(&["callback.released"])),
    ("POST", "/api/v1/callbacks/{id}/done", As(&["callback.done"])),
    ("GET", "/api/v1/calls/expect", Not(OF_A_DIALPLAN)),
    ("POST", "/api/v1/calls/expect", Not(OF_A_DIALPLAN)),
    ("POST", "/api/v1/audio-ports", Not(OF_A_DIALPLAN)),
    ("DELETE", "/api/v1/audio-ports/{port}", Not(OF_A_DIALPLAN)),
    ("POST", "/api/v1/admin/drain", As(&["node.drained"])),
    ("PUT", "/api/v1/admin/log-level", As(&["node.log_level_set"])),
    ("PUT", "/api/v1/integrations/{kind}", As(&["integration.set"])),
    ("POST", "/api/v1/integrations/elevenlabs/agents", As(&["integration.agent_written"])),
    ("DELETE", "/api/v1/integrations/{kind}", As(&["integration.deleted"])),
    ("POST", "/api/v1/integrations/{kind}/test", As(&["integration.tested"])),
    ("POST", "/api/v1/integrations/{kind}/check", As(&["integration.tested"])),
    ("POST", "/api/v1/webhooks", As(&["webhook.created"])),
    ("PUT", "/api/v1/webhooks/{id}", As(&["webhook.changed"])),
    ("DELETE", "/api/v1/webhooks/{id}", As(&["webhook.deleted"])),
    ("POST", "/api/v1/webhooks/{id}/secret", As(&["webhook.secret_rolled"])),
    ("POST", "/api/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver", As(&["webhook.redelivered"])),
    ("POST", "/api/v1/webhooks/{id}/test", As(&["webhook.tested"])),
    ("PATCH", "/api/v1/notices", As(&["notices.set"])),
    ("PUT", "/api/v1/notices", As(&["notices.set"])),
    ("PUT", "/api/v1/metrics/report/mail", As(&["report_mail.set"])),
    ("DELETE", "/api/v1/metrics/report/mail", As(&["report_mail.stopped"])),
    ("POST", "/hooks/report-mail/{token}", As(&["report_mail.stopped"])),
    ("POST", "/api/v1/agent-profiles/{id}/tools", As(&["custom_tool.created"])),
    ("PUT", "/api/v1/agent-profiles/{id}/tools/{tool_id}", As(&["custom_tool.changed"])),
    ("DELETE", "/api/v1/agent-profiles/{id}/tools/{tool_id}", As(&["custom_tool.deleted"])),
    ("POST", "/api/v1/agent-profiles/{id}/tools/{tool_id}/try", As(&["custom_tool.tried"])),
    ("POST", "/api/v1/agent-profiles", As(&["profile.created"])),
    ("PATCH", "/api/v1/agent-profiles/{id}", As(&["profile.changed"])),
    ("PUT", "/api/v1/agent-profiles/{id}", As(&["profile.changed"])),
    ("DELETE", "/api/v1/agent-profiles/{id}", As(&["profile.removed"])),
    ("POST", "/api/v1/agent-profiles/{id}/publish", As(&["profile.published"])),
    ("POST", "/api/v1/agent-profiles/{id}/drafts", As(&["profile.draft_begun"])),
    ("PATCH", "/api/v1/agent-profiles/{id}/drafts/{draft}", As(&["profile.changed"])),
    ("DELETE", "/api/v1/agent-profiles/{id}/drafts/{draft}", As(&["profile.draft_discarded"])),
    ("POST", "/api/v1/agent-profiles/{id}/drafts/{draft}/publish", As(&["profile.published"])),
    ("POST", "/api/v1/agent-profiles/{id}/rollback", As(&["profile.rolled_back"])),
    ("POST", "/api/v1/agent-profiles/{id}/test-calls", As(&["profile.tried"])),
    ("POST", "/api/v1/agent-profiles/{id}/voice-preview", As(&["profile.voice_previewed"])),
    ("POST", "/api/v1/agent-profiles/{id}/replays", As(&["profile.replayed"])),
    ("POST", "/api/v1/agent-profiles/{id}/replays/{replay_id}/stop", As(&["profile.replay_stopped"])),
    ("POST", "/api/v1/agent-profiles/{id}/examples", As(&["example.created"])),
    ("PUT", "/api/v1/agent-profiles/{id}/examples/{example_id}", As(&["example.changed"])),
    ("DELETE", "/api/v1/agent-profiles/{id}/examples/{example_id}", As(&["example.removed"])),
    ("POST", "/api/v1/agent-profiles/{id}/example-runs", As(&["profile.examples_run"])),
    ("POST", "/api/v1/agent-profiles/{id}/extraction-trial", As(&["profile.extraction_tried"])),
    ("POST", "/api/v1/dtmf-actions", As(&["profile.changed"])),
    ("PUT", "/api/v1/dtmf-actions/{profile_id}/{digits}", As(&["profile.changed"])),
    ("DELETE", "/api/v1/dtmf-actions/{profile_id}/{digits}", As(&["profile.changed"])),
    ("POST", "/api/v1/extensions", As(&["extension.made"])),
    ("PUT", "/api/v1/extensions/{name}", As(&["extension.changed"])),
    ("DELETE", "/api/v1/extensions/{name}", As(&["extension.removed"])),
    ("PATCH", "/api/v1/dial-policy", As(&["dial_policy.changed"])),
    ("PUT", "/api/v1/dial-policy", As(&["dial_policy.changed"])),
    ("POST", "/api/v1/talk-links", As(&["talk_link.made"])),
    ("PATCH", "/api/v1/talk-links/{id}", As(&["talk_link.changed"])),
    ("PUT", "/api/v1/talk-links/{id}", As(&["talk_link.changed"])),
    ("DELETE", "/api/v1/talk-links/{id}", As(&["talk_link.removed"])),
    ("POST", "/api/v1/talk-links/{id}/signing-secret", As(&["talk_link.signing_secret_made"])),
    ("DELETE", "/api/v1/talk-links/{id}/signing-secret", As(&["talk_link.signing_secret_removed"])),
    ("POST", "/api/v1/talk/{token}/calls", Not("a visitor is anonymous, and their call has a journal")),
    ("POST", "/api/v1/webrtc", Not(OF_THE_CALL)),
    ("PATCH", "/api/v1/webrtc/{session}", Not(OF_THE_CALL)),
    ("DELETE", "/api/v1/webrtc/{session}", Not(OF_THE_CALL)),
    ("DELETE", "/api/v1/audio", Not(OF_THE_CALL)),
    ("POST", "/twilio/voice", Not(OF_THE_CALL)),
    ("POST", "/twilio/next", Not(OF_THE_CALL)),
    ("POST", "/twilio/status", Not(OF_THE_CALL)),
    ("POST", "/twilio/message", Not("an incoming text is a row of the messages")),
    ("POST", "/twilio/message/status", Not("a text's state is in its row")),
    ("POST", "/twilio/process-audio", Not(OF_THE_CALL)),
    ("POST", "/twilio/transfer", Not(OF_THE_CALL)),
    ("POST", "/twilio/dialled", Not(OF_THE_CALL)),
    ("POST", "/twilio/recorded", Not(OF_THE_CALL)),
    ("POST", "/twilio/recording", Not(OF_THE_CALL)),
    ("POST", "/twilio/placed/{channel}/answered", Not(OF_THE_CALL)),
    ("POST", "/twilio/placed/{channel}/status", Not(OF_THE_CALL)),
    ("POST", "/twilio/conference/{person}/person", Not(OF_THE_CALL)),
    ("POST", "/twilio/conference/{person}/room", Not(OF_THE_CALL)),
    ("POST", "/twilio/conference/{person}/over", Not(OF_THE_CALL)),
    ("POST", "/elevenlabs/post-call", Not(OF_THE_CALL)),
    ("POST", "/elevenlabs/post-call/{organization_id}", Not(OF_THE_CALL)),
];

/// Audit entries of the requests to a route; `None` for one that only reads or is not in the list.
fn of(method: &str, path: &str) -> Option<Audited> {
    LIST.iter().find(|(listed, at, _)| *listed == method && *at == path).map(|(_, _, audited)| *audited)
}

/// Whether a request that has changed something must have an audit entry: all except those with a reason.
pub(in crate::web) fn is_audited(method: &str, path: &str) -> bool {
    !matches!(of(method, path), Some(Not(_)))
}

/// Every route with audit entries, with their actions.
pub fn audited_routes() -> Vec<(&'static str, &'static str, &'static [&'static str])> {
    let lines = LIST.iter().filter_map(|(method, path, audited)| match audited {
        As(words) => Some((*method, *path, *words)),
        Not(_) => None,
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cordboard_schema::audit::{DELETED_ORGANIZATION, OF_THE_INSTALLATION};
    use cordboard_schema::permission::Permission;

    use super::super::{Gate, endpoints, paths};
    use super::*;

    /// Routes that read recordings and exports, among all that only read.
    const READS: &[&str] = &[
        "/api/v1/calls.csv",
        "/api/v1/calls/{id}/recording",
        "/api/v1/campaigns/{id}/contacts.csv",
        "/api/v1/customers.csv",
        "/api/v1/customers/{id}/export",
        "/api/v1/leads",
        "/api/v1/leads.csv",
        "/api/v1/appointments.ics",
    ];

    #[test]
    fn exactly_the_changing_and_exporting_routes_are_listed_once() {
        let mut routes = BTreeSet::new();
        for (path, methods) in paths() {
            for method in methods.split(", ") {
                // Some dialplans can't send POST.
                let is_change = !matches!(method, "GET" | "HEAD") || path == "/api/v1/calls/expect";
                if is_change || method == "GET" && READS.contains(&path) {
                    routes.insert((method, path));
                }
            }
        }
        let listed: BTreeSet<_> = LIST.iter().map(|(method, path, _)| (*method, *path)).collect();
        assert_eq!(listed.len(), LIST.len(), "a route is in the list twice");
        let missing: Vec<_> = routes.difference(&listed).collect();
        assert!(missing.is_empty(), "add the audit entries of {missing:?}");
        let unknown: Vec<_> = listed.difference(&routes).collect();
        assert!(unknown.is_empty(), "there is no such route: {unknown:?}");
    }

    #[test]
    fn retention_spares_the_entries_of_the_installations_routes() {
        let of_operators: BTreeSet<&str> = endpoints()
            .iter()
            .filter(|endpoint| matches!(endpoint.gate, Gate::Api(_, Permission::Installation)))
            .map(|endpoint| endpoint.path)
            .collect();
        let entries = audited_routes().into_iter().filter(|(_, path, _)| of_operators.contains(path));
        let of_requests = entries.flat_map(|(_, _, words)| words.iter().copied());
        let actions: BTreeSet<&str> = of_requests.chain([DELETED_ORGANIZATION]).collect();
        assert_eq!(actions, OF_THE_INSTALLATION.into_iter().collect());
    }

    #[test]
    fn routes_without_audit_entries_have_a_reason() {
        for (method, path, audited) in LIST {
            match audited {
                As(words) => {
                    assert!(!words.is_empty() && words.iter().all(|word| !word.is_empty()), "{path}")
                }
                Not(reason) => assert!(reason.len() > 20, "{method} {path}: {reason}"),
            }
        }
        assert!(is_audited("POST", "/api/v1/a-route-of-tomorrow"));
        assert!(!is_audited("POST", "/api/v1/auth/totp"));
    }
}
