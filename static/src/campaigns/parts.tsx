// Parts that the list of campaigns and the page of one share: the state, why it calls nobody, the progress.
import type { Campaign, CampaignProgress, CampaignState } from "../api/model";
import { Icon, type IconName } from "../app/icons";
import { locale, number } from "../app/language";
import { w } from "./words";

/** The look of each state: shape and glyph, with its name next to them. */
const LOOKS: Record<CampaignState, { icon: IconName; tone: string }> = {
  draft: { icon: "edit", tone: "wrap" },
  running: { icon: "dialler", tone: "live" },
  paused: { icon: "hold", tone: "held" },
  stopped: { icon: "stop", tone: "ended" },
  finished: { icon: "tick", tone: "ended" },
};

const percents = new Intl.NumberFormat(locale, { style: "percent" });

/** A share for people: `67%`. */
export function share(count: number, of: number): string {
  return percents.format(count / of);
}

const finePercents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });

/** The same with one decimal: `2.9%`. */
export function preciseShare(count: number, of: number): string {
  return finePercents.format(count / of);
}

/** The money spent on many calls. */
export function spent(micros: number, currency: string): string {
  return new Intl.NumberFormat(locale, { style: "currency", currency }).format(micros / 1_000_000);
}

/** A campaign's calls that are over. */
export function callsOf({ outcomes }: CampaignProgress): number {
  return outcomes.reduce((sum, { count }) => sum + count, 0);
}

/** The state of a campaign. */
export function StandsAs({ state }: { state: CampaignState }) {
  const { icon, tone } = LOOKS[state];
  return (
    <span class={`state ${tone}`}>
      <Icon name={icon} />
      {w.states[state]}
    </span>
  );
}

/** The reason for which the newest call of a running campaign could not be made; other campaigns make no calls. `brief`: in a row of a list. */
export function Trouble({ campaign, brief = false }: { campaign: Campaign; brief?: boolean }) {
  if (campaign.trouble === null || campaign.state !== "running") return null;
  if (brief) {
    return (
      <span class="state warn" title={campaign.trouble}>
        <Icon name="warning" />
        {w.troubleBrief}
      </span>
    );
  }
  return (
    <div class="notice warn">
      <p>
        {w.trouble} <bdi>{campaign.trouble}</bdi>. {w.troubleAgain}
      </p>
    </div>
  );
}

/** How many of its contacts are in each state, as text and as a bar. */
export function Counts({ progress }: { progress: CampaignProgress }) {
  const { contacts, waiting, left_out, calling, done, waits_for_links } = progress;
  if (contacts === 0) return <span class="muted">{waits_for_links ? w.links.waits : w.nobody}</span>;
  return (
    <span class="counts">
      <meter class="meter" min={0} max={contacts} value={done} aria-label={w.doneOf(number(done), number(contacts))} />
      <span class="meta">
        {w.counts(number(waiting), number(calling), number(done))}
        {left_out > 0 && `, ${w.some(number(left_out), w.filter.leftOut)}`}
        {waits_for_links && `. ${w.links.waits}`}
      </span>
    </span>
  );
}
