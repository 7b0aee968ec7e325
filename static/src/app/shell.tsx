// The frame of every page of who is signed in: rail, bar, notices.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { type Connection, connection } from "../api/connection";
import { askMe, may } from "../api/me";
import { session } from "../api/session";
import { AccountMenu } from "./account-menu";
import { DeskBar, DeskHead, DeskOverlay, hasDesk } from "./desk-part";
import { Icon, type IconName, Mark } from "./icons";
import { path } from "./router";
import { theme } from "./theme";
import type { Theme } from "./theme-choice";
import { Toasts } from "./toasts";

const rooms: { href: string; name: string; icon: IconName; isOpen: () => boolean }[] = [
  { href: "/desk", name: "Desk", icon: "desk", isOpen: () => hasDesk() === true },
  { href: "/calls", name: "Calls", icon: "calls", isOpen: () => true },
  { href: "/talk-links", name: "Talk links", icon: "voice", isOpen: () => may("business_write") === true },
  { href: "/system", name: "System", icon: "system", isOpen: () => may("installation") === true },
];

const connectionWords: Record<Connection, { word: string; icon: IconName }> = {
  connecting: { word: "Connecting…", icon: "wait" },
  live: { word: "Live", icon: "dot" },
  reconnecting: { word: "Reconnecting…", icon: "wait" },
  offline: { word: "Offline", icon: "cross" },
};

/** The frame with a page in it. */
export function Shell({ children }: { children: ComponentChildren }) {
  const csrf = session.value?.csrf;
  useEffect(() => {
    if (csrf !== undefined) void askMe();
  }, [csrf]);
  return (
    <div class="shell">
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("content")?.focus();
        }}
      >
        Skip to content
      </a>
      <header class="bar">
        <Brand />
        <DeskBar />
        <Pill />
        <ThemeChoice />
        <AccountMenu />
      </header>
      <nav class="rail" aria-label="Main">
        <div>
          <Brand />
          <ul>
            {rooms.filter(({ isOpen }) => isOpen()).map(({ href, name, icon }) => (
              <li key={href}>
                <a href={href} aria-current={currentOf(href)}>
                  <Icon name={icon} />
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </div>
      </nav>
      <main id="content" tabIndex={-1}>
        <DeskHead />
        {children}
      </main>
      <DeskOverlay />
      <Toasts />
    </div>
  );
}

/** The mark and the name; leads home. */
function Brand() {
  return (
    <a class="brand" href="/calls" aria-label="Cordboard, to all calls">
      <Mark />
      Cordboard
    </a>
  );
}

function currentOf(href: string): "page" | "true" | undefined {
  if (path.value === href) return "page";
  return path.value.startsWith(`${href}/`) ? "true" : undefined;
}

function Pill() {
  const { word, icon } = connectionWords[connection.value];
  return (
    <span class={`pill ${connection.value}`} role="status" aria-label="Connection">
      <Icon name={icon} />
      <span class="word">{word}</span>
    </span>
  );
}

function ThemeChoice() {
  return (
    <span class="theme">
      <Icon name="theme" />
      <select
        aria-label="Theme"
        value={theme.value}
        onChange={(event) => {
          theme.value = event.currentTarget.value as Theme;
        }}
      >
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </span>
  );
}
