// `/board`: the current state for supervisors: live calls as cords or as a table, queues, agents, and next to them the selected call.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Page, Profile } from "../api/model";
import type { components } from "../api/types";
import { may } from "../api/me";
import { placeOf, useBusinessZone } from "../app/business-clock";
import { Icon } from "../app/icons";
import { type Loaded, useLoaded } from "../app/load";
import { useMedia } from "../app/media";
import { Heading, Skeleton } from "../app/parts";
import { ZoneNote } from "../app/zone-note";
import { desk } from "../desk/store";
import { Team } from "../desk/team";
import { CountedAnew } from "../reports/counting";
import { Alarms } from "./alarms";
import { board, follow, talkerOf } from "./calls";
import { Cords } from "./cords";
import { Drawer } from "./drawer";
import { Policy } from "./policy";
import { Table } from "./table";
import { Tiles } from "./tiles";
import { w } from "./words";

type Report = components["schemas"]["Report"];
type As = "cords" | "table";

/** The storage key for the board's form. */
const KEPT = "cordboard.board.as";
/** Below this width cords get too steep. */
const NARROW = "(width < 47.5rem)";
/** How often the figures of the day are reloaded, in ms. */
const FIGURES_MS = 60_000;

/** The page. */
export default function BoardPage() {
  useEffect(follow, []);
  const calls = board.value;
  const said = useSignal(keptAs());
  const isNarrow = useMedia(NARROW);
  const as = said.value ?? (isNarrow ? "table" : "cords");
  const chosen = useSignal<string | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const profiles = useLoaded<Page<Profile>>(may("profiles_read") ? "/api/v1/agent-profiles?limit=200" : null, ["profile"]);
  const nameOf = useMemo(() => {
    const names = new Map(profiles.value?.items.map(({ id, name }) => [id, name]));
    return (id: string) => names.get(id) ?? w.board.theAssistant;
  }, [profiles.value]);
  const agents = desk.value?.agents ?? [];
  const named = JSON.stringify(agents.map(({ user_id, name }) => [user_id, name]));
  const earOf = useMemo(() => {
    const names = new Map(JSON.parse(named) as [string, string][]);
    return (id: string) => names.get(id) ?? w.board.somebody;
  }, [named]);
  const withPeople = calls?.filter(({ call }) => talkerOf(call)).length ?? 0;
  const waiting = (desk.value?.queues ?? []).reduce((sum, queue) => sum + queue.waiting, 0);
  const count = calls?.length ?? 0;
  const today = useToday();

  const buttons = () => [...(place.current?.querySelectorAll<HTMLElement>("[data-call]") ?? [])];
  const close = () => {
    const { value: id } = chosen;
    chosen.value = null;
    // Back to its row or, if the call is over, to the first one.
    const back = buttons().find((button) => button.dataset.call === id) ?? buttons()[0];
    (back ?? document.querySelector<HTMLElement>(".board-page h1"))?.focus();
  };
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Escape" && chosen.value !== null) {
      event.preventDefault();
      return close();
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const all = buttons();
    const at = all.indexOf(event.target as HTMLElement);
    if (step === 0 || at < 0) return;
    event.preventDefault();
    all[Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
  };
  const open = (id: string) => {
    chosen.value = id;
  };
  const shown = { calls: calls ?? [], nameOf, chosen: chosen.value, onOpen: open };
  return (
    <div class="board-page">
      <div class="head board-head">
        <Heading title={w.board.titleOf(count)}>{w.board.title}</Heading>
        <p class="meta">{calls && w.board.sum(count, count - withPeople, waiting)}</p>
        <Policy />
        <fieldset class="segmented">
          <legend class="hidden">{w.board.showAs}</legend>
          {(["cords", "table"] as const).map((one) => (
            <label key={one}>
              <input
                type="radio"
                name="board-as"
                checked={as === one}
                onChange={() => {
                  said.value = one;
                  keepAs(one);
                }}
              />
              <Icon name={one === "cords" ? "board" : "table"} />
              {w.board.as[one]}
            </label>
          ))}
        </fieldset>
      </div>
      <ZoneNote />
      <CountedAnew report={today} say={w.board.counting} />
      <Alarms onOpen={open} />
      <div class={chosen.value === null ? "board-all" : "board-all with-drawer"}>
        <div class="floor-side">
          <Tiles live={count} withPeople={withPeople} queues={desk.value?.queues ?? []} today={today.value} />
          {/* The arrow keys move between the calls, wherever the focus is among them. */}
          <div ref={place} class="board-calls" onKeyDown={keyed}>
            {calls === null ? (
              <Skeleton rows={6} />
            ) : as === "cords" ? (
              <Cords {...shown} agents={agents} />
            ) : (
              <Table {...shown} earOf={earOf} />
            )}
          </div>
          <Team />
        </div>
        {chosen.value !== null && (
          <Drawer
            key={chosen.value}
            id={chosen.value}
            one={calls?.find(({ call }) => call.id === chosen.value)}
            nameOf={nameOf}
            onClose={close}
          />
        )}
      </div>
    </div>
  );
}

/** The figures of the business's day by queue; none if the user may not read them. */
function useToday(): Loaded<Report> {
  const { zone } = useBusinessZone();
  const day = zone !== null && may("dashboard_read") ? placeOf(new Date(), zone).day : null;
  const report = useLoaded<Report>(day === null ? null : `/api/v1/metrics/report?from=${day}&to=${day}&cut=queue`);
  const { again } = report;
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    const timer = setInterval(() => void latest.current(), FIGURES_MS);
    return () => clearInterval(timer);
  }, []);
  return report;
}

/** The form that was chosen in this browser; null if there is none. */
function keptAs(): As | null {
  try {
    const kept = localStorage.getItem(KEPT);
    return kept === "cords" || kept === "table" ? kept : null;
  } catch {
    return null;
  }
}

function keepAs(as: As): void {
  try {
    localStorage.setItem(KEPT, as);
  } catch {
    // A browser without storage keeps it until the page is left.
  }
}
