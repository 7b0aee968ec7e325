// `/campaigns/{id}`: starting, pausing and stopping a campaign, its progress, and its contacts.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Campaign, CampaignOutcomes, CampaignProgress } from "../api/model";
import { Icon, type IconName } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { number } from "../app/language";
import { type Loaded, useLoaded } from "../app/load";
import { Confirm, Failed, Heading, Skeleton, WayBack } from "../app/parts";
import { go } from "../app/router";
import { RowAct } from "../app/row-act";
import { tell } from "../app/toasts";
import { w as common } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { CallerIds } from "./caller-ids";
import { Contacts } from "./contacts";
import { CampaignForm } from "./form";
import { Comparison } from "./comparison";
import { Forecast } from "./forecast";
import { LiveCalls } from "./live-calls";
import { Costs, Detection, Dispositions, Hours, OutcomeTable } from "./outcomes";
import { callsOf, preciseShare, StandsAs, Trouble } from "./parts";
import { useSeldom } from "./seldom";
import { w } from "./words";

type Act = "start" | "pause" | "resume" | "stop";

/** The next action for a campaign, by its state; a stopped one never calls again. */
const NEXT: Record<Campaign["state"], { act: Act; icon: IconName } | null> = {
  draft: { act: "start", icon: "play" },
  running: { act: "pause", icon: "hold" },
  paused: { act: "resume", icon: "play" },
  finished: { act: "start", icon: "play" },
  stopped: null,
};

/** The page. */
export function CampaignPage({ id }: { id: string }) {
  const { value: campaign, fault, again, show } = useLoaded<Campaign>(`/api/v1/campaigns/${id}`, ["campaign", "contact"]);
  return (
    <div class="house-page worked campaigns-page">
      <WayBack href="/campaigns">{w.all}</WayBack>
      {campaign && <Known campaign={campaign} onChange={show} onStale={() => void again()} />}
      {!campaign && fault === "" && <Skeleton rows={8} />}
      {!campaign && fault !== "" && (
        <>
          <Heading title={common.rooms.campaigns}>{common.rooms.campaigns}</Heading>
          <Failed message={fault} onRetry={() => void again()} />
        </>
      )}
    </div>
  );
}

function Known({ campaign, onChange, onStale }: { campaign: Campaign; onChange: (campaign: Campaign) => void; onStale: () => void }) {
  const [isEdited, setEdited] = useState(false);
  const steers = may("business_write") === true;
  const { rules, profile, queue } = campaign.settings;
  // The server counts all calls for it, so it is reloaded less often than the progress.
  const costs = useLoaded<CampaignOutcomes>(`/api/v1/campaigns/${campaign.id}/outcomes`);
  const progress = useLoaded<CampaignProgress>(`/api/v1/campaigns/${campaign.id}/progress`, ["campaign", "contact"]);
  const open = progress.value?.open ?? 0;
  useSeldom(campaign, open, costs.renew);
  const talks = rules.mode !== "assistants" && queue !== null ? queue : (profile ?? w.usual);
  return (
    <>
      <header class="head">
        <Heading title={campaign.name}>
          <bdi>{campaign.name}</bdi>
        </Heading>
        <span role="status">
          <StandsAs state={campaign.state} />
        </span>
        <p class="meta">
          {rules.mode === "preview" ? `${talks} · ${w.modes.preview}` : w.how(talks, number(rules.at_once_max), number(rules.per_minute_max))}
        </p>
        {steers && <Acts campaign={campaign} waiting={progress.value?.waiting ?? null} onChange={onChange} onEdit={() => setEdited(true)} />}
      </header>
      <ZoneNote />
      <div role="status">
        <Trouble campaign={campaign} />
      </div>
      <Progress progress={progress} costs={costs.value} hasFilter={campaign.settings.filter.conditions.length > 0} />
      {(campaign.state === "running" || open > 0) && <LiveCalls campaign={campaign} />}
      {costs.value?.comparison && <Comparison comparison={costs.value.comparison} />}
      {campaign.settings.caller_ids.length > 0 && <CallerIds campaign={campaign} open={open} />}
      <Contacts campaign={campaign} />
      {isEdited && (
        <CampaignForm
          campaign={campaign}
          onSaved={(saved) => {
            onChange(saved);
            setEdited(false);
            // Another profile may talk from now on, or another goal may apply.
            void costs.again();
            tell(w.saved);
          }}
          onStale={onStale}
          onClose={() => setEdited(false)}
        />
      )}
    </>
  );
}

/** The actions that it allows. The next action has one button, which keeps the focus while its action changes. `waiting`: contacts that wait; null
 * until that is known. */
function Acts(props: { campaign: Campaign; waiting: number | null; onChange: (campaign: Campaign) => void; onEdit: () => void }) {
  const { campaign, waiting, onChange, onEdit } = props;
  const { id, name, state } = campaign;
  const { mode, at_once_max } = campaign.settings.rules;
  const [asks, setAsks] = useState<"start" | "stop" | "delete" | null>(null);
  const [forecasts, setForecasts] = useState(false);
  const [busy, setBusy] = useState(false);
  const next = NEXT[state];
  useKeptFocus(next ? 1 : 0, ".campaigns-page h1");
  const carryOut = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
    } catch (fault) {
      tell(messageOf(fault));
    }
    setBusy(false);
  };
  const act = (what: Act) =>
    carryOut(async () => {
      const now = await change<Campaign>("POST", `/api/v1/campaigns/${id}/${what}`);
      if (now) onChange(now);
      tell(w.did[what]);
    });
  const remove = () =>
    carryOut(async () => {
      await change("DELETE", `/api/v1/campaigns/${id}`);
      tell(w.removed(name));
      go("/campaigns", "replace");
    });
  return (
    <div class="push acts">
      {next && (
        <button type="button" class={next.act === "pause" ? "btn" : "btn primary"} aria-disabled={busy} onClick={() => (next.act === "start" ? setAsks("start") : void act(next.act))}>
          <Icon name={next.icon} />
          {w.acts[next.act]}
        </button>
      )}
      {(state === "running" || state === "paused") && (
        <button type="button" class="btn" aria-disabled={busy} onClick={() => setAsks("stop")}>
          <Icon name="stop" />
          {w.acts.stop}
        </button>
      )}
      <button type="button" class="btn" onClick={() => setForecasts(true)}>
        <Icon name="dashboard" />
        {w.forecast.title}
      </button>
      <RowAct icon="edit" name={w.edit} onClick={onEdit} />
      {state !== "running" && <RowAct icon="remove" name={w.remove} onClick={() => setAsks("delete")} />}
      {forecasts && <Forecast campaign={campaign} onClose={() => setForecasts(false)} />}
      {asks === "start" && (
        <Confirm
          title={w.startAsk(name)}
          text={waiting === 0 ? w.startNobody : mode === "preview" ? w.startPreview(waiting) : w.startText(waiting, number(at_once_max))}
          verb={w.acts.start}
          takes="nothing"
          onClose={() => setAsks(null)}
          onYes={() => void act("start")}
        />
      )}
      {(asks === "stop" || asks === "delete") && (
        <Confirm
          title={asks === "stop" ? w.stopAsk(name) : w.removeAsk(name)}
          text={asks === "stop" ? w.stopText : w.removeText}
          verb={asks === "stop" ? w.acts.stop : w.remove}
          onClose={() => setAsks(null)}
          onYes={() => void (asks === "stop" ? act("stop") : remove())}
        />
      )}
    </div>
  );
}

/** Its progress: contacts by state, calls by outcome. */
function Progress(props: { progress: Loaded<CampaignProgress>; costs: CampaignOutcomes | null; hasFilter: boolean }) {
  const { value, fault, again } = props.progress;
  const { costs, hasFilter } = props;
  if (!value) return fault === "" ? <Skeleton rows={3} /> : <Failed message={fault} onRetry={() => void again()} />;
  const calls = callsOf(value);
  const rate = value.abandon_rate;
  // A removed filter is lifted from the list step by step: until that is done, it still excludes some contacts.
  const isFiltered = hasFilter || value.left_out > 0;
  const ends = value.ends.filter(({ count }) => count > 0);
  const figures = [
    [w.figures.contacts, value.contacts],
    [w.figures.waiting, value.waiting],
    ...(isFiltered ? [[w.figures.left_out, value.left_out] as const] : []),
    [w.figures.calling, value.calling],
    [w.figures.done, value.done],
  ] as const;
  return (
    <section class="panel" aria-labelledby="progress">
      <h2 id="progress" class="top">
        {w.progress}
      </h2>
      <dl class="campaign-figures">
        {figures.map(([what, count]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd class="n">{number(count)}</dd>
          </div>
        ))}
        {rate && (
          <div>
            <dt>{w.abandonRate}</dt>
            <dd class="n">{rate.live === 0 ? "–" : preciseShare(rate.abandoned, rate.live)}</dd>
          </div>
        )}
      </dl>
      {rate && rate.live > 0 && <p class="meta">{w.rateOf(rate.abandoned, rate.live)}</p>}
      {value.contacts > 0 && (
        <meter class="meter" min={0} max={value.contacts} value={value.done} aria-label={w.doneOf(number(value.done), number(value.contacts))} />
      )}
      {isFiltered && <p class="meta">{w.filter.matching(number(value.waiting), number(value.left_out))}</p>}
      {value.is_filtering && <p class="meta">{w.filter.applying}</p>}
      {value.waits_for_links && <p class="meta">{w.links.waits}</p>}
      {ends.length > 0 && <p class="meta">{ends.map(({ end, count }) => w.some(number(count), w.ends[end])).join(" · ")}</p>}
      {calls > 0 && <OutcomeTable outcomes={value.outcomes} costs={costs} />}
      {costs && <Dispositions dispositions={costs.dispositions} />}
      {costs && costs.calls > 0 && <Costs costs={costs} />}
      {costs && <Hours hours={costs.hours} />}
      {costs && <Detection detection={costs.detection} />}
    </section>
  );
}
