// Icons, from lucide (ISC). They say nothing alone: a word stands beside each, or on its button.
import {
  ArrowLeft,
  Bell,
  Bot,
  Building2,
  CalendarDays,
  ChartColumn,
  Check,
  ChevronDown,
  ChevronRight,
  ChevronUp,
  CircleUser,
  Circle,
  CircleMinus,
  Clock,
  Cog,
  Copy,
  Download,
  Ellipsis,
  FileText,
  Filter,
  Gauge,
  Grip,
  GripVertical,
  Headphones,
  type IconNode,
  Inbox,
  KeyRound,
  Languages,
  Link,
  LogOut,
  Mic,
  MicOff,
  Move,
  Network,
  Pause,
  Pencil,
  Phone,
  PhoneOff,
  Play,
  Plug,
  Plus,
  RefreshCw,
  ScissorsLineDashed,
  ScrollText,
  Search,
  Send,
  Server,
  SlidersHorizontal,
  Split,
  Square,
  StickyNote,
  Store,
  SunMoon,
  Table,
  Tag,
  Trash2,
  TrendingDown,
  TrendingUp,
  TriangleAlert,
  Undo2,
  Upload,
  UserRound,
  Users,
  UsersRound,
  Webhook,
  Wrench,
  X,
} from "lucide";
import { h } from "preact";

const shapes = {
  account: CircleUser,
  add: Plus,
  appointments: CalendarDays,
  audit: ScrollText,
  away: CircleMinus,
  back: ArrowLeft,
  business: Store,
  calls: Phone,
  copy: Copy,
  cross: X,
  customers: UsersRound,
  cut: ScissorsLineDashed,
  dashboard: Gauge,
  desk: Headphones,
  developers: Webhook,
  document: FileText,
  dot: Circle,
  down: ChevronDown,
  download: Download,
  edit: Pencil,
  end: PhoneOff,
  grip: GripVertical,
  hold: Pause,
  inbox: Inbox,
  integrations: Plug,
  key: KeyRound,
  keypad: Grip,
  language: Languages,
  leads: Filter,
  leg: Network,
  link: Link,
  more: Ellipsis,
  move: Move,
  mute: MicOff,
  next: ChevronRight,
  note: StickyNote,
  organization: Building2,
  out: LogOut,
  pause: Pause,
  person: UserRound,
  play: Play,
  record: Circle,
  refresh: RefreshCw,
  remove: Trash2,
  reports: ChartColumn,
  ring: Bell,
  robot: Bot,
  routing: Split,
  search: Search,
  send: Send,
  settings: Cog,
  stop: Square,
  studio: SlidersHorizontal,
  system: Server,
  table: Table,
  tag: Tag,
  team: Users,
  theme: SunMoon,
  tick: Check,
  tool: Wrench,
  trendDown: TrendingDown,
  trendUp: TrendingUp,
  undo: Undo2,
  up: ChevronUp,
  upload: Upload,
  voice: Mic,
  wait: Clock,
  warning: TriangleAlert,
} as const satisfies Record<string, IconNode>;

/** An icon's name. */
export type IconName = keyof typeof shapes;

/** An icon of the text's size and colour. */
export function Icon({ name, size = "usual" }: { name: IconName; size?: "usual" | "small" }) {
  return (
    <svg class={size === "small" ? "icon small" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {shapes[name].map(([tag, attributes]) => h(tag, name === "dot" ? { ...attributes, fill: "currentColor" } : attributes))}
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
