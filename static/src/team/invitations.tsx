// Invitations: by a link that is mailed, or shown once to the user who delivers it.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Invitation, MadeInvitation, Role } from "../api/model";
import { InvitationBody } from "../api/rules";
import { Dialog } from "../app/dialog";
import { RecordForm, SelectField, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { useHeldPage } from "../app/guard-leaving";
import { copy } from "../app/copy";
import { Icon } from "../app/icons";
import { Confirm, When } from "../app/parts";
import { tell } from "../app/toasts";
import { mayGive, ROLES } from "./people";
import { w } from "./words";

/** Invitations that were not accepted yet. */
export function Invitations({ waiting, onChange }: { waiting: Invitation[]; onChange: () => void }) {
  const [asks, setAsks] = useState<Invitation["id"] | null>(null);
  if (waiting.length === 0) return null;
  const leaving = waiting.find(({ id }) => id === asks);
  const nameOf = ({ email }: Invitation) => email ?? w.invitations.somebody;
  const withdraw = async (invitation: Invitation) => {
    try {
      await change("DELETE", `/api/v1/invitations/${invitation.id}`);
      tell(w.invitations.withdrawn(nameOf(invitation)));
    } catch (fault) {
      tell(messageOf(fault));
    }
    onChange();
  };
  return (
    <section class="panel" aria-labelledby="invitations">
      <div class="top">
        <h2 id="invitations">{w.invitations.title}</h2>
      </div>
      <ul class="waiting">
        {waiting.map((invitation) => (
          <li key={invitation.id}>
            <Icon name="send" />
            <span class="what" dir="auto">
              {nameOf(invitation)}
            </span>
            <span>{w.roles[invitation.role]}</span>
            <span class="meta">
              {w.invitations.until} <When at={invitation.expires_at} />
            </span>
            {may("users_write") && (
              <button
                type="button"
                class="btn small"
                aria-label={w.invitations.withdrawOf(nameOf(invitation))}
                onClick={() => setAsks(invitation.id)}
              >
                {w.invitations.withdraw}
              </button>
            )}
          </li>
        ))}
      </ul>
      {leaving && (
        <Confirm
          title={w.invitations.withdrawTitle(nameOf(leaving))}
          text={w.invitations.withdrawText}
          verb={w.invitations.withdraw}
          onClose={() => setAsks(null)}
          onYes={() => void withdraw(leaving)}
        />
      )}
    </section>
  );
}

/** The link of an invitation that was not mailed. */
export interface InvitationLink {
  email: string;
  url: string;
}

/** Invites a person. `onLink` gets the link if the server sends no mail, even if the dialog was closed before the answer: nobody sees it again. */
export function InviteDialog({ onLink, onClose }: { onLink: (link: InvitationLink) => void; onClose: () => void }) {
  // An answer that comes late must not close another dialog.
  const isOpen = useRef(true);
  useEffect(
    () => () => {
      isOpen.current = false;
    },
    [],
  );
  const draft = useDraft<{ email: string; role: Role }>({
    value: { email: "", role: "agent" },
    rules: InvitationBody,
    guards: false,
    send: async (value) => {
      const invitation = await change<MadeInvitation>("POST", "/api/v1/invitations", value);
      if (invitation?.url) onLink({ email: value.email, url: invitation.url });
      else tell(w.invitations.mailed(value.email));
      if (isOpen.current) onClose();
    },
  });
  return (
    <Dialog title={w.invitations.invite} onClose={onClose}>
      <RecordForm
        draft={draft}
        verb={w.invitations.send}
        onCancel={onClose}
      >
        <TextField draft={draft} name="email" type="email" label={w.invitations.email} hint={w.invitations.emailHint} />
        <SelectField
          draft={draft}
          name="role"
          label={w.invitations.role}
          hint={w.roleHints[draft.value.role]}
          choices={ROLES.filter(mayGive).map((role) => ({ value: role, label: w.roles[role] }))}
        />
      </RecordForm>
    </Dialog>
  );
}

/** Shows the link, once. */
export function LinkDialog({ email, url, onClose }: InvitationLink & { onClose: () => void }) {
  // Nobody sees it again, so leaving asks until the user says that they have it.
  useHeldPage(true);
  return (
    <Dialog title={w.invitations.linkTitle} isChanged onClose={onClose}>
      <div class="record">
        <p>{w.invitations.link(email)}</p>
        <input
          aria-label={w.invitations.linkName}
          class="mono"
          readOnly
          value={url}
          onFocus={(event) => event.currentTarget.select()}
        />
        <div class="acts">
          <button type="button" onClick={onClose}>
            {w.invitations.done}
          </button>
          <button type="button" class="primary" onClick={() => void copy(url)}>
            <Icon name="copy" />
            {w.invitations.copyLink}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
