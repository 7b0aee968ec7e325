// The pages of a signed-in user: the address of each, who sees it, and how its code is loaded. The rail and main.tsx both use this list, and
// `ADDRESSES` in src/web/pages.rs has the same addresses.
import type { ComponentType } from "preact";
import { may, me } from "../api/me";
import { hasDesk } from "./desk-part";
import type { IconName } from "./icons";
import { w } from "./words";

/** A page. `group`: rooms of one group are listed together in the rail. `hasPagesBelow`: its address can be followed by the `id` of a page below
 * it. */
export interface Room {
  href: string;
  hasPagesBelow?: true;
  name: string;
  icon: IconName;
  group: "now" | "people" | "assistant" | "house";
  /** A room that the rail does not show: it is reached in another way. */
  offRail?: true;
  /** Whether the signed-in user sees it; null until that is known. */
  isOpen: () => boolean | null;
  load: () => Promise<ComponentType<{ id?: string }>>;
}

const always = () => true;
const toUsers = () => (me.value === null ? null : me.value.user !== null);
const to =
  (...permissions: Parameters<typeof may>[0][]) =>
  () =>
    me.value && permissions.some((permission) => may(permission) === true);

/** The default export of a page's module. */
const page = (module: () => Promise<{ default: ComponentType<{ id?: string }> }>) => async () => (await module()).default;

/** All rooms, in the rail's order. */
export const rooms: Room[] = [
  {
    href: "/dashboard",
    name: w.rooms.dashboard,
    icon: "dashboard",
    group: "now",
    isOpen: to("dashboard_read"),
    load: page(() => import("../dashboard/page")),
  },
  {
    href: "/desk",
    name: w.rooms.desk,
    icon: "desk",
    group: "now",
    isOpen: hasDesk,
    load: page(() => import("../desk/page")),
  },
  {
    href: "/board",
    name: w.rooms.board,
    icon: "board",
    group: "now",
    isOpen: to("calls_supervise"),
    load: page(() => import("../supervision/board")),
  },
  {
    href: "/inbox",
    name: w.rooms.inbox,
    icon: "inbox",
    group: "now",
    isOpen: to("calls_read"),
    load: page(() => import("../inbox/page")),
  },
  {
    href: "/calls",
    hasPagesBelow: true,
    name: w.rooms.calls,
    icon: "calls",
    group: "people",
    isOpen: always,
    load: page(() => import("../calls/room")),
  },
  {
    href: "/leads",
    hasPagesBelow: true,
    name: w.rooms.leads,
    icon: "leads",
    group: "people",
    isOpen: to("leads_read"),
    load: page(() => import("../leads/room")),
  },
  {
    href: "/campaigns",
    hasPagesBelow: true,
    name: w.rooms.campaigns,
    icon: "dialler",
    group: "people",
    isOpen: to("leads_read"),
    load: page(() => import("../campaigns/room")),
  },
  {
    href: "/customers",
    hasPagesBelow: true,
    name: w.rooms.customers,
    icon: "customers",
    group: "people",
    isOpen: to("customers_read"),
    load: page(() => import("../customers/room")),
  },
  {
    href: "/appointments",
    name: w.rooms.appointments,
    icon: "appointments",
    group: "people",
    isOpen: to("appointments_read"),
    load: page(() => import("../appointments/page")),
  },
  {
    href: "/studio",
    hasPagesBelow: true,
    name: w.rooms.studio,
    icon: "studio",
    group: "assistant",
    isOpen: to("profiles_read"),
    load: page(() => import("../studio/room")),
  },
  {
    href: "/business",
    name: w.rooms.business,
    icon: "business",
    group: "assistant",
    isOpen: to("business_read"),
    load: page(() => import("../business/page")),
  },
  {
    href: "/routing",
    name: w.rooms.routing,
    icon: "routing",
    group: "assistant",
    isOpen: to("profiles_read"),
    load: page(() => import("../routing/page")),
  },
  {
    href: "/team",
    name: w.rooms.team,
    icon: "team",
    group: "assistant",
    isOpen: to("users_read"),
    load: page(() => import("../team/page")),
  },
  {
    href: "/tools",
    name: w.rooms.tools,
    icon: "tool",
    group: "assistant",
    isOpen: to("profiles_read"),
    load: page(() => import("../tools/page")),
  },
  {
    href: "/talk-links",
    name: w.rooms.talkLinks,
    icon: "link",
    group: "house",
    isOpen: to("business_write"),
    load: page(() => import("../links/page")),
  },
  {
    href: "/integrations",
    name: w.rooms.integrations,
    icon: "integrations",
    group: "house",
    isOpen: to("integrations_read"),
    load: page(() => import("../integrations/page")),
  },
  {
    href: "/developers",
    name: w.rooms.developers,
    icon: "developers",
    group: "house",
    isOpen: to("tokens_write", "integrations_read"),
    load: page(() => import("../developers/page")),
  },
  {
    href: "/reports",
    name: w.rooms.reports,
    icon: "reports",
    group: "house",
    isOpen: to("dashboard_read"),
    load: page(() => import("../reports/page")),
  },
  {
    href: "/audit",
    name: w.rooms.audit,
    icon: "audit",
    group: "house",
    isOpen: to("audit_read"),
    load: page(() => import("../audit/page")),
  },
  {
    href: "/settings",
    name: w.rooms.settings,
    icon: "settings",
    group: "house",
    isOpen: always,
    load: page(() => import("../settings/page")),
  },
  {
    href: "/dialler",
    name: w.rooms.dialler,
    icon: "dialler",
    group: "house",
    offRail: true,
    isOpen: to("floor_read"),
    load: page(() => import("../dialler/page")),
  },
  {
    href: "/account",
    name: w.rooms.account,
    icon: "account",
    group: "house",
    offRail: true,
    isOpen: toUsers,
    load: page(() => import("../account/page")),
  },
  {
    href: "/system",
    name: w.rooms.system,
    icon: "system",
    group: "house",
    isOpen: to("installation"),
    load: page(() => import("../system/page")),
  },
];

const ID = /^[0-9a-f-]{36}$/i;

/** The room at an address, and the id in that address. */
export function roomAt(path: string): { room: Room; id?: string } | null {
  const end = path.lastIndexOf("/");
  const id = path.slice(end + 1);
  for (const room of rooms) {
    if (room.href === path) return { room };
    if (room.hasPagesBelow && room.href === path.slice(0, end) && ID.test(id)) return { room, id };
  }
  return null;
}
