//! VICIdial's agent API: commands about a call on one of our lines. Requests are HTTP forms. The answer is a line that begins with SUCCESS or ERROR.
//!
//! Repeating a request does no harm: the API forgets a call that it has hung up or transferred, and says so.

use std::sync::Arc;
use std::time::Duration;

use cordboard_actors::error_text::innermost;
use cordboard_actors::outside_access::{BoundedBody, OutsideAccess};
use cordboard_schema::dialler_call::DiallerCall;
use cordboard_schema::limits::{
    DIALLER_API_ANSWER_BYTES_MAX, DIALLER_API_CONNECT_MS_MAX, DIALLER_API_MS_MAX,
};
use http::header::CONTENT_TYPE;
use url::form_urlencoded::Serializer;

use super::error::{OsdialError, short};
use crate::config::{DiallerPlace, Osdial as OsdialSettings, Secret};

/// Our name in its log: only letters and digits, at most 20 characters.
const SOURCE: &str = "cordboard";
/// The only function that is called.
const FUNCTION: &str = "ra_call_control";
/// A call that can't exist. `cordboard doctor` asks about it.
const NO_CALL: &str = "V0000000000000000000";
/// How the API's own SQL statements begin. It repeats one when it refuses a sign-in.
const STATEMENT: &str = "SELECT ";
/// Replaces a password.
const HIDDEN: &str = "********";

/// A command about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallAct<'a> {
    /// Hang it up.
    HangUp,
    /// Transfer its caller.
    PassTo(&'a DiallerPlace),
}

/// Result of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acted {
    /// The request was carried out.
    Done,
    /// Nothing was done: the dialler does not have the call, or no longer.
    NoCall,
}

/// A client of the API. Cheap to clone.
#[derive(Clone)]
pub(super) struct AgentApi {
    http: reqwest::Client,
    account: Arc<Account>,
}

struct Account {
    url: String,
    user: Secret,
    password: Secret,
}

impl Account {
    /// Returns a form of our function with these fields, as the body of a request.
    fn written(&self, fields: &[(&str, &str)]) -> String {
        let mut form = Serializer::new(String::new());
        form.extend_pairs([
            ("source", SOURCE),
            ("user", self.user.expose()),
            ("pass", self.password.expose()),
        ]);
        form.append_pair("function", FUNCTION).extend_pairs(fields).finish()
    }

    /// Returns the beginning of an answer without the secrets, which the API repeats when they are wrong. Of a password it repeats the characters
    /// that it accepts, and finally the statement with which it searched the user, which may contain the password's hash.
    fn shown(&self, said: &str) -> String {
        let said = said.split_once(STATEMENT).map_or(said, |(before, _)| before);
        let password = self.password.expose();
        let is_taken = |c: &char| c.is_ascii_alphanumeric() || "-.+/=_".contains(*c);
        let taken: String = password.chars().filter(is_taken).collect();
        let mut said = said.replace(password, HIDDEN);
        if !taken.is_empty() {
            said = said.replace(&taken, HIDDEN);
        }
        short(&said.replace(self.user.expose(), "(user)"))
    }
}

impl AgentApi {
    /// Returns the client that the settings describe; none if they describe none. Does not connect yet.
    pub(super) fn of(settings: &OsdialSettings) -> Result<Option<Self>, OsdialError> {
        let OsdialSettings { agent_api_url, agent_api_user, agent_api_password, .. } = settings;
        let (Some(url), Some(user), Some(password)) = (agent_api_url, agent_api_user, agent_api_password)
        else {
            return Ok(None);
        };
        let unusable = |why: String| OsdialError::ApiUnreachable(short(&why));
        let http = OutsideAccess::anywhere()
            .map_err(unusable)?
            .client()
            .connect_timeout(Duration::from_millis(DIALLER_API_CONNECT_MS_MAX))
            .timeout(Duration::from_millis(DIALLER_API_MS_MAX))
            // A request would fail on a connection that the web server has closed in the meantime.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| unusable(innermost(&error)))?;
        let account =
            Account { url: url.as_str().to_owned(), user: user.clone(), password: password.clone() };
        Ok(Some(Self { http, account: Arc::new(account) }))
    }

    /// Runs a command about a call, and sets its lead to this status.
    pub(super) async fn act(
        &self,
        call: &DiallerCall,
        act: CallAct<'_>,
        status: &str,
    ) -> Result<Acted, OsdialError> {
        let mut fields =
            vec![("agent_user", call.user.as_str()), ("value", call.key.as_str()), ("status", status)];
        match act {
            CallAct::HangUp => fields.push(("stage", "HANGUP")),
            CallAct::PassTo(DiallerPlace::Extension(number)) => {
                fields.extend([("stage", "EXTENSIONTRANSFER"), ("phone_number", number.as_str())]);
            }
            CallAct::PassTo(DiallerPlace::Ingroup(id)) => {
                fields.extend([("stage", "INGROUPTRANSFER"), ("ingroup_choices", id.as_str())]);
            }
        }
        self.ask(&fields).await
    }

    /// Checks whether it lets us control calls, by asking it to hang up a call that does not exist.
    ///
    /// The API checks rights before lines and calls, so any answer about those is good.
    pub(super) async fn examine(&self) -> Result<(), OsdialError> {
        let user = self.account.user.expose();
        match self.ask(&[("agent_user", user), ("value", NO_CALL), ("stage", "HANGUP")]).await {
            Ok(_) => Ok(()),
            Err(OsdialError::ApiRefused { said, .. }) if said.contains(NOT_LOGGED_IN) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sends a form with these fields, and interprets the answer.
    async fn ask(&self, fields: &[(&str, &str)]) -> Result<Acted, OsdialError> {
        let kind = "application/x-www-form-urlencoded";
        let body = self.account.written(fields);
        let asked = self.http.post(&self.account.url).header(CONTENT_TYPE, kind).body(body);
        let away = |error: reqwest::Error| OsdialError::ApiUnreachable(fault(&error));
        let response = asked.send().await.map_err(away)?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(OsdialError::ApiUnreachable(format!("it answers with status {status}")));
        }
        let said = BoundedBody::read(response, DIALLER_API_ANSWER_BYTES_MAX).await.map_err(away)?.bytes;
        let said = String::from_utf8_lossy(&said);
        let said = word(&said);
        meaning(said, || self.account.shown(said))
    }
}

/// Words of the API if the line has no row: its remote agent is inactive, or its process does not run.
const NOT_LOGGED_IN: &str = "not logged in";

/// Refusals in its documentation, and the fix for each.
const REFUSALS: [(&str, &str); 6] = [
    (
        "Invalid Username/Password",
        "check osdial.agent_api_user and osdial.agent_api_password, and give that user agent API access on the dialler's page of users; after \
         many wrong passwords it lets nobody in for 15 minutes",
    ),
    (
        "DOES NOT HAVE PERMISSION",
        "add ra_call_control to the allowed functions of the API of that user, on the dialler's page of users",
    ),
    ("API NOT ACTIVE", "activate the agent API in the dialler's system settings"),
    (NOT_LOGGED_IN, "check that its remote agent is active and that the dialler's remote agent process runs"),
    ("phone_number is not valid", "check the extension in osdial.transfers"),
    ("ingroup is not valid", "check that the group in osdial.transfers exists and is active"),
];

/// Returns the line of an answer that gives the result. PHP's own warnings may come before it, if the web server shows them.
fn word(said: &str) -> &str {
    let is_word = |line: &&str| line.starts_with("SUCCESS") || line.starts_with("ERROR");
    said.lines().map(str::trim).rfind(is_word).unwrap_or(said.trim())
}

/// Interprets an answer. `shown` returns its beginning, without secrets.
fn meaning(said: &str, shown: impl FnOnce() -> String) -> Result<Acted, OsdialError> {
    if said.starts_with("SUCCESS") {
        return Ok(Acted::Done);
    }
    if said.contains("no active call found") {
        return Ok(Acted::NoCall);
    }
    match REFUSALS.iter().find(|(words, _)| said.contains(*words)) {
        Some(&(_, fix)) => Err(OsdialError::ApiRefused { said: shown(), fix }),
        None if said.starts_with("ERROR") => Err(OsdialError::ApiRefused {
            said: shown(),
            fix: "see the agent API's own documentation for these words",
        }),
        // A web page, or text in another language.
        None => Err(OsdialError::ApiUnreachable(format!(
            "it says neither SUCCESS nor ERROR (the user of the API needs the language English), but {:?}",
            shown()
        ))),
    }
}

/// Returns the reason of a failed request, without the address, which may contain a password.
fn fault(error: &reqwest::Error) -> String {
    if error.is_timeout() { "none in time".to_owned() } else { short(&innermost(error)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_mean_done_gone_or_refused_with_a_fix() {
        let meant = |said: &str| meaning(said, || said.to_owned());
        assert_eq!(meant("SUCCESS: ra_call_control hungup - 6666|V1|HANGUP"), Ok(Acted::Done));
        assert_eq!(meant("ERROR: no active call found - V1"), Ok(Acted::NoCall));
        for (said, fix) in [
            ("ERROR: Invalid Username/Password: |6666|****|0|1|BAD|", "osdial.agent_api_password"),
            ("ERROR: auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION - V1|6666", "ra_call_control"),
            ("ERROR: System API NOT ACTIVE", "system settings"),
            ("ERROR: agent_user is not logged in - 1001", "remote agent"),
            ("ERROR: ingroup is not valid - NOSUCH", "osdial.transfers"),
            ("ERROR: phone_number is not valid - 9", "osdial.transfers"),
            ("ERROR: stage is not valid - XYZ", "documentation"),
            ("<html>It works!</html>", "osdial.agent_api_url"),
            ("", "osdial.agent_api_url"),
        ] {
            let message = meant(said).unwrap_err().to_string();
            assert!(message.contains(fix), "{message}");
        }
    }

    #[test]
    fn php_warnings_before_an_answer_are_skipped() {
        let said = "<br />\n<b>Warning</b>:  Undefined variable $ERROR in <b>api.php</b> on line <b>303</b><br />\r\n\
                    SUCCESS: ra_call_control hungup - 1001|V1|HANGUP\n";
        assert_eq!(word(said), "SUCCESS: ra_call_control hungup - 1001|V1|HANGUP");
        assert_eq!(word(" <html>It works!</html>\n"), "<html>It works!</html>");
    }

    #[test]
    fn secrets_are_sent_and_not_shown() {
        let account = Account {
            url: "http://127.0.0.1/agc/api.php".to_owned(),
            user: Secret::new("robot"),
            password: Secret::new("ti+ger"),
        };
        let body = account.written(&[("stage", "HANGUP"), ("value", "V1")]);
        let wanted =
            "source=cordboard&user=robot&pass=ti%2Bger&function=ra_call_control&stage=HANGUP&value=V1";
        assert_eq!(body, wanted);
        let shown = account.shown("ERROR: Invalid Username/Password: |robot|ti+ger|0|0|BAD|");
        assert_eq!(shown, "ERROR: Invalid Username/Password: |(user)|********|0|0|BAD|");
        let shown = account.shown(
            "ERROR: Invalid Username/Password: |robot|x|0|1|BAD|0|api|SELECT 1 where pass_hash='h4sh'|",
        );
        assert_eq!(shown, "ERROR: Invalid Username/Password: |(user)|x|0|1|BAD|0|api|");
        let account = Account { password: Secret::new("ti!g#er"), ..account };
        let shown = account.shown("ERROR: Invalid Username/Password: |robot|tiger|0|0|BAD|");
        assert_eq!(shown, "ERROR: Invalid Username/Password: |(user)|********|0|0|BAD|");
    }
}
