// The menu of the signed-in user: their name, the appearance of the pages, and signing out.
import { me } from "../api/me";
import { signOut } from "../api/signing";
import { roleWords } from "../words/people";
import { Icon } from "./icons";
import { LanguageSelect } from "./language-select";
import { leaving } from "./leaving";
import { theme } from "./theme";
import type { Theme } from "./theme-choice";
import { w } from "./words";

/** The menu's card. `onLeave`: called when the user goes to another page. */
export function AccountCard({ onLeave }: { onLeave: () => void }) {
  const { user, organization } = me.value ?? { user: null, organization: null };
  const name = user?.name ?? (me.value ? w.account.adminToken : w.account.unnamed);
  return (
    <div class="card">
      <p class="name">{name}</p>
      {user && <p class="meta">{user.email}</p>}
      <p class="meta">
        {user ? roleWords[user.role] : w.account.installation}
        {organization && ` · ${organization.name}`}
      </p>
      <label class="choice">
        <Icon name="theme" />
        <span>{w.theme.name}</span>
        <select
          aria-label={w.theme.name}
          value={theme.value}
          onChange={(event) => {
            theme.value = event.currentTarget.value as Theme;
          }}
        >
          <option value="system">{w.theme.system}</option>
          <option value="light">{w.theme.light}</option>
          <option value="dark">{w.theme.dark}</option>
        </select>
      </label>
      <label class="choice">
        <Icon name="language" />
        <span>{w.language.name}</span>
        <LanguageSelect />
      </label>
      {user && (
        <a class="btn" href="/account" onClick={onLeave}>
          <Icon name="account" />
          {w.rooms.account}
        </a>
      )}
      <button type="button" onClick={() => leaving(() => void signOut())}>
        <Icon name="out" />
        {w.account.signOut}
      </button>
    </div>
  );
}
