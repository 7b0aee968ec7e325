// Who is signed in, and the way out.
import { useRef } from "preact/hooks";
import { me } from "../api/me";
import { signOut } from "../api/session";
import { roleWords } from "../words/people";
import { Icon } from "./icons";

/** The menu in the bar. Esc and a click elsewhere close it. */
export function AccountMenu() {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  const { user, organization } = me.value ?? { user: null, organization: null };
  const name = user?.name ?? (me.value ? "Admin token" : "Account");
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
      <summary aria-label={`Account: ${name}`}>
        <Icon name="person" />
        <span class="name">{name}</span>
      </summary>
      <div class="card">
        <p class="name">{name}</p>
        {user && <p class="meta">{user.email}</p>}
        <p class="meta">
          {user ? roleWords[user.role] : "The installation"}
          {organization && ` · ${organization.name}`}
        </p>
        <button type="button" onClick={() => void signOut()}>
          <Icon name="out" />
          Sign out
        </button>
      </div>
    </details>
  );
}
