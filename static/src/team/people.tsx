// The users of the organization, and invitations.
import { useState } from "preact/hooks";
import { may, me } from "../api/me";
import type { Invitation, Page, Role, User } from "../api/model";
import { initials } from "../app/initials";
import { Earlier, Further } from "../app/further";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { number, plural } from "../app/language";
import { useList, useLoaded } from "../app/load";
import { Failed, Skeleton, When } from "../app/parts";
import { RowAct } from "../app/row-act";
import { type InvitationLink, Invitations, InviteDialog, LinkDialog } from "./invitations";
import { EmailDialog, FactorDialog, RemoveDialog, UserDialog } from "./user-dialogs";
import { w } from "./words";

/** The roles, lowest first. */
export const ROLES: Role[] = ["agent", "supervisor", "admin", "owner"];

/** Whether the signed-in user may grant this role, and change a user who has it. */
export function mayGive(role: Role): boolean {
  return may("users_write") === true && (role !== "owner" || me.value?.user?.role === "owner" || may("installation") === true);
}

/** The tab. */
export function People() {
  const list = useList<User>("/api/v1/users", ["user"]);
  const invited = useLoaded<Page<Invitation>>("/api/v1/invitations", ["invitation", "user"]);
  const [edited, setEdited] = useState<User | null>(null);
  const [leaving, setLeaving] = useState<User | null>(null);
  const [moved, setMoved] = useState<User | null>(null);
  const [locked, setLocked] = useState<User | null>(null);
  const [invites, setInvites] = useState(false);
  const [links, setLinks] = useState<InvitationLink[]>([]);
  const [link] = links;
  const { items } = list;
  const waiting = invited.value?.items ?? [];
  const edits = may("users_write") === true;
  const isPart = list.hasMore || list.hasEarlier;
  /** Their current state while they are edited: somebody else may have changed them since. */
  const now = edited && (items?.find(({ id }) => id === edited.id) ?? edited);
  // The button to remove a second factor disappears together with the factor.
  const shown = items && `${items.length + waiting.length} ${items.filter(({ has_totp }) => has_totp).length}`;
  useKeptFocus(shown ?? undefined, ".tab-content:not([hidden]) .btn.primary");
  return (
    <>
      <div class="tab-top">
        <p class="read" role="status">
          {items && (isPart ? w.people.atLeast(number(items.length)) : w.people.count(number(items.length), plural(items.length, w.people.counted)))}
          {items && waiting.length > 0 && `, ${w.people.waiting(number(waiting.length), plural(waiting.length, w.people.waits))}`}
          {items && "."}
        </p>
        {edits && (
          <button type="button" class="btn primary" onClick={() => setInvites(true)}>
            <Icon name="add" />
            {w.invitations.invite}
          </button>
        )}
      </div>
      {!items && list.fault === "" && <Skeleton rows={6} />}
      <Earlier list={list} />
      {items && items.length > 0 && (
        <div class="sheet">
          <table class="table stacks people">
            <caption class="hidden">{w.people.table}</caption>
            <thead>
              <tr>
                <th scope="col">{w.people.person}</th>
                <th scope="col">{w.people.role}</th>
                <th scope="col">{w.people.signIn}</th>
                <th scope="col">{w.people.last}</th>
                {edits && (
                  <th scope="col">
                    <span class="hidden">{w.people.acts}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {items.map((user) => (
                <Row
                  key={user.id}
                  user={user}
                  edits={edits}
                  onEdit={() => setEdited(user)}
                  onMove={() => setMoved(user)}
                  onUnlock={() => setLocked(user)}
                  onRemove={() => setLeaving(user)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.fault !== "" && <Failed message={list.fault} onRetry={() => void (items ? list.renew() : list.again())} />}
      {list.fault === "" && <Further list={list} />}
      {invited.fault !== "" && <Failed message={invited.fault} onRetry={() => void invited.again()} />}
      <Invitations waiting={waiting} onChange={() => void invited.again()} />
      {invites && (
        <InviteDialog
          onLink={(made) => setLinks((all) => [...all, made])}
          onClose={() => {
            setInvites(false);
            void invited.again();
          }}
        />
      )}
      {link && <LinkDialog key={link.url} {...link} onClose={() => setLinks(links.slice(1))} />}
      {now && (
        <UserDialog
          user={now}
          onClose={() => setEdited(null)}
          onSaved={(user) => list.change((all) => all.map((one) => (one.id === user.id ? user : one)))}
          onStale={() => void list.renew()}
        />
      )}
      {moved && (
        <EmailDialog
          user={moved}
          onClose={() => setMoved(null)}
          onSaved={(user) => list.change((all) => all.map((one) => (one.id === user.id ? user : one)))}
        />
      )}
      {locked && (
        <FactorDialog
          user={locked}
          onClose={() => setLocked(null)}
          onRemoved={() => list.change((all) => all.map((one) => (one.id === locked.id ? { ...one, has_totp: false } : one)))}
        />
      )}
      {leaving && (
        <RemoveDialog
          user={leaving}
          onClose={() => setLeaving(null)}
          onRemoved={() => {
            list.change((all) => all.filter(({ id }) => id !== leaving.id));
            void invited.again();
          }}
        />
      )}
    </>
  );
}

function Row(props: { user: User; edits: boolean; onEdit: () => void; onMove: () => void; onUnlock: () => void; onRemove: () => void }) {
  const { user, edits, onEdit, onMove, onUnlock, onRemove } = props;
  const { id, name, email, role, status, has_totp, last_sign_in_at } = user;
  const isMe = me.value?.user?.id === id;
  return (
    <tr class={status === "disabled" ? "off" : ""}>
      <th scope="row">
        <span class="person">
          <span class="face agent" aria-hidden="true">
            {initials(name)}
          </span>
          <span class="names">
            <span dir="auto">
              {name}
              {isMe && <span class="meta"> {w.people.you}</span>}
            </span>
            <span class="meta" dir="auto">
              {email}
            </span>
          </span>
        </span>
      </th>
      <td>{w.roles[role]}</td>
      <td>
        {status === "disabled" ? (
          <span class="state missed">
            <Icon name="away" />
            {w.people.disabled}
          </span>
        ) : has_totp ? (
          <span class="with-glyph">
            <Icon name="key" size="small" />
            {w.people.secondFactor}
          </span>
        ) : (
          <span class="soft">{w.people.password}</span>
        )}
      </td>
      <td data-label={w.people.last}>{last_sign_in_at === null ? <span class="soft">{w.people.never}</span> : <When at={last_sign_in_at} />}</td>
      {edits && (
        <td class="acts">
          {mayGive(role) && (
            <>
              <RowAct icon="edit" name={w.people.edit(name)} onClick={onEdit} />
              {!isMe && <RowAct icon="mail" name={w.people.setEmail(name)} onClick={onMove} />}
              {!isMe && has_totp && <RowAct icon="key" name={w.people.unlock(name)} onClick={onUnlock} />}
              {!isMe && (
                <RowAct icon="remove" name={w.people.remove(name)} onClick={onRemove} />
              )}
            </>
          )}
        </td>
      )}
    </tr>
  );
}
