//! The voice that speaks with an organization's callers: its own account, if it has one.

use std::sync::Arc;

use cordboard_actors::assistant::kind::{Own, OwnAccount, VoiceKind, VoiceParts, VoiceSection};
use cordboard_actors::assistant::{Account, VoiceSections};
use cordboard_schema::integration::Integration;

use super::Served;
use super::opened::open;
use crate::web::Outside;

/// The voice that speaks with an organization's callers: the configured provider, the organization's own account, or, if that can't be used, the
/// built-in assistant.
pub type Voice = Served<Arc<dyn Account>>;

/// The parts that accounts of voices share.
#[derive(Clone)]
pub(super) struct Voices {
    /// The sections of all kinds.
    pub(super) sections: VoiceSections,
    /// The parts that accounts are made with.
    pub(super) parts: VoiceParts,
    /// Decrypts keys, and says which addresses may be connected to.
    pub(super) outside: Outside,
}

impl Voices {
    /// Returns the kinds of voices for which this integration has accounts, each with its result.
    ///
    /// An error says in words why an account can't be used.
    pub(super) fn of(&self, integration: &Integration) -> Vec<(&'static VoiceKind, Result<Own, String>)> {
        let kind = integration.settings.kind();
        let brings = |(voice, _): &(&'static VoiceKind, _)| voice.integration == Some(kind);
        let made = |(voice, section): (&'static VoiceKind, &dyn VoiceSection)| {
            let own = |own: &OwnAccount<'_>| section.own_account(&self.sections, own, &self.parts);
            (voice, own_of(&self.outside, integration, own).map_err(|why| why.to_string()))
        };
        self.sections.each().into_iter().filter(brings).map(made).collect()
    }
}

/// Passes an integration to a function that makes something from it.
pub fn own_of<T>(outside: &Outside, integration: &Integration, make: impl FnOnce(&OwnAccount<'_>) -> T) -> T {
    let secret = |name: &str| open(&outside.secrets, integration, name).map_err(|error| error.to_string());
    let address = |text: &str| outside.http.address(text).map(drop).map_err(|bad| bad.to_string());
    make(&OwnAccount {
        settings: &integration.settings,
        secret: &secret,
        address: &address,
        way: outside.http.way(),
    })
}
