//! The texts of mails with a link that opens an account, in the languages of the pages: the invitation, the password reset, and the confirmation of a
//! new e-mail address.

use cordboard_schema::account::PageLanguage;
use cordboard_schema::permission::Role;

/// Returns subject and text of the mail that invites a person to this organization in this role.
pub(in crate::web) fn invitation(
    language: PageLanguage,
    organization: &str,
    role: Role,
    url: &str,
) -> (&'static str, String) {
    let role = role_in(language, role);
    match language {
        PageLanguage::En => (
            "You are invited to Cordboard",
            format!(
                "Hello,\n\nyou are invited to join {organization} as {role}. Create your account with this link. It works once and is valid \
                 for a week:\n\n{url}\n"
            ),
        ),
        PageLanguage::De => (
            "Sie sind zu Cordboard eingeladen",
            format!(
                "Guten Tag,\n\n{organization} lädt Sie zur Mitarbeit ein. Ihre Rolle: {role}. Legen Sie mit diesem Link Ihr Konto an. Er \
                 funktioniert einmal und gilt eine Woche lang:\n\n{url}\n"
            ),
        ),
        PageLanguage::Es => (
            "Tiene una invitación a Cordboard",
            format!(
                "Hola,\n\n{organization} le invita a trabajar como {role}. Cree su cuenta con este enlace. Funciona una sola vez y vale una \
                 semana:\n\n{url}\n"
            ),
        ),
        PageLanguage::Pt => (
            "Você recebeu um convite para o Cordboard",
            format!(
                "Olá,\n\n{organization} convida você a trabalhar como {role}. Crie a sua conta com este link. Ele funciona uma única vez e \
                 vale por uma semana:\n\n{url}\n"
            ),
        ),
    }
}

/// Returns the role as the invitation names it.
const fn role_in(language: PageLanguage, role: Role) -> &'static str {
    match (language, role) {
        (PageLanguage::En, Role::Agent) => "an agent",
        (PageLanguage::En, Role::Supervisor) => "a supervisor",
        (PageLanguage::En, Role::Admin) => "an administrator",
        (PageLanguage::En, Role::Owner) => "an owner",
        (PageLanguage::De, Role::Agent) => "Agent",
        (PageLanguage::De, Role::Supervisor) => "Teamleitung",
        (PageLanguage::De, Role::Admin) => "Administrator",
        (PageLanguage::De, Role::Owner) => "Inhaber",
        (PageLanguage::Es | PageLanguage::Pt, Role::Agent) => "agente",
        (PageLanguage::Es | PageLanguage::Pt, Role::Supervisor) => "supervisor",
        (PageLanguage::Es | PageLanguage::Pt, Role::Admin) => "administrador",
        (PageLanguage::Es, Role::Owner) => "propietario",
        (PageLanguage::Pt, Role::Owner) => "proprietário",
    }
}

/// Returns subject and text of the mail with which a user of this name sets a new password.
pub(in crate::web) fn password_reset(
    language: PageLanguage,
    name: &str,
    url: &str,
) -> (&'static str, String) {
    match language {
        PageLanguage::En => (
            "Set a new password for Cordboard",
            format!(
                "Hello {name},\n\nsomeone requested a new password for your account. Set one with this link. It works once and is valid for \
                 an hour:\n\n{url}\n\nIf this was not you, you can ignore this mail: your password stays as it is.\n"
            ),
        ),
        PageLanguage::De => (
            "Neues Passwort für Cordboard festlegen",
            format!(
                "Guten Tag {name},\n\nfür Ihr Konto wurde ein neues Passwort angefordert. Legen Sie es mit diesem Link fest. Er funktioniert \
                 einmal und gilt eine Stunde lang:\n\n{url}\n\nWenn Sie das nicht waren, können Sie diese E-Mail ignorieren: Ihr Passwort \
                 bleibt, wie es ist.\n"
            ),
        ),
        PageLanguage::Es => (
            "Establezca una contraseña nueva para Cordboard",
            format!(
                "Hola {name},\n\nalguien ha pedido una contraseña nueva para su cuenta. Establézcala con este enlace. Funciona una sola vez y \
                 vale una hora:\n\n{url}\n\nSi no fue usted, puede ignorar este correo: su contraseña no cambia.\n"
            ),
        ),
        PageLanguage::Pt => (
            "Defina uma nova senha para o Cordboard",
            format!(
                "Olá {name},\n\nalguém pediu uma nova senha para a sua conta. Defina-a com este link. Ele funciona uma única vez e vale por \
                 uma hora:\n\n{url}\n\nSe não foi você, pode ignorar este e-mail: a sua senha continua a mesma.\n"
            ),
        ),
    }
}

/// Returns subject and text of the mail with which a user of this name confirms a new e-mail address.
pub(in crate::web) fn new_address(language: PageLanguage, name: &str, url: &str) -> (&'static str, String) {
    match language {
        PageLanguage::En => (
            "Confirm your new e-mail address for Cordboard",
            format!(
                "Hello {name},\n\nyou want to sign in with this address from now on. Confirm it with this link. It works once and is valid \
                 for an hour:\n\n{url}\n\nIf this was not you, you can ignore this mail: nothing changes.\n"
            ),
        ),
        PageLanguage::De => (
            "Bestätigen Sie Ihre neue E-Mail-Adresse für Cordboard",
            format!(
                "Guten Tag {name},\n\nSie möchten sich künftig mit dieser Adresse anmelden. Bestätigen Sie sie mit diesem Link. Er \
                 funktioniert einmal und gilt eine Stunde lang:\n\n{url}\n\nWenn Sie das nicht waren, können Sie diese E-Mail ignorieren: \
                 Es ändert sich nichts.\n"
            ),
        ),
        PageLanguage::Es => (
            "Confirme su nueva dirección de correo para Cordboard",
            format!(
                "Hola {name},\n\nusted quiere iniciar sesión con esta dirección a partir de ahora. Confírmela con este enlace. Funciona una \
                 sola vez y vale una hora:\n\n{url}\n\nSi no fue usted, puede ignorar este correo: nada cambia.\n"
            ),
        ),
        PageLanguage::Pt => (
            "Confirme o seu novo endereço de e-mail para o Cordboard",
            format!(
                "Olá {name},\n\nvocê quer entrar com este endereço de agora em diante. Confirme-o com este link. Ele funciona uma única vez e \
                 vale por uma hora:\n\n{url}\n\nSe não foi você, pode ignorar este e-mail: nada muda.\n"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://calls.example.com/reset#token=1";

    #[test]
    fn invitations_name_organization_role_and_limit_in_each_language() {
        for (language, hello, roles, limit) in [
            (
                PageLanguage::En,
                "Hello,\n\n",
                ["as an agent.", "as a supervisor.", "as an administrator.", "as an owner."],
                "for a week",
            ),
            (
                PageLanguage::De,
                "Guten Tag,\n\n",
                ["Rolle: Agent.", "Rolle: Teamleitung.", "Rolle: Administrator.", "Rolle: Inhaber."],
                "eine Woche",
            ),
            (
                PageLanguage::Es,
                "Hola,\n\n",
                ["como agente.", "como supervisor.", "como administrador.", "como propietario."],
                "una semana",
            ),
            (
                PageLanguage::Pt,
                "Olá,\n\n",
                ["como agente.", "como supervisor.", "como administrador.", "como proprietário."],
                "uma semana",
            ),
        ] {
            let all = [Role::Agent, Role::Supervisor, Role::Admin, Role::Owner];
            for (role, named) in all.into_iter().zip(roles) {
                let (subject, text) = invitation(language, "Lovelace Plumbing", role, URL);
                assert!(subject.contains("Cordboard") && subject.lines().count() == 1, "{subject}");
                assert!(text.starts_with(hello), "{text}");
                for part in
                    ["Lovelace Plumbing", named, limit, "\n\nhttps://calls.example.com/reset#token=1\n"]
                {
                    assert!(text.contains(part), "{part:?} is missing in {text}");
                }
            }
        }
    }

    #[test]
    fn user_links_name_user_limit_and_advice_in_each_language() {
        for (language, hello, limit, advice) in [
            (PageLanguage::En, "Hello Grace,\n\n", "for an hour", "you can ignore this mail"),
            (PageLanguage::De, "Guten Tag Grace,\n\n", "eine Stunde", "diese E-Mail ignorieren"),
            (PageLanguage::Es, "Hola Grace,\n\n", "una hora", "puede ignorar este correo"),
            (PageLanguage::Pt, "Olá Grace,\n\n", "uma hora", "pode ignorar este e-mail"),
        ] {
            for (subject, text) in
                [password_reset(language, "Grace", URL), new_address(language, "Grace", URL)]
            {
                assert!(subject.contains("Cordboard") && subject.lines().count() == 1, "{subject}");
                assert!(text.starts_with(hello), "{text}");
                for part in [limit, advice, "\n\nhttps://calls.example.com/reset#token=1\n\n"] {
                    assert!(text.contains(part), "{part:?} is missing in {text}");
                }
            }
        }
    }
}
