//! Ports that are leased to one call each, in addition to the ports that all calls use.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use cordboard_schema::limits::AUDIO_PORTS_MAX;
use cordboard_settings::SettingValue;

/// Ports that a kind leases, from its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeasedRange {
    /// The setting of the range.
    pub setting: &'static str,
    /// The address that they are on.
    pub ip: IpAddr,
    /// The ports.
    pub range: PortRange,
}

/// A range of ports, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    first: u16,
    last: u16,
}

/// Why a range is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRange {
    /// Port 0 means any port, and a dialplan has to know which one.
    #[error("port 0 can't be leased")]
    Zero,
    /// The ends are in the wrong order.
    #[error("the first port, {first}, is greater than the last, {last}")]
    Order {
        /// The first.
        first: u16,
        /// The last.
        last: u16,
    },
    /// More ports than anyone has agents.
    #[error("{ports} ports are too many, {AUDIO_PORTS_MAX} is the most")]
    TooMany {
        /// How many.
        ports: u32,
    },
}

impl PortRange {
    /// Returns the ports from `first` to `last`.
    ///
    /// # Errors
    /// [`BadRange`].
    pub fn new(first: u16, last: u16) -> Result<Self, BadRange> {
        let range = Self { first, last };
        if first == 0 {
            Err(BadRange::Zero)
        } else if first > last {
            Err(BadRange::Order { first, last })
        } else if range.ports() > AUDIO_PORTS_MAX.into() {
            Err(BadRange::TooMany { ports: range.ports() })
        } else {
            Ok(range)
        }
    }

    /// Returns the number of ports.
    pub fn ports(&self) -> u32 {
        u32::from(self.last) - u32::from(self.first) + 1
    }

    /// Returns the port numbers.
    pub fn numbers(&self) -> RangeInclusive<u16> {
        self.first..=self.last
    }

    /// Returns whether a port is one of them.
    pub fn contains(&self, port: u16) -> bool {
        self.numbers().contains(&port)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl SettingValue for PortRange {
    fn expected() -> String {
        format!("two ports with a - between them, for example 9100-9199; {AUDIO_PORTS_MAX} ports at most")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let is_none = || format!("{text:?} is not a range of ports");
        let (first, last) = text.split_once('-').ok_or_else(is_none)?;
        let port = |text: &str| text.trim().parse::<u16>().map_err(|_| is_none());
        Self::new(port(first)?, port(last)?).map_err(|cause| cause.to_string())
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}
