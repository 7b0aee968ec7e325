// Who is signed in, how the pages look to them, and the way out.
import { useRef } from "preact/hooks";
import { me } from "../api/me";
import { signOut } from "../api/session";
import { roleWords } from "../words/people";
import { Icon } from "./icons";
import { initials } from "./initials";
import { LanguageSelect } from "./language-select";
import { theme } from "./theme";
import type { Theme } from "./theme-choice";
import { w } from "./words";

/** The menu in the frame. Esc and a click elsewhere close it. */
export function AccountMenu() {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  const { user, organization } = me.value ?? { user: null, organization: null };
  const name = user?.name ?? (me.value ? w.account.adminToken : w.account.unnamed);
  return (
    <details
      ref={menu}
      class="account"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !menu.current?.open) return;
        close();
        menu.current.querySelector("summary")?.focus();
      }}
      onFocusOut={(event) => {
        if (event.relatedTarget instanceof Node && !menu.current?.contains(event.relatedTarget)) close();
      }}
    >
      <summary class="me">
        <span class="hidden">{w.account.unnamed}: </span>
        <span class="face agent" aria-hidden="true">
          {initials(name)}
        </span>
        <span class="who">
          <strong>{name}</strong>{" "}
          {user && <span class="word">{roleWords[user.role]}</span>}
        </span>
        <Icon name="up" size="small" />
      </summary>
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
          <a class="btn" href="/account" onClick={close}>
            <Icon name="account" />
            {w.rooms.account}
          </a>
        )}
        <button type="button" onClick={() => void signOut()}>
          <Icon name="out" />
          {w.account.signOut}
        </button>
      </div>
    </details>
  );
}
