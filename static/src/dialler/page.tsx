// `/dialler`: the remote agents of an OSdial or a VICIdial, which are assistants: which of them take calls, and for which campaign. The campaign is
// in the address.
import { useEffect, useMemo, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { AffectedAgent, DiallerCampaign, DiallerLine, RemoteAgent } from "../api/model";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { Confirm, Failed, Heading, Skeleton } from "../app/parts";
import { go, query } from "../app/router";
import { tell } from "../app/toasts";
import { w } from "../app/words";
import { Agents } from "./agents";
import { isOurs, linesOf, openTables } from "./tables";
import { d } from "./words";

/** The page. */
export default function DiallerPage() {
  const asked = new URLSearchParams(query.value).get("campaign");
  const tables = useMemo(() => openTables(asked), [asked]);
  useEffect(() => tables.close, [tables]);
  const [known, agents, lines] = [tables.campaigns.value, tables.agents.value, tables.lines.value];
  const campaign = known?.find(({ campaign_id }) => campaign_id === asked) ?? known?.[0];
  const fault = tables.fault.value;
  const isWithout = tables.isWithout.value;
  return (
    <div class="house-page worked dialler-page">
      <div class="head">
        <Heading title={w.rooms.dialler}>{w.rooms.dialler}</Heading>
        {campaign && known && (
          <label class="push of-profile">
            <span>{d.campaign}</span>
            <select value={campaign.campaign_id} onChange={(event) => go(`/dialler?campaign=${encodeURIComponent(event.currentTarget.value)}`)}>
              {known.map((one) => (
                <option key={one.campaign_id} value={one.campaign_id}>
                  {d.named(one.campaign_id, one.campaign_name)}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {isWithout && <Empty title={d.none} text={d.noneText} />}
      {known?.length === 0 && <Empty title={d.noCampaign} text={d.noCampaignText} />}
      {fault !== "" && <Failed message={fault} onRetry={() => void tables.load()} />}
      {campaign && known && agents && lines ? (
        <>
          <Campaign campaign={campaign} agents={agents} lines={linesOf(agents, lines)} onChanged={tables.show} />
          <Agents agents={agents} lines={lines} campaigns={known.filter((one) => one !== campaign)} onChanged={tables.show} />
        </>
      ) : (
        !isWithout && known?.length !== 0 && fault === "" && <Skeleton rows={8} />
      )}
    </div>
  );
}

function Empty({ title, text }: { title: string; text: string }) {
  return (
    <div class="empty">
      <Icon name="dialler" />
      <h2 class="lede">{title}</h2>
      <p>{text}</p>
    </div>
  );
}

/** The state of the campaign, and the actions for all of its remote agents. */
function Campaign(props: { campaign: DiallerCampaign; agents: RemoteAgent[]; lines: DiallerLine[]; onChanged: (agents: RemoteAgent[]) => void }) {
  const { campaign, agents, lines, onChanged } = props;
  const [busy, setBusy] = useState<"enable" | "disable" | null>(null);
  const [asks, setAsks] = useState<"enable" | "disable" | null>(null);
  const own = agents.filter(isOurs);
  const ownLines = own.reduce((sum, agent) => sum + agent.number_of_lines, 0);
  const run = async (what: "enable" | "disable") => {
    setBusy(what);
    try {
      const body = { campaign_id: campaign.campaign_id };
      const answer = await change<{ affected: AffectedAgent[] }>("POST", `/api/v1/osdial/${what}AgentByCampaignId`, body);
      if (answer) {
        onChanged(answer.affected);
        const many = answer.affected.filter(({ was_changed }) => was_changed).length;
        tell((what === "enable" ? d.enabled : d.disabled)(number(many), many));
      }
    } catch (fault) {
      tell(messageOf(fault));
    }
    setBusy(null);
  };
  const count = (...states: DiallerLine["status"][]) => number(lines.filter(({ status }) => states.includes(status)).length);
  const figures = [
    [d.status.READY, count("READY")],
    [d.status.INCALL, count("INCALL", "QUEUE")],
    [d.status.PAUSED, count("PAUSED")],
  ] as const;
  const name = d.named(campaign.campaign_id, campaign.campaign_name);
  return (
    <section class="panel dialler-now" aria-label={name}>
      <p>
        {campaign.is_active ? d.dials : d.dialsNot} <span class="meta">{d.method(campaign.dial_method, campaign.auto_dial_level)}</span>
      </p>
      <dl class="figures" aria-label={d.lines}>
        {figures.map(([what, figure]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd class="n">{figure}</dd>
          </div>
        ))}
      </dl>
      {may("calls_control") && own.length > 0 && (
        <div class="acts">
          <button type="button" class="btn primary" aria-disabled={busy !== null} onClick={() => busy === null && setAsks("enable")}>
            <Icon name="play" />
            {busy === "enable" ? d.enabling : d.enableAll}
          </button>
          <button type="button" class="btn" aria-disabled={busy !== null} onClick={() => busy === null && setAsks("disable")}>
            <Icon name="stop" />
            {busy === "disable" ? d.disabling : d.disableAll}
          </button>
        </div>
      )}
      {asks && (
        <Confirm
          title={(asks === "enable" ? d.enableAsk : d.disableAsk)(campaign.campaign_id)}
          text={(asks === "enable" ? d.enableText : d.disableText)(ownLines, own.length, name)}
          verb={asks === "enable" ? d.enableAll : d.disableAll}
          takes={asks === "enable" ? "nothing" : "something"}
          onClose={() => setAsks(null)}
          onYes={() => void run(asks)}
        />
      )}
    </section>
  );
}
