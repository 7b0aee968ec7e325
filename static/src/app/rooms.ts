// The pages of who is signed in: where each is, who sees it, and how its code is loaded. The rail and the start of the pages
// both go by this list, and `ADDRESSES` in src/web/pages.rs has the same addresses.
import type { ComponentType } from "preact";
import { may } from "../api/me";
import { hasDesk } from "./desk-part";
import type { IconName } from "./icons";
import { w } from "./words";

/** A page. `group`: which rooms stand together in the rail. `at`: the address and, where it has pages below it, their pattern, whose
 * first group is the page's `id`. */
export interface Room {
  href: string;
  below?: RegExp;
  name: string;
  icon: IconName;
  group: "now" | "people" | "assistant" | "house";
  /** Whether who is signed in sees it; null until that is known. */
  isOpen: () => boolean | null;
  load: () => Promise<ComponentType<{ id?: string }>>;
}

const always = () => true;
const to = (permission: Parameters<typeof may>[0]) => () => may(permission);

/** All of them, in the rail's order. */
export const rooms: Room[] = [
  {
    href: "/desk",
    name: w.rooms.desk,
    icon: "desk",
    group: "now",
    isOpen: hasDesk,
    load: () => import("../desk/page").then(({ DeskPage }) => DeskPage),
  },
  {
    href: "/inbox",
    name: w.rooms.inbox,
    icon: "inbox",
    group: "now",
    isOpen: to("calls_read"),
    load: () => import("../inbox/page").then(({ InboxPage }) => InboxPage),
  },
  {
    href: "/calls",
    below: /^\/calls\/([0-9a-f-]{36})$/i,
    name: w.rooms.calls,
    icon: "calls",
    group: "people",
    isOpen: always,
    load: () => import("../calls/room").then(({ CallsRoom }) => CallsRoom),
  },
  {
    href: "/leads",
    below: /^\/leads\/([0-9a-f-]{36})$/i,
    name: w.rooms.leads,
    icon: "leads",
    group: "people",
    isOpen: to("leads_read"),
    load: () => import("../leads/room").then(({ LeadsRoom }) => LeadsRoom),
  },
  {
    href: "/customers",
    below: /^\/customers\/([0-9a-f-]{36})$/i,
    name: w.rooms.customers,
    icon: "customers",
    group: "people",
    isOpen: to("customers_read"),
    load: () => import("../customers/room").then(({ CustomersRoom }) => CustomersRoom),
  },
  {
    href: "/appointments",
    name: w.rooms.appointments,
    icon: "appointments",
    group: "people",
    isOpen: to("appointments_read"),
    load: () => import("../appointments/page").then(({ AppointmentsPage }) => AppointmentsPage),
  },
  {
    href: "/talk-links",
    name: w.rooms.talkLinks,
    icon: "link",
    group: "house",
    isOpen: to("business_write"),
    load: () => import("../links/page").then(({ TalkLinksPage }) => TalkLinksPage),
  },
  {
    href: "/system",
    name: w.rooms.system,
    icon: "system",
    group: "house",
    isOpen: to("installation"),
    load: () => import("../system/page").then(({ SystemPage }) => SystemPage),
  },
];

/** The room at an address, and the id that the address names. */
export function roomAt(path: string): { room: Room; id?: string } | null {
  for (const room of rooms) {
    if (room.href === path) return { room };
    const id = room.below?.exec(path)?.[1];
    if (id !== undefined) return { room, id };
  }
  return null;
}
