// The signed-in user, and the menu of their own pages.
import { useEffect, useRef, useState } from "preact/hooks";
import { me } from "../api/me";
import { roleWords } from "../words/people";
import { Icon } from "./icons";
import { initials } from "./initials";
import { LaterCode } from "./later-code";
import { w } from "./words";

const card = new LaterCode(() => import("./account-card"));

/** The menu in the frame. Esc and a click elsewhere close it. */
export function AccountMenu() {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  const [isOpen, setOpen] = useState(false);
  useEffect(() => (isOpen ? card.ask() : undefined), [isOpen]);
  const code = card.code.value;
  const user = me.value?.user ?? null;
  const name = user?.name ?? (me.value ? w.account.adminToken : w.account.unnamed);
  return (
    <details
      ref={menu}
      class="account"
      onToggle={(event) => setOpen(event.currentTarget.open)}
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
      {isOpen && code && <code.AccountCard onLeave={close} />}
    </details>
  );
}
