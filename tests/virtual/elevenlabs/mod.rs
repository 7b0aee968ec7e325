//! Agents at ElevenLabs: the whole server, a stand-in for the provider that knows its rules, and callers who listen.

mod agents;
mod endings;
mod hostile;
mod own_tools;
mod reports;
pub(crate) mod stage;

mod suite {
    use super::stage::Stage;
    use crate::suites::voice::voice_suite;

    voice_suite!(Stage);
}
