//! A cascade: the whole server, a stand-in for its three services that knows their rules, and callers who listen.

mod figures;
mod hostile;
mod parts;
mod stage;
mod turns;
mod utterances;

mod suite {
    use super::stage::Stage;
    use crate::suites::voice::voice_suite;

    voice_suite!(Stage);
}
