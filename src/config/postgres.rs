//! The address of a PostgreSQL database, from `DATABASE_URL`: what libpq accepts, and how the connection is encrypted.

use std::fmt;
use std::path::PathBuf;

use super::Secret;

/// The default port of PostgreSQL.
const USUAL_PORT: u16 = 5432;

/// Complaint about an address whose host part ends within a password.
const CUT: &str = "its port is not a number (in a password, / is written %2F and ? is written %3F)";

/// Settings of libpq that an address may contain, besides those that are parsed here.
const OTHERS: [&str; 5] =
    ["application_name", "connect_timeout", "gssencmode", "options", "target_session_attrs"];

/// The address of a PostgreSQL database. `Debug` and `Display` show no password.
#[derive(Clone, Debug, PartialEq)]
pub struct PostgresUrl {
    /// Host name, IP address, or the folder of a Unix socket (begins with `/`).
    pub host: String,
    /// Port, also of a Unix socket.
    pub port: u16,
    /// The role; unset, the name of this process's user.
    pub user: Option<String>,
    /// The password; unset, `PGPASSWORD` or `~/.pgpass`.
    pub password: Option<Secret>,
    /// The database; unset, the name of the role.
    pub database: Option<String>,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// Further settings of libpq, by name.
    pub others: Vec<(String, String)>,
}

/// Requirement of `sslmode`, as libpq understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// `disable`: never.
    Never,
    /// `prefer`, libpq's default: if the server supports it, and without checking who the server is.
    WherePossible,
    /// `require` without `sslrootcert`: always, without checking who the server is.
    Always,
    /// `verify-ca`, or `require` with `sslrootcert`: always, with a certificate of one of these issuers.
    ByIssuer(PathBuf),
    /// `verify-full`: always, with a certificate for the host's name.
    ByName(Roots),
}

/// Issuers of trusted certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Those that the system trusts.
    System,
    /// Those of a PEM file.
    File(PathBuf),
}

impl PostgresUrl {
    /// Reads `postgres://user:password@host:port/database?sslmode=...`.
    ///
    /// # Errors
    /// Describes the fault in words that repeat no part of a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = ["postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let rest = rest.ok_or_else(|| "it does not begin with postgres://".to_owned())?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (login, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        // A password that begins with digits looks like a port, and then another host would be contacted.
        if !authority.is_empty() && !authority.contains('@') && database.contains('@') {
            return Err(CUT.to_owned());
        }
        let (host, port) = host_and_port(address)?;
        let mut url = Self {
            host: decoded(host)?,
            port: number(port)?,
            user: given(decoded(user)?),
            password: given(decoded(password)?).map(Secret::new),
            database: given(decoded(database)?),
            encryption: Encryption::WherePossible,
            others: Vec::new(),
        };
        let (mut mode, mut roots) = ("prefer".to_owned(), None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| "a parameter has no value".to_owned())?;
            let value = decoded(value)?;
            match name {
                "host" => url.host = value,
                "port" => url.port = number(&value)?,
                "user" => url.user = given(value),
                "password" => url.password = given(value).map(Secret::new),
                "dbname" => url.database = given(value),
                "sslmode" => mode = value,
                "sslrootcert" => roots = given(value),
                _ if OTHERS.contains(&name) => url.others.push((name.to_owned(), value)),
                _ => return Err(format!("the parameter {name:?} is not supported")),
            }
        }
        if url.host.contains(',') {
            return Err("it names several hosts; only one is supported".to_owned());
        }
        if url.host.is_empty() {
            "localhost".clone_into(&mut url.host);
        }
        url.encryption = encryption(&mode, roots)?;
        Ok(url)
    }

    /// Returns whether the server is reached over a Unix socket, which is never encrypted.
    pub fn is_unix_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// Returns `text` without the password, for a library's messages.
    pub fn without_password(&self, text: &str) -> String {
        match &self.password {
            Some(password) => text.replace(password.expose(), &password.to_string()),
            None => text.to_owned(),
        }
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://")?;
        if let Some(user) = &self.user {
            let password = self.password.as_ref().map(|mask| format!(":{mask}"));
            write!(f, "{user}{}@", password.unwrap_or_default())?;
        }
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{host}:{}/{}", self.port, self.database.as_deref().unwrap_or_default())
    }
}

fn encryption(mode: &str, roots: Option<String>) -> Result<Encryption, String> {
    let file = |roots: String| match roots.as_str() {
        "system" => Err("sslrootcert=system needs sslmode=verify-full".to_owned()),
        _ => Ok(Encryption::ByIssuer(roots.into())),
    };
    match (mode, roots) {
        ("disable", _) => Ok(Encryption::Never),
        ("prefer", _) => Ok(Encryption::WherePossible),
        ("require", None) => Ok(Encryption::Always),
        ("require" | "verify-ca", Some(roots)) => file(roots),
        ("verify-ca", None) => Err("sslmode=verify-ca needs sslrootcert, a file".to_owned()),
        ("verify-full", Some(roots)) if roots != "system" => {
            Ok(Encryption::ByName(Roots::File(roots.into())))
        }
        ("verify-full", _) => Ok(Encryption::ByName(Roots::System)),
        _ => Err("sslmode is disable, prefer, require, verify-ca or verify-full".to_owned()),
    }
}

/// Returns host and port, which may both be missing. An IPv6 address is in brackets.
fn host_and_port(address: &str) -> Result<(&str, &str), String> {
    match address.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or_else(|| "a bracket is not closed".to_owned())?;
            Ok((host, port.strip_prefix(':').unwrap_or(port)))
        }
        None => Ok(address.split_once(':').unwrap_or((address, ""))),
    }
}

fn number(port: &str) -> Result<u16, String> {
    match port {
        "" => Ok(USUAL_PORT),
        // A password that is not escaped ends the host part at its first / or ?.
        _ => port.parse().ok().filter(|port| *port > 0).ok_or_else(|| CUT.to_owned()),
    }
}

fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Decodes percent escapes. NUL is refused, because it ends a text for libpq.
pub(super) fn decoded(text: &str) -> Result<String, String> {
    let bad = || "a % is not followed by two hexadecimal digits; write a % itself as %25".to_owned();
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let digits = piece.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or_else(bad)?;
        bytes.push(byte);
        bytes.extend_from_slice(piece.get(2..).unwrap_or_default().as_bytes());
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_libpq_reads_it() {
        let url = PostgresUrl::parse("postgresql://me:a%40b%25%2F@db.example:6543/calls?application_name=x")
            .unwrap();
        assert_eq!((url.host.as_str(), url.port), ("db.example", 6543));
        assert_eq!(url.user.as_deref(), Some("me"));
        assert_eq!(url.password.as_ref().unwrap().expose(), "a@b%/");
        assert_eq!(url.database.as_deref(), Some("calls"));
        assert_eq!(url.encryption, Encryption::WherePossible);
        assert_eq!(url.others, [("application_name".to_owned(), "x".to_owned())]);

        let socket = PostgresUrl::parse("postgres:///calls?host=/run/postgresql&user=me").unwrap();
        assert!(socket.is_unix_socket() && socket.port == 5432, "{socket}");
        let encoded = PostgresUrl::parse("postgres://%2Frun%2Fpostgresql/calls").unwrap();
        assert_eq!(encoded.host, socket.host);
        let address = PostgresUrl::parse("postgres://[::1]:1/x").unwrap();
        assert_eq!((address.host.as_str(), address.port), ("::1", 1));
        assert_eq!(PostgresUrl::parse("postgres://").unwrap().to_string(), "postgres://localhost:5432/");
    }

    #[test]
    fn encryption_modes_are_those_of_libpq() {
        let encryption =
            |query: &str| PostgresUrl::parse(&format!("postgres://h/d?{query}")).map(|url| url.encryption);
        assert_eq!(encryption("sslmode=disable").unwrap(), Encryption::Never);
        assert_eq!(encryption("sslmode=require").unwrap(), Encryption::Always);
        let by_issuer = Encryption::ByIssuer("/root.crt".into());
        assert_eq!(encryption("sslmode=require&sslrootcert=/root.crt").unwrap(), by_issuer);
        assert_eq!(encryption("sslmode=verify-ca&sslrootcert=/root.crt").unwrap(), by_issuer);
        assert_eq!(encryption("sslmode=verify-full").unwrap(), Encryption::ByName(Roots::System));
        let by_name = Encryption::ByName(Roots::File("/root.crt".into()));
        assert_eq!(encryption("sslrootcert=%2Froot.crt&sslmode=verify-full").unwrap(), by_name);
        for bad in
            ["sslmode=allow", "sslmode=verify-ca", "sslmode=require&sslrootcert=system", "sslcert=/mine.crt"]
        {
            encryption(bad).unwrap_err();
        }
    }

    #[test]
    fn an_unescaped_password_is_reported() {
        let begins_with_digits = ["postgres://me:12/tiger@h/d", "postgres://me:/tiger@h/d"];
        for bad in
            begins_with_digits.into_iter().chain(["postgres://me:tig/er@h/d", "postgres://me:tig?er@h/d"])
        {
            let said = PostgresUrl::parse(bad).unwrap_err();
            assert!(
                said.contains("/ is written %2F and ? is written %3F") && !said.contains("tig"),
                "{said}"
            );
        }
        let url = PostgresUrl::parse("postgres://me:tig%2Fe%3Fr@h/d").unwrap();
        assert_eq!(url.password.unwrap().expose(), "tig/e?r");
    }

    #[test]
    fn the_password_is_nowhere() {
        let url = PostgresUrl::parse("postgres://me:tiger@h/d").unwrap();
        let shown = format!("{url} {url:?} {}", url.without_password("wrong: password=tiger host=h"));
        assert!(!shown.contains("tiger"), "{shown}");
        for bad in ["postgres://me:tiger@h:0/d", "postgres://me:ti%ger@h/d", "postgres://me:tiger@a,b/d"] {
            let said = PostgresUrl::parse(bad).unwrap_err();
            assert!(!said.contains("tiger") && !said.contains("ger"), "{said}");
        }
    }
}
