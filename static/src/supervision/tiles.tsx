// The tiles above the board: all calls, and each queue.
import type { DeskQueue } from "../api/model";
import type { components } from "../api/types";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { sinceMs } from "../desk/store";
import { length } from "../words/time";
import { w } from "./words";

type Report = components["schemas"]["Report"];
type Figures = components["schemas"]["ReportFigures"];

/** The lamps of a tile: one for each caller. */
const LAMPS = 6;

/** The tiles; `today` are the figures of the day by queue, if they are known and the user may read them. */
export function Tiles(props: { live: number; withPeople: number; queues: readonly DeskQueue[]; today: Report | null }) {
  const { today } = props;
  const all = today?.now.figures;
  return (
    <ul class="tiles" aria-label={w.board.tiles}>
      <li class="tile">
        <div class="tile-top">
          <span class="plate brass">{w.board.all}</span>
        </div>
        <p class="tile-wait">
          <span class="figure">{number(props.live)}</span>
          <span>{w.board.live}</span>
        </p>
        <dl class="tile-facts">
          <Fact name={w.board.people}>{number(props.withPeople)}</Fact>
          <Fact name={w.board.missed}>{all ? number(all.missed) : "–"}</Fact>
          <Fact name={w.board.alone}>{share(all?.contained, all?.answered)}</Fact>
        </dl>
      </li>
      {props.queues.map((queue) => (
        <Queue key={queue.id} queue={queue} figures={today?.keys.find(({ key }) => key === queue.id)?.now} />
      ))}
    </ul>
  );
}

function Queue({ queue, figures }: { queue: DeskQueue; figures: Figures | undefined }) {
  const { waiting, longest_since } = queue;
  return (
    <li class="tile">
      <div class="tile-top">
        <span class="plate">{queue.title || queue.name}</span>
        {waiting > 0 && (
          <span class="state ringing">
            <Icon name="ring" />
            <span>{w.board.waits(waiting)}</span>
          </span>
        )}
      </div>
      <p class="tile-wait">
        <span class="figure">{number(waiting)}</span>
        <span>
          {w.board.waiting}
          <span class="lamps" aria-hidden="true">
            {Array.from({ length: LAMPS }, (_, at) => (
              <span key={at} class={at < waiting ? "lamp on ringing still" : "lamp"} />
            ))}
          </span>
        </span>
      </p>
      <dl class="tile-facts">
        <Fact name={w.board.longest}>{longest_since ? length(sinceMs(longest_since)) : "–"}</Fact>
        <Fact name={w.board.level}>{share(figures?.waits_20_s, figures?.handoffs)}</Fact>
        <Fact name={w.board.answered}>{share(figures?.bridged, figures?.handoffs)}</Fact>
      </dl>
    </li>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A part of a whole, as percent; a dash if there is no whole. */
function share(part: number | undefined, whole: number | undefined): string {
  if (part === undefined || !whole) return "–";
  return w.board.percent(number(Math.round((100 * part) / whole)));
}
