//! A cascade: the whole server, a stand-in for its three services that knows their rules, and callers who listen.

mod figures;
mod hostile;
mod own_services;
mod parts;
mod recognizer_lost;
mod stage;
mod streamed_speech;
mod turns;
mod utterances;
mod written;

mod suite {
    use super::stage::Stage;
    use crate::suites::voice::voice_suite;

    voice_suite!(Stage);
}

mod streamed_suite {
    use super::stage::StreamedStage;
    use crate::suites::voice::voice_suite;

    voice_suite!(StreamedStage);
}
