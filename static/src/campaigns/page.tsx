// `/campaigns`: the campaigns with their progress, and the do-not-call list.
import { useEffect, useState } from "preact/hooks";
import { may } from "../api/me";
import type { Campaign, CampaignProgress, Page } from "../api/model";
import { Icon } from "../app/icons";
import { type Loaded, useLoaded } from "../app/load";
import { Failed, Heading, Skeleton } from "../app/parts";
import { go, path, query, restoreScroll } from "../app/router";
import { Tabs } from "../app/tabs";
import { w as common } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { Empty, Find } from "../people/parts";
import { DoNotCall } from "./do-not-call";
import { CampaignForm } from "./form";
import { callsOf, Counts, share, StandsAs, Trouble } from "./parts";
import { w } from "./words";

/** The number of campaigns shown at once: the progress of each is requested. */
const SHOWN = 30;
/** From this many campaigns on there is a search field. */
const FOUND_FROM = 10;
/** Running campaigns first, then paused ones; the others after them, newest first. */
const FIRST: Partial<Record<Campaign["state"], number>> = { running: 0, paused: 1 };
const placeOf = ({ state }: Campaign) => FIRST[state] ?? 2;

/** The page. */
export function CampaignsPage() {
  const campaigns = useLoaded<Page<Campaign>>("/api/v1/campaigns", ["campaign", "contact"]);
  return (
    <div class="house-page worked campaigns-page">
      <div class="head">
        <Heading title={common.rooms.campaigns}>{common.rooms.campaigns}</Heading>
      </div>
      <ZoneNote />
      <Tabs
        name={w.tabs}
        tabs={[
          { value: "campaigns", label: common.rooms.campaigns, show: () => <Campaigns campaigns={campaigns} /> },
          { value: "do-not-call", label: w.doNotCall.title, show: () => <DoNotCall /> },
        ]}
      />
    </div>
  );
}

function Campaigns({ campaigns }: { campaigns: Loaded<Page<Campaign>> }) {
  const [isNew, setNew] = useState(false);
  const [shown, setShown] = useState(SHOWN);
  const wanted = new URLSearchParams(query.value).get("name") ?? "";
  const all = campaigns.value?.items ?? null;
  const found = all?.filter(({ name }) => name.toLocaleLowerCase().includes(wanted.trim().toLocaleLowerCase())).sort((one, other) => placeOf(one) - placeOf(other)) ?? [];
  const find = (name: string) => go(name === "" ? path.value : `${path.value}?${new URLSearchParams({ name })}`, "replace");
  const isThere = all !== null;
  useEffect(() => {
    if (isThere) restoreScroll();
  }, [isThere]);
  const add = may("business_write") === true && (
    <button type="button" class="btn primary" onClick={() => setNew(true)}>
      <Icon name="add" />
      {w.add}
    </button>
  );
  return (
    <>
      {all !== null && all.length > 0 && (
        <div class="tab-top">
          <p class="read">{w.lede}</p>
          {add}
        </div>
      )}
      {campaigns.fault !== "" && <Failed message={campaigns.fault} onRetry={() => void campaigns.again()} />}
      {all === null && campaigns.fault === "" && <Skeleton rows={6} />}
      {all?.length === 0 && (
        <Empty icon="dialler" title={w.none} acts={add || undefined}>
          {w.noneText}
        </Empty>
      )}
      {all !== null && (all.length >= FOUND_FROM || wanted !== "") && (
        <search class="finds">
          <Find label={w.findCampaign} placeholder={w.name} value={wanted} onFind={find} />
        </search>
      )}
      {all !== null && all.length > 0 && found.length === 0 && <p class="muted">{w.noCampaignFits}</p>}
      {found.length > 0 && (
        <div class="sheet">
          <table class="table stacks">
            <caption class="hidden">{common.rooms.campaigns}</caption>
            <thead>
              <tr>
                <th scope="col">{w.name}</th>
                <th scope="col">{w.state}</th>
                <th scope="col">{w.assistant}</th>
                <th scope="col">{w.contacts}</th>
                <th scope="col">{w.outcomes.talked}</th>
              </tr>
            </thead>
            <tbody>
              {found.slice(0, shown).map((campaign) => (
                <Row key={campaign.id} campaign={campaign} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found.length > shown && (
        <p class="more-rows">
          <button type="button" onClick={() => setShown(shown + SHOWN)}>
            {common.act.more}
          </button>
        </p>
      )}
      {isNew && <CampaignForm campaign={null} onSaved={({ id }) => go(`/campaigns/${id}`)} onClose={() => setNew(false)} />}
    </>
  );
}

function Row({ campaign }: { campaign: Campaign }) {
  // Only a campaign that was started and has not ended changes.
  const isUnderWay = campaign.state === "running" || campaign.state === "paused";
  const { value } = useLoaded<CampaignProgress>(`/api/v1/campaigns/${campaign.id}/progress`, isUnderWay ? ["campaign", "contact"] : ["campaign"]);
  const calls = value ? callsOf(value) : 0;
  const talked = value?.outcomes.find(({ outcome }) => outcome === "talked")?.count ?? 0;
  return (
    <tr>
      <th scope="row">
        <a class="bare tap" href={`/campaigns/${campaign.id}`}>
          <bdi class="cut">{campaign.name}</bdi>
        </a>
      </th>
      <td data-label={w.state}>
        <span class="names">
          <StandsAs state={campaign.state} />
          <Trouble campaign={campaign} brief />
        </span>
      </td>
      <td data-label={w.assistant}>
        <bdi>{campaign.settings.profile ?? w.usual}</bdi>
      </td>
      <td data-label={w.contacts}>{value && <Counts progress={value} />}</td>
      <td data-label={w.outcomes.talked} class="n">
        {value && calls > 0 && share(talked, calls)}
      </td>
    </tr>
  );
}
