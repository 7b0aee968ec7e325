//! Steps of a script that report on a call which may be over: a message that was left, and a hosted agent's report.

use cordboard_schema::event::Fact;
use cordboard_schema::profile::AgentHost;
use cordboard_schema::wire::elevenlabs::report::ConversationReport;

use crate::script::ms;

pub(crate) fn fact(word: &str, words: &[&str]) -> Option<Fact> {
    match word {
        "mailed" => Some(Fact::VoicemailLeft {
            recording: "RE00000000000000000000000000000001".parse().unwrap(),
            duration_ms: ms(words[0]),
        }),
        "reported" => Some(Fact::ConversationReported {
            provider: AgentHost::ElevenLabs,
            report: ConversationReport { conversation_id: words[0].to_owned(), ..Default::default() },
        }),
        _ => None,
    }
}
