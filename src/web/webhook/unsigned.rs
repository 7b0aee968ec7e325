//! Long bodies of webhooks, which are read completely before their signature can be checked. Anybody may send one, so only a few are read at a time.

use std::net::IpAddr;

use cordboard_actors::shares::{Amount, Claim, Reach, ShareTaken, Shares};
use cordboard_schema::household::household;
use cordboard_schema::limits::{ELEVENLABS_REPORTS_READ_MAX, ELEVENLABS_REPORTS_READ_OF_ADDRESS_MAX};

use crate::web::problem::ApiError;

/// Bodies being read. Clones count together.
#[derive(Clone, Debug)]
pub(in crate::web) struct UnsignedBodies(Shares<IpAddr>);

impl Default for UnsignedBodies {
    fn default() -> Self {
        Self(Shares::new(Amount { total: ELEVENLABS_REPORTS_READ_MAX, reserve: 0 }))
    }
}

impl UnsignedBodies {
    /// Room for another body from this address, until the returned value is dropped.
    ///
    /// # Errors
    /// There is no room ([`ApiError::ShareUsedUp`]).
    pub(super) fn room_for(&self, address: IpAddr) -> Result<ShareTaken<IpAddr>, ApiError> {
        let claim = Claim { holder: household(address), share: ELEVENLABS_REPORTS_READ_OF_ADDRESS_MAX };
        let room = self.0.take(&[claim], Reach::Usual);
        room.map_err(|_| ApiError::ShareUsedUp("too many reports are being read: send it again".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_room_for_others_until_bodies_are_read() {
        let bodies = UnsignedBodies::default();
        let all_of = |address: &str| -> Vec<_> {
            let address = address.parse().unwrap();
            std::iter::from_fn(|| bodies.room_for(address).ok()).collect()
        };
        let strangers = all_of("2001:db8::1");
        assert_eq!(strangers.len(), ELEVENLABS_REPORTS_READ_OF_ADDRESS_MAX);
        assert_eq!(all_of("2001:db8::2").len(), 0, "the same network");
        let others: Vec<_> = (1..=9).flat_map(|last| all_of(&format!("192.0.2.{last}"))).collect();
        assert_eq!(strangers.len() + others.len(), ELEVENLABS_REPORTS_READ_MAX);
        drop(strangers);
        assert_eq!(all_of("2001:db8::2").len(), ELEVENLABS_REPORTS_READ_OF_ADDRESS_MAX);
    }
}
