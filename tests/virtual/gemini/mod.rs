//! Gemini's Live API: the whole server, a stand-in for the provider that knows its rules, and callers who listen.

mod hostile;
mod sessions;
pub(crate) mod stage;
mod talk;

mod suite {
    use super::stage::Stage;
    use crate::suites::voice::voice_suite;

    voice_suite!(Stage);
}
