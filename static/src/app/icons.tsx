// Icons, from lucide (ISC). Each has a text next to it or on its button. Those of the rail, the desk and the list of calls are here, so that the
// first page has little to load; all others are in `icons-later.ts`, which is loaded with the first one that is needed.
import {
  ArrowLeft,
  ArrowRightLeft,
  Bell,
  Cable,
  CalendarDays,
  ChartColumn,
  Check,
  ChevronDown,
  ChevronRight,
  ChevronUp,
  Circle,
  CircleMinus,
  CircleUser,
  Clock,
  Cog,
  Columns3,
  Download,
  Ellipsis,
  Filter,
  Gauge,
  Grip,
  Headphones,
  type IconNode,
  Inbox,
  Keyboard,
  Languages,
  Link,
  LogOut,
  Mic,
  MicOff,
  Move,
  Pause,
  Pencil,
  Phone,
  PhoneOff,
  PhoneOutgoing,
  Play,
  Plug,
  ScrollText,
  Search,
  Server,
  SlidersHorizontal,
  Split,
  Square,
  Store,
  SunMoon,
  TriangleAlert,
  Undo2,
  UserRound,
  Users,
  UsersRound,
  Webhook,
  Wrench,
  X,
} from "lucide";
import { h } from "preact";
import type { later } from "./icons-later";
import { LaterCode } from "./later-code";

const first = {
  account: CircleUser,
  appointments: CalendarDays,
  audit: ScrollText,
  away: CircleMinus,
  back: ArrowLeft,
  board: Cable,
  business: Store,
  calls: Phone,
  columns: Columns3,
  cross: X,
  customers: UsersRound,
  dashboard: Gauge,
  desk: Headphones,
  dialler: PhoneOutgoing,
  developers: Webhook,
  dot: Circle,
  down: ChevronDown,
  download: Download,
  edit: Pencil,
  end: PhoneOff,
  hold: Pause,
  inbox: Inbox,
  integrations: Plug,
  keyboard: Keyboard,
  keypad: Grip,
  language: Languages,
  leads: Filter,
  link: Link,
  more: Ellipsis,
  move: Move,
  mute: MicOff,
  next: ChevronRight,
  out: LogOut,
  person: UserRound,
  play: Play,
  reports: ChartColumn,
  ring: Bell,
  routing: Split,
  search: Search,
  settings: Cog,
  stop: Square,
  studio: SlidersHorizontal,
  system: Server,
  team: Users,
  theme: SunMoon,
  tick: Check,
  tool: Wrench,
  transfer: ArrowRightLeft,
  undo: Undo2,
  up: ChevronUp,
  voice: Mic,
  wait: Clock,
  warning: TriangleAlert,
} as const satisfies Record<string, IconNode>;

/** An icon's name. */
export type IconName = keyof typeof first | keyof typeof later;

const others = new LaterCode(() => import("./icons-later"));
let isAsked = false;

/** The shape of an icon; null until the later ones are loaded. */
function shapeOf(name: IconName): IconNode | null {
  if (name in first) return first[name as keyof typeof first];
  if (!isAsked) {
    isAsked = true;
    others.ask();
  }
  return others.code.value?.later[name as keyof typeof later] ?? null;
}

/** An icon in the text's size and colour. */
export function Icon({ name, size = "usual" }: { name: IconName; size?: "usual" | "small" }) {
  return (
    <svg class={size === "small" ? "icon small" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {shapeOf(name)?.map(([tag, attributes]) => h(tag, name === "dot" ? { ...attributes, fill: "currentColor" } : attributes))}
    </svg>
  );
}

/** The mark: two jacks on a brass plate, and the cord between them. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <rect class="mark-plate" x="0.75" y="0.75" width="26.5" height="26.5" rx="6.5" />
      <path class="mark-cord" d="M8.5 9.5c0 13.5 11 13.5 11 0" />
      <circle class="mark-jack" cx="8.5" cy="8.5" r="3.4" />
      <circle class="mark-jack" cx="19.5" cy="8.5" r="3.4" />
      <circle class="mark-pin" cx="8.5" cy="8.5" r="1.2" />
      <circle class="mark-pin" cx="19.5" cy="8.5" r="1.2" />
    </svg>
  );
}
