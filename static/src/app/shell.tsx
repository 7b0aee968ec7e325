// The frame of every page of a signed-in user: rail, presence and account, notices.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Connection, connection } from "../api/connection";
import { askMe, me } from "../api/me";
import { session } from "../api/session";
import { AccountMenu } from "./account-menu";
import { useBusinessClock } from "./business-clock";
import { DeskBar, DeskHead, DeskOverlay } from "./desk-part";
import { Find, FindButton } from "./find";
import { Icon, Mark } from "./icons";
import { wantsToLeave } from "./leaving";
import { Confirm } from "./parts";
import { isFolded, toggleRail } from "./rail-fold";
import { path } from "./router";
import { type Room, rooms } from "./rooms";
import { Toasts } from "./toasts";
import { w } from "./words";

const GROUPS: Room["group"][] = ["now", "people", "assistant", "house"];
/** How many rooms a phone shows as tabs; the rest is under "More". */
const TABS = 4;

/** The frame with a page in it. */
export function Shell({ children }: { children: ComponentChildren }) {
  const csrf = session.value?.csrf;
  useEffect(() => {
    if (csrf !== undefined) void askMe();
  }, [csrf]);
  // After the next sign-in the permissions may differ.
  useEffect(
    () => () => {
      me.value = null;
    },
    [],
  );
  useBusinessClock();
  return (
    <div class={isFolded.value ? "shell tight" : "shell"}>
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("content")?.focus();
        }}
      >
        {w.skip}
      </a>
      <Rail />
      <header class="bar">
        <Brand />
        <FindButton where="bar" />
        <DeskBar />
        <Pill />
        <AccountMenu />
      </header>
      <main id="content" tabIndex={-1}>
        <DeskHead />
        {children}
      </main>
      <DeskOverlay />
      <Leaving />
      <Find />
      <Toasts />
    </div>
  );
}

/** The rooms that the user can go to. On a phone the first rooms are tabs, and "More" shows all. */
function Rail() {
  const [isWhole, setWhole] = useState(false);
  const here = path.value;
  useEffect(() => setWhole(false), [here]);
  const open = rooms.filter((room) => !room.offRail && room.isOpen() === true);
  const tabs = new Set(open.slice(0, open.length > TABS + 1 ? TABS : TABS + 1));
  return (
    <nav
      class={isWhole ? "rail whole" : "rail"}
      aria-label={w.main}
      onKeyDown={(event) => {
        if (event.key === "Escape") setWhole(false);
      }}
    >
      <div>
        <Brand />
        <FindButton where="rail" />
        <div class="nav">
          {GROUPS.map((group) => (
            <ul key={group} class="group">
              {open
                .filter((room) => room.group === group)
                .map((room) => (
                  <li key={room.href} class={tabs.has(room) ? "tab" : "beyond"}>
                    <a href={room.href} aria-current={currentOf(room.href, here)} title={isFolded.value ? room.name : undefined}>
                      <Icon name={room.icon} />
                      <span class="name">{room.name}</span>
                    </a>
                  </li>
                ))}
            </ul>
          ))}
          {tabs.size < open.length && (
            <button type="button" class="more" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
              <Icon name={isWhole ? "cross" : "more"} />
              <span class="name">{isWhole ? w.act.close : w.more}</span>
            </button>
          )}
        </div>
        <Fold />
      </div>
    </nav>
  );
}

/** Folds the rail to its icons, or shows the names. If there is no room for names, the page's width decides. */
function Fold() {
  const name = isFolded.value ? w.rail.unfold : w.rail.fold;
  return (
    <button type="button" class="fold btn quiet" aria-label={name} title={name} onClick={toggleRail}>
      <Icon name={isFolded.value ? "next" : "back"} />
      <span class="name" aria-hidden="true">
        {name}
      </span>
    </button>
  );
}

/** The question to a user who leaves unsaved changes. */
function Leaving() {
  const wanted = wantsToLeave.value;
  if (!wanted) return null;
  return (
    <Confirm
      title={w.form.unsaved}
      text=""
      verb={w.form.leave}
      no={w.form.stay}
      onClose={() => {
        wantsToLeave.value = null;
      }}
      onYes={() => wanted.go()}
    />
  );
}

/** The mark and the name; links to the start page. */
function Brand() {
  return (
    <a class="brand" href="/" aria-label={w.home}>
      <Mark />
      <span class="name" aria-hidden="true">
        Cordboard
      </span>
    </a>
  );
}

function currentOf(href: string, here: string): "page" | "true" | undefined {
  if (here === href) return "page";
  return here.startsWith(`${href}/`) ? "true" : undefined;
}

const lamps: Record<Connection, string> = {
  connecting: "lamp",
  live: "lamp on live",
  reconnecting: "lamp on ringing",
  offline: "lamp on bad",
};

function Pill() {
  const state = connection.value;
  if (state === null) return null;
  return (
    <span class={`wire ${state}`} role="status" aria-label={w.connection.name}>
      <span class={lamps[state]} aria-hidden="true" />
      <span class="word">{w.connection[state]}</span>
    </span>
  );
}
