// The palette's search: pages and settings in the browser, everything else at the server.
import { may } from "../api/me";
import { hasDesk } from "../app/desk-part";
import type { IconName } from "../app/icons";
import { rooms } from "../app/rooms";
import type { components } from "../api/types";
import { shortTime } from "../words/time";
import { w } from "./words";

type SearchHit = components["schemas"]["SearchHit"];
type View = components["schemas"]["SearchView"];

/** Kinds, in the order in which they are shown. */
export const KINDS = ["pages", "customers", "leads", "calls", "phone_numbers", "agents", "profiles", "settings"] as const;
export type Kind = (typeof KINDS)[number];

/** A search result, and its address. */
export interface Hit {
  value: string;
  kind: Kind;
  label: string;
  detail: string;
  icon: IconName;
  href: string;
}

const icons: Record<Kind, IconName> = {
  pages: "next",
  customers: "customers",
  leads: "leads",
  calls: "calls",
  phone_numbers: "keypad",
  agents: "person",
  profiles: "studio",
  settings: "settings",
};

/** The form in which texts are compared: without accents and capitals. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

function isIn(query: string, ...texts: string[]): boolean {
  const wanted = plain(query.trim());
  return wanted === "" || texts.some((text) => plain(text).includes(wanted));
}

/** Pages that the signed-in user may open, and those sections of them that have an address. */
export function pages(query: string): Hit[] {
  const open = rooms.filter((room) => room.isOpen() === true);
  const whole = open.filter(({ name }) => isIn(query, name)).map(({ href, name, icon }): Hit => ({ value: href, kind: "pages", label: name, detail: "", icon, href }));
  // Without a search text the sections would hide the pages.
  const parts = query.trim() === "" ? [] : partsOf(open.map(({ href }) => href)).filter(({ label }) => isIn(query, label));
  return [...whole, ...parts];
}

function partsOf(open: string[]): Hit[] {
  const part = (of: string, tab: string, label: string): Hit => {
    const room = rooms.find(({ href }) => href === of);
    return { value: `${of}?tab=${tab}`, kind: "pages", label, detail: room?.name ?? "", icon: room?.icon ?? "next", href: `${of}?tab=${tab}` };
  };
  const all = [
    part("/campaigns", "do-not-call", w.parts.doNotCall),
    part("/team", "agents", w.parts.agents),
    part("/team", "queues", w.parts.queues),
    part("/team", "codes", w.parts.codes),
    part("/team", "reasons", w.parts.reasons),
    part("/routing", "numbers", w.parts.numbers),
    part("/routing", "keys", w.parts.keys),
    part("/routing", "extensions", w.parts.extensions),
    part("/routing", "dialling", w.parts.dialling),
  ];
  return all.filter(({ href }) => open.some((address) => href.startsWith(address)));
}

/** Settings; of the organization's only those that the signed-in user may see. */
export function settings(query: string): Hit[] {
  if (query.trim() === "") return [];
  const { look, density, language, keys, sound, notices, recording, organization } = w.settings;
  const shown = [
    { label: organization },
    { label: recording, isHidden: !may("profiles_read") },
    { label: notices, isHidden: !may("integrations_read") },
    { label: look },
    { label: density },
    { label: language },
    { label: keys, isHidden: !hasDesk() },
    { label: sound },
  ];
  return shown
    .filter(({ label, isHidden }) => !isHidden && isIn(query, label))
    .map(({ label }): Hit => ({ value: `settings ${label}`, kind: "settings", label, detail: "", icon: icons.settings, href: "/settings" }));
}

/** The server's results, as the palette shows them. */
export function hitsOf(view: View): Hit[] {
  const of = (kind: Exclude<Kind, "pages" | "settings">, href: (one: SearchHit) => string) =>
    view[kind].map((one): Hit => {
      const when = one.at === null ? "" : shortTime(new Date(one.at), new Date());
      return {
        value: `${kind} ${one.id}`,
        kind,
        label: one.title || one.detail || w.unnamed,
        detail: [one.title === "" ? "" : one.detail, when].filter((part) => part !== "").join(" · "),
        icon: icons[kind],
        href: href(one),
      };
    });
  return [
    ...of("customers", ({ id }) => `/customers/${id}`),
    ...of("leads", ({ id }) => `/leads/${id}`),
    ...of("calls", ({ id }) => `/calls/${id}`),
    ...of("phone_numbers", () => "/routing?tab=numbers"),
    ...of("agents", () => (may("users_read") ? "/team?tab=agents" : "")),
    ...of("profiles", ({ id }) => `/studio/${id}`),
  ].filter(({ href, kind }) => href !== "" && (kind !== "phone_numbers" || may("profiles_read") === true));
}
