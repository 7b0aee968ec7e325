// The pages of who is signed in: where each is, who sees it, and how its code is loaded. The rail and the start of the pages
// both go by this list, and `ADDRESSES` in src/web/pages.rs has the same addresses.
import type { ComponentType } from "preact";
import { may, me } from "../api/me";
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
  /** A room that the rail does not show: another way leads there. */
  offRail?: true;
  /** Whether who is signed in sees it; null until that is known. */
  isOpen: () => boolean | null;
  load: () => Promise<ComponentType<{ id?: string }>>;
}

const always = () => true;
const toUsers = () => (me.value === null ? null : me.value.user !== null);
const to =
  (...permissions: Parameters<typeof may>[0][]) =>
  () =>
    me.value && permissions.some((permission) => may(permission) === true);

/** All of them, in the rail's order. */
export const rooms: Room[] = [
  {
    href: "/dashboard",
    name: w.rooms.dashboard,
    icon: "dashboard",
    group: "now",
    isOpen: to("dashboard_read"),
    load: () => import("../dashboard/page").then(({ DashboardPage }) => DashboardPage),
  },
  {
    href: "/desk",
    name: w.rooms.desk,
    icon: "desk",
    group: "now",
    isOpen: hasDesk,
    load: () => import("../desk/page").then(({ DeskPage }) => DeskPage),
  },
  {
    href: "/board",
    name: w.rooms.board,
    icon: "board",
    group: "now",
    isOpen: to("calls_supervise"),
    load: () => import("../supervision/board").then(({ BoardPage }) => BoardPage),
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
    href: "/campaigns",
    below: /^\/campaigns\/([0-9a-f-]{36})$/i,
    name: w.rooms.campaigns,
    icon: "dialler",
    group: "people",
    isOpen: to("leads_read"),
    load: () => import("../campaigns/room").then(({ CampaignsRoom }) => CampaignsRoom),
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
    href: "/studio",
    below: /^\/studio\/([0-9a-f-]{36})$/i,
    name: w.rooms.studio,
    icon: "studio",
    group: "assistant",
    isOpen: to("profiles_read"),
    load: () => import("../studio/room").then(({ StudioRoom }) => StudioRoom),
  },
  {
    href: "/business",
    name: w.rooms.business,
    icon: "business",
    group: "assistant",
    isOpen: to("business_read"),
    load: () => import("../business/page").then(({ BusinessPage }) => BusinessPage),
  },
  {
    href: "/routing",
    name: w.rooms.routing,
    icon: "routing",
    group: "assistant",
    isOpen: to("profiles_read"),
    load: () => import("../routing/page").then(({ RoutingPage }) => RoutingPage),
  },
  {
    href: "/team",
    name: w.rooms.team,
    icon: "team",
    group: "assistant",
    isOpen: to("users_read"),
    load: () => import("../team/page").then(({ TeamPage }) => TeamPage),
  },
  {
    href: "/tools",
    name: w.rooms.tools,
    icon: "tool",
    group: "assistant",
    isOpen: to("profiles_read"),
    load: () => import("../tools/page").then(({ ToolsPage }) => ToolsPage),
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
    href: "/integrations",
    name: w.rooms.integrations,
    icon: "integrations",
    group: "house",
    isOpen: to("integrations_read"),
    load: () => import("../integrations/page").then(({ IntegrationsPage }) => IntegrationsPage),
  },
  {
    href: "/developers",
    name: w.rooms.developers,
    icon: "developers",
    group: "house",
    isOpen: to("tokens_write", "integrations_read"),
    load: () => import("../developers/page").then(({ DevelopersPage }) => DevelopersPage),
  },
  {
    href: "/reports",
    name: w.rooms.reports,
    icon: "reports",
    group: "house",
    isOpen: to("dashboard_read"),
    load: () => import("../reports/page").then(({ ReportsPage }) => ReportsPage),
  },
  {
    href: "/audit",
    name: w.rooms.audit,
    icon: "audit",
    group: "house",
    isOpen: to("audit_read"),
    load: () => import("../audit/page").then(({ AuditPage }) => AuditPage),
  },
  {
    href: "/settings",
    name: w.rooms.settings,
    icon: "settings",
    group: "house",
    isOpen: always,
    load: () => import("../settings/page").then(({ SettingsPage }) => SettingsPage),
  },
  {
    href: "/dialler",
    name: w.rooms.dialler,
    icon: "dialler",
    group: "house",
    offRail: true,
    isOpen: to("floor_read"),
    load: () => import("../dialler/page").then(({ DiallerPage }) => DiallerPage),
  },
  {
    href: "/account",
    name: w.rooms.account,
    icon: "account",
    group: "house",
    offRail: true,
    isOpen: toUsers,
    load: () => import("../account/page").then(({ AccountPage }) => AccountPage),
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
