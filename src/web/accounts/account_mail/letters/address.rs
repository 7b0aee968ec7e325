//! The texts of mails about the e-mail address with which a user signs in. They go to the previous address.

use super::super::AddressEvent;
use super::{Words, changer};

pub(super) fn english(event: AddressEvent<'_>, at: &str) -> Words {
    let changed = "Your e-mail address for Cordboard was changed";
    match event {
        AddressEvent::Requested(new) => Words {
            subject: "A new e-mail address for Cordboard was requested",
            what: format!(
                "on {at} someone who knew your password requested a new e-mail address for your account: {new}. A link was mailed there. \
                 Nothing changes until it is used. From then on you sign in with the new address."
            ),
            advice: "If this was not you, set a new password right away, on your account page or with a link from the sign-in page: the \
                     mailed link then no longer works. Then tell an owner of your organization.",
        },
        AddressEvent::Confirmed(new) => Words {
            subject: changed,
            what: format!(
                "on {at} the e-mail address of your account was changed, with the link that was mailed to the new one. You now sign in as \
                 {new}, with the same password. You are signed out everywhere, except where you requested it."
            ),
            advice: "If this was not you, tell an owner of your organization right away: they can set your previous address again. If you \
                     are the only owner, ask the operator of this installation.",
        },
        AddressEvent::Set(by, new) => Words {
            subject: changed,
            what: format!(
                "on {at} {} set a new e-mail address for your account. You are signed out everywhere, and you now sign in as {new}, with the \
                 same password.",
                changer(by, "the operator of this installation")
            ),
            advice: "If you did not ask for this, tell an owner of your organization right away: they can set your previous address again. \
                     If you are the only owner, ask the operator of this installation.",
        },
        AddressEvent::Wanted => Words {
            subject: "Your e-mail address was entered at Cordboard",
            what: format!(
                "on {at} someone entered this address as the new e-mail address of another account. An address can only belong to one \
                 account, and this one belongs to yours, so nothing has changed."
            ),
            advice: "If this was you, sign in with this address, or ask an owner of your organization for help. If this was not you, you can \
                     ignore this mail.",
        },
    }
}

pub(super) fn german(event: AddressEvent<'_>, at: &str) -> Words {
    let changed = "Ihre E-Mail-Adresse für Cordboard wurde geändert";
    match event {
        AddressEvent::Requested(new) => Words {
            subject: "Für Cordboard wurde eine neue E-Mail-Adresse angefordert",
            what: format!(
                "am {at} hat jemand, der Ihr Passwort kannte, eine neue E-Mail-Adresse für Ihr Konto angefordert: {new}. Dorthin ging ein \
                 Link. Bis er verwendet wird, ändert sich nichts. Danach melden Sie sich mit der neuen Adresse an."
            ),
            advice: "Wenn Sie das nicht waren, legen Sie sofort ein neues Passwort fest, auf Ihrer Kontoseite oder mit einem Link von der \
                     Anmeldeseite: Der verschickte Link gilt dann nicht mehr. Informieren Sie danach einen Inhaber Ihrer Organisation.",
        },
        AddressEvent::Confirmed(new) => Words {
            subject: changed,
            what: format!(
                "am {at} wurde die E-Mail-Adresse Ihres Kontos geändert, mit dem Link, der an die neue Adresse ging. Sie melden sich jetzt als \
                 {new} an, mit demselben Passwort. Sie sind überall abgemeldet, außer dort, wo Sie es angefordert haben."
            ),
            advice: "Wenn Sie das nicht waren, informieren Sie sofort einen Inhaber Ihrer Organisation: Er kann Ihre bisherige Adresse wieder \
                     eintragen. Wenn es außer Ihnen keinen Inhaber gibt, wenden Sie sich an den Betreiber dieser Installation.",
        },
        AddressEvent::Set(by, new) => Words {
            subject: changed,
            what: format!(
                "am {at} hat {} eine neue E-Mail-Adresse für Ihr Konto festgelegt. Sie sind überall abgemeldet und melden sich jetzt als {new} \
                 an, mit demselben Passwort.",
                changer(by, "der Betreiber dieser Installation")
            ),
            advice: "Wenn Sie nicht darum gebeten haben, informieren Sie sofort einen Inhaber Ihrer Organisation: Er kann Ihre bisherige \
                     Adresse wieder eintragen. Wenn es außer Ihnen keinen Inhaber gibt, wenden Sie sich an den Betreiber dieser Installation.",
        },
        AddressEvent::Wanted => Words {
            subject: "Ihre E-Mail-Adresse wurde bei Cordboard eingegeben",
            what: format!(
                "am {at} hat jemand diese Adresse als neue E-Mail-Adresse eines anderen Kontos eingegeben. Eine Adresse kann nur zu einem \
                 Konto gehören, und diese gehört zu Ihrem. Daher hat sich nichts geändert."
            ),
            advice: "Wenn Sie das waren, melden Sie sich mit dieser Adresse an, oder bitten Sie einen Inhaber Ihrer Organisation um Hilfe. \
                     Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren.",
        },
    }
}

pub(super) fn spanish(event: AddressEvent<'_>, at: &str) -> Words {
    let changed = "Su dirección de correo de Cordboard ha cambiado";
    match event {
        AddressEvent::Requested(new) => Words {
            subject: "Se ha pedido una nueva dirección de correo para Cordboard",
            what: format!(
                "el {at} alguien que conocía su contraseña pidió una nueva dirección de correo para su cuenta: {new}. Allí se envió un \
                 enlace. Hasta que se use, nada cambia. Después usted iniciará sesión con la nueva dirección."
            ),
            advice: "Si no fue usted, ponga enseguida una contraseña nueva, en la página de su cuenta o con un enlace de la página de inicio \
                     de sesión: el enlace enviado deja entonces de valer. Después avise a un propietario de su organización.",
        },
        AddressEvent::Confirmed(new) => Words {
            subject: changed,
            what: format!(
                "el {at} se cambió la dirección de correo de su cuenta, con el enlace que se envió a la nueva. Ahora inicia sesión como \
                 {new}, con la misma contraseña. Todas sus sesiones se han cerrado, salvo aquella en la que lo pidió."
            ),
            advice: "Si no fue usted, avise enseguida a un propietario de su organización: puede volver a poner su dirección anterior. Si \
                     usted es el único propietario, acuda al operador de esta instalación.",
        },
        AddressEvent::Set(by, new) => Words {
            subject: changed,
            what: format!(
                "el {at} {} puso una nueva dirección de correo en su cuenta. Todas sus sesiones se han cerrado, y ahora inicia sesión como \
                 {new}, con la misma contraseña.",
                changer(by, "el operador de esta instalación")
            ),
            advice: "Si usted no lo pidió, avise enseguida a un propietario de su organización: puede volver a poner su dirección anterior. \
                     Si usted es el único propietario, acuda al operador de esta instalación.",
        },
        AddressEvent::Wanted => Words {
            subject: "Su dirección de correo se ha introducido en Cordboard",
            what: format!(
                "el {at} alguien introdujo esta dirección como nueva dirección de correo de otra cuenta. Una dirección solo puede ser de una \
                 cuenta, y esta es de la suya. Por eso nada ha cambiado."
            ),
            advice: "Si fue usted, inicie sesión con esta dirección o pida ayuda a un propietario de su organización. Si no fue usted, puede \
                     ignorar este correo.",
        },
    }
}

pub(super) fn portuguese(event: AddressEvent<'_>, at: &str) -> Words {
    let changed = "O seu endereço de e-mail do Cordboard foi alterado";
    match event {
        AddressEvent::Requested(new) => Words {
            subject: "Um novo endereço de e-mail para o Cordboard foi pedido",
            what: format!(
                "em {at} alguém que sabia a sua senha pediu um novo endereço de e-mail para a sua conta: {new}. Um link foi enviado para lá. \
                 Até que ele seja usado, nada muda. Depois disso, você entra com o novo endereço."
            ),
            advice: "Se não foi você, defina já uma nova senha, na página da sua conta ou com um link da página de entrada: o link enviado \
                     deixa então de valer. Depois avise um proprietário da sua organização.",
        },
        AddressEvent::Confirmed(new) => Words {
            subject: changed,
            what: format!(
                "em {at} o endereço de e-mail da sua conta foi alterado, com o link enviado para o novo. Agora você entra como {new}, com a \
                 mesma senha. Todas as suas sessões foram encerradas, exceto aquela em que você fez o pedido."
            ),
            advice: "Se não foi você, avise já um proprietário da sua organização: ele pode pôr de volta o seu endereço anterior. Se você é o \
                     único proprietário, fale com o operador desta instalação.",
        },
        AddressEvent::Set(by, new) => Words {
            subject: changed,
            what: format!(
                "em {at} {} definiu um novo endereço de e-mail para a sua conta. Todas as suas sessões foram encerradas, e agora você entra \
                 como {new}, com a mesma senha.",
                changer(by, "o operador desta instalação")
            ),
            advice: "Se você não pediu isto, avise já um proprietário da sua organização: ele pode pôr de volta o seu endereço anterior. Se \
                     você é o único proprietário, fale com o operador desta instalação.",
        },
        AddressEvent::Wanted => Words {
            subject: "O seu endereço de e-mail foi informado no Cordboard",
            what: format!(
                "em {at} alguém informou este endereço como o novo endereço de e-mail de outra conta. Um endereço só pode ser de uma conta, e \
                 este é da sua. Por isso nada mudou."
            ),
            advice: "Se foi você, entre com este endereço ou peça ajuda a um proprietário da sua organização. Se não foi você, pode ignorar \
                     este e-mail.",
        },
    }
}
