//! The address of the dialler's database, the names of its tables, and the settings of its agent API.

use std::fmt;

use url::{Host, Url};

use super::{Config, Osdial, Secret, address};
use cordboard_settings::{Layers, SettingValue, Sight};

/// Parameters that an address may have. All of them are about TLS.
const PARAMETERS: [&str; 3] = ["require_ssl", "verify_ca", "verify_identity"];
/// The longest prefix. With it the longest table name is still an identifier of 64 characters.
const PREFIX_CHARS_MAX: usize = 32;
/// Characters of a place to which the dialler's agent API transfers callers: of a group's id, and of a number.
const PLACE_CHARS: std::ops::RangeInclusive<usize> = 2..=20;
/// Maximum number of such places.
const PLACES_MAX: usize = 50;

/// The address of the dialler's database. `Debug` and `Display` show no password.
#[derive(Clone, Debug, PartialEq)]
pub struct OsdialUrl {
    /// The address as given.
    whole: Secret,
    /// The address without its password.
    shown: String,
}

impl OsdialUrl {
    /// The address with its password, for the place that connects.
    pub fn expose(&self) -> &str {
        self.whole.expose()
    }
}

impl fmt::Display for OsdialUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl SettingValue for OsdialUrl {
    const SIGHT: Sight = Sight::Open;

    fn expected() -> String {
        "mysql://USER:PASSWORD@HOST:PORT/DATABASE, with ?require_ssl=true for TLS".to_owned()
    }

    // The text is not repeated, because it may contain a password.
    fn parse(text: &str) -> Result<Self, String> {
        let mut url = Url::parse(text).map_err(|fault| format!("it is not an address: {fault}"))?;
        if url.scheme() != "mysql" {
            return Err("it does not begin with mysql://".to_owned());
        }
        match url.host() {
            Some(Host::Domain("")) | None => return Err("it names no host".to_owned()),
            Some(_) => {}
        }
        let database = url.path().trim_start_matches('/');
        if database.is_empty() || database.contains('/') {
            return Err("it names no database after the host".to_owned());
        }
        for (name, value) in url.query_pairs() {
            if !PARAMETERS.contains(&name.as_ref()) {
                return Err(format!("only these parameters are allowed: {}", PARAMETERS.join(", ")));
            }
            if !matches!(value.as_ref(), "true" | "false") {
                return Err(format!("{name} is neither true nor false"));
            }
        }
        if url.fragment().is_some() {
            return Err("it has a part after #, which is not allowed".to_owned());
        }
        if url.password().is_some() {
            // An address with a host accepts a password.
            let _ = url.set_password(Some("********"));
        }
        Ok(Self { whole: Secret::new(text), shown: url.to_string() })
    }

    fn shown(&self) -> String {
        self.shown.clone()
    }

    fn secrets(&self) -> Vec<String> {
        address::secrets(&self.whole)
    }
}

/// Prefix of the names of the dialler's tables: `osdial_`, or `vicidial_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePrefix(String);

impl TablePrefix {
    /// OSdial's.
    pub fn osdial() -> Self {
        Self("osdial_".to_owned())
    }

    /// The prefix. It has only ASCII letters, digits and underscores, so it is safe in SQL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SettingValue for TablePrefix {
    fn expected() -> String {
        format!(
            "the beginning of table names, such as osdial_ or vicidial_, at most {PREFIX_CHARS_MAX} characters"
        )
    }

    fn parse(text: &str) -> Result<Self, String> {
        let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if text.is_empty() || !is_word || text.as_bytes()[0].is_ascii_digit() {
            return Err(
                "only ASCII letters, digits and _ are allowed, and no digit at the beginning".to_owned()
            );
        }
        if text.len() > PREFIX_CHARS_MAX {
            return Err(format!("it has {} characters", text.len()));
        }
        Ok(Self(text.to_owned()))
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

/// The character set of our connection to the dialler's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OsdialCharset {
    /// The tables are latin1 and contain UTF-8 bytes: OSdial's default (`use_non_latin` is 0).
    Latin1,
    /// The tables are utf8, with characters of at most 3 bytes (`use_non_latin` is 1).
    Utf8,
    /// The tables are utf8mb4.
    Utf8mb4,
}

impl OsdialCharset {
    /// Its name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latin1 => "latin1",
            Self::Utf8 => "utf8",
            Self::Utf8mb4 => "utf8mb4",
        }
    }
}

impl SettingValue for OsdialCharset {
    fn expected() -> String {
        "latin1, utf8 or utf8mb4, like the dialler's tables".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let all = [Self::Latin1, Self::Utf8, Self::Utf8mb4];
        all.into_iter().find(|set| set.name() == text).ok_or_else(|| format!("{text:?} is not one of them"))
    }

    fn shown(&self) -> String {
        self.name().to_owned()
    }
}

/// The profile that answers the calls of each campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignProfiles(Vec<(String, String)>);

impl CampaignProfiles {
    /// Returns the name of the profile for a campaign; none if the campaign is not named.
    pub fn of(&self, campaign_id: &str) -> Option<&str> {
        let found = self.0.iter().find(|(campaign, _)| campaign == campaign_id);
        found.map(|(_, profile)| profile.as_str())
    }

    /// The campaigns that are named.
    pub fn campaigns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(campaign, _)| campaign.as_str())
    }
}

impl SettingValue for CampaignProfiles {
    fn expected() -> String {
        "CAMPAIGN=PROFILE, separated by commas".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for part in text.split(',') {
            let (campaign, profile) = part.split_once('=').ok_or("a part of it is not CAMPAIGN=PROFILE")?;
            let (campaign, profile) = (campaign.trim(), profile.trim());
            if campaign.is_empty() || profile.is_empty() {
                return Err("the campaign or the profile is missing in a part of it".to_owned());
            }
            if pairs.iter().any(|(known, _)| known == campaign) {
                return Err(format!("{campaign} is named twice"));
            }
            pairs.push((campaign.to_owned(), profile.to_owned()));
        }
        Ok(Self(pairs))
    }

    fn shown(&self) -> String {
        let pairs: Vec<String> =
            self.0.iter().map(|(campaign, profile)| format!("{campaign}={profile}")).collect();
        pairs.join(",")
    }
}

/// Extensions of the dialler that lead to this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentExtensions(Vec<String>);

impl AgentExtensions {
    /// Returns whether this is one of them.
    pub fn has(&self, extension: &str) -> bool {
        self.0.iter().any(|own| own == extension)
    }
}

impl SettingValue for AgentExtensions {
    fn expected() -> String {
        "extensions of the dialler, such as 8801, separated by commas".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = text.split(',').map(|part| part.trim().to_owned()).collect();
        let is_extension = |part: &String| {
            (1..=20).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*#_".contains(&byte))
        };
        match parts.iter().find(|part| !is_extension(part)) {
            Some(bad) => Err(format!("{bad:?} is not an extension of 1 to 20 letters, digits, *, # and _")),
            None => Ok(Self(parts)),
        }
    }

    fn shown(&self) -> String {
        self.0.join(",")
    }
}

/// The code of a status of the dialler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCode(String);

impl StatusCode {
    /// The status that the dialler itself gives a lead whose call is with a remote agent.
    pub fn transferred() -> Self {
        Self("XFER".to_owned())
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SettingValue for StatusCode {
    fn expected() -> String {
        "a status of the dialler, of 1 to 6 characters".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text.chars().count() {
            1..=6 if !text.chars().any(|c| c.is_control() || c.is_whitespace()) => Ok(Self(text.to_owned())),
            _ => Err(format!("{text:?} is not a status")),
        }
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

/// A place to which the dialler's agent API transfers a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiallerPlace {
    /// An extension of the dialler's own context, or a number that is dialled there.
    Extension(String),
    /// A group of agents who take inbound calls.
    Ingroup(String),
}

impl DiallerPlace {
    fn parse(text: &str) -> Result<Self, String> {
        let (kind, id) = text.split_once(':').ok_or("a place is neither ingroup:ID nor extension:NUMBER")?;
        let is_long = PLACE_CHARS.contains(&id.len());
        match kind {
            "extension"
                if is_long && id.bytes().all(|byte| byte.is_ascii_digit() || b"*#".contains(&byte)) =>
            {
                Ok(Self::Extension(id.to_owned()))
            }
            "extension" => Err(format!("{id:?} is not an extension of 2 to 20 digits, * and #")),
            "ingroup"
                if is_long
                    && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) =>
            {
                Ok(Self::Ingroup(id.to_owned()))
            }
            "ingroup" => Err(format!("{id:?} is not a group's id of 2 to 20 letters, digits, _ and -")),
            _ => Err(format!("{kind:?} is neither ingroup nor extension")),
        }
    }
}

/// Shows a place in the form of the setting.
impl fmt::Display for DiallerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(number) => write!(f, "extension:{number}"),
            Self::Ingroup(id) => write!(f, "ingroup:{id}"),
        }
    }
}

/// The places to which an assistant may transfer a dialler's caller, by the assistant's names for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiallerPlaces(Vec<(String, DiallerPlace)>);

impl DiallerPlaces {
    /// Returns the place with this name; none if there is no such name.
    pub fn of(&self, name: &str) -> Option<&DiallerPlace> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, place)| place)
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl SettingValue for DiallerPlaces {
    fn expected() -> String {
        "NAME=ingroup:ID or NAME=extension:NUMBER, separated by commas".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut places: Vec<(String, DiallerPlace)> = Vec::new();
        for part in text.split(',') {
            let (name, place) = part.split_once('=').ok_or("a part of it is not NAME=PLACE")?;
            let name = name.trim();
            let is_name = PLACE_CHARS.contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
            if !is_name {
                return Err(format!("{name:?} is not a name of 2 to 20 letters, digits, _ and -"));
            }
            if places.iter().any(|(known, _)| known == name) {
                return Err(format!("{name} is named twice"));
            }
            places.push((name.to_owned(), DiallerPlace::parse(place.trim())?));
        }
        if places.len() > PLACES_MAX {
            return Err(format!("it names {} places, and at most {PLACES_MAX} are allowed", places.len()));
        }
        Ok(Self(places))
    }

    fn shown(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(name, place)| format!("{name}={place}")).collect();
        pairs.join(",")
    }
}

impl Config {
    /// The agent API needs an address, a user and a password, and a dialler.
    pub(super) fn osdial_contradictions(&self, layers: &mut Layers) {
        let Osdial { database_url, agent_api_url, agent_api_user, agent_api_password, transfers, .. } =
            &self.osdial;
        let Some(url) = agent_api_url else {
            for (name, is_set) in [
                ("osdial.agent_api_user", agent_api_user.is_some()),
                ("osdial.agent_api_password", agent_api_password.is_some()),
                ("osdial.transfers", transfers.is_some()),
            ] {
                if is_set {
                    layers.contradiction(
                        name,
                        "it belongs to the dialler's agent API, which has no address".to_owned(),
                        format!("set osdial.agent_api_url, such as https://dialler.example.com/agc/api.php, or remove {name}"),
                    );
                }
            }
            return;
        };
        if !url.as_str().starts_with("http") {
            layers.contradiction(
                "osdial.agent_api_url",
                "requests to the agent API use HTTP".to_owned(),
                "give an address with http or https, such as https://dialler.example.com/agc/api.php"
                    .to_owned(),
            );
        }
        if agent_api_user.is_none() || agent_api_password.is_none() {
            layers.contradiction(
                "osdial.agent_api_url",
                "the agent API needs a user and a password".to_owned(),
                "set osdial.agent_api_user and osdial.agent_api_password: a user of the dialler with agent API access".to_owned(),
            );
        }
        if database_url.is_none() {
            layers.contradiction(
                "osdial.agent_api_url",
                "a dialler's calls are found through its database, which is not set".to_owned(),
                "set osdial.database_url, or remove osdial.agent_api_url".to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let text = "mysql://cordboard:ti%67er@dialler.example.com:3306/osdial?require_ssl=true";
        let url = OsdialUrl::parse(text).unwrap();
        assert_eq!(url.expose(), text);
        let shown = "mysql://cordboard:********@dialler.example.com:3306/osdial?require_ssl=true";
        assert_eq!(url.to_string(), shown);
        assert!(!format!("{url:?} {}", url.shown()).contains("ti%67er"));
    }

    #[test]
    fn a_bad_database_address_is_refused_without_repeating_it() {
        for bad in [
            "postgres://u:tiger@host/osdial",
            "mysql:tiger",
            "mysql://u:tiger@/osdial",
            "mysql://u:tiger@host",
            "mysql://u:tiger@host/a/b",
            "mysql://u:tiger@host/osdial?pool_max=900",
            "mysql://u:tiger@host/osdial?require_ssl=yes",
            "mysql://u:tiger@host/osdial#x",
            "tiger",
        ] {
            let refusal = OsdialUrl::parse(bad).unwrap_err();
            assert!(!refusal.contains("tiger"), "{bad}: {refusal}");
        }
    }

    #[test]
    fn campaign_profiles_extensions_and_statuses_are_checked() {
        let profiles = CampaignProfiles::parse("TEST1=Sales, 007 = Night shift").unwrap();
        assert_eq!([profiles.of("TEST1"), profiles.of("007")], [Some("Sales"), Some("Night shift")]);
        assert_eq!([profiles.of("7"), profiles.of("test1")], [None, None]);
        for bad in ["", "TEST1", "TEST1=", "=Sales", "A=x,A=y", "A=x,"] {
            assert!(CampaignProfiles::parse(bad).is_err(), "{bad}");
        }
        let extensions = AgentExtensions::parse("8801, 8802").unwrap();
        assert!(extensions.has("8801") && extensions.has("8802") && !extensions.has("880"));
        for bad in ["", "88 01", "8801,", "8801;DROP", &"8".repeat(21)] {
            assert!(AgentExtensions::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", "TOOLONG", "A B"] {
            assert!(StatusCode::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_dialler_place_is_a_valid_group_or_extension() {
        let text = "sales=ingroup:SALESLINE,desk=extension:8600*1";
        let places = DiallerPlaces::parse(text).unwrap();
        assert_eq!(places.of("sales"), Some(&DiallerPlace::Ingroup("SALESLINE".to_owned())));
        assert_eq!(places.of("desk"), Some(&DiallerPlace::Extension("8600*1".to_owned())));
        assert_eq!((places.of("Sales"), places.shown()), (None, text.to_owned()));
        for bad in [
            "",
            "sales",
            "sales=SALESLINE",
            "sales=queue:SALESLINE",
            "sales=ingroup:",
            "sales=ingroup:A B",
            "sales=ingroup:S",
            "desk=extension:8600 1",
            "desk=extension:eight",
            "a=ingroup:SALESLINE",
            "a b=ingroup:SALESLINE",
            "sales=ingroup:ONE,sales=ingroup:TWO",
            &format!("sales=ingroup:{}", "X".repeat(21)),
        ] {
            assert!(DiallerPlaces::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_table_prefix_is_only_part_of_an_identifier() {
        for good in ["osdial_", "vicidial_", "x"] {
            assert_eq!(TablePrefix::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "9_", "a b", "a`", "a;b", "o.sdial", "ä", &"x".repeat(33)] {
            assert!(TablePrefix::parse(bad).is_err(), "{bad}");
        }
    }
}
