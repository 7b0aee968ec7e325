// The live calls of a campaign, as the server reports them: to whom, and since when.
import { may } from "../api/me";
import type { CalledContact, Campaign, CampaignContact } from "../api/model";
import { useList, useLoaded } from "../app/load";
import { Failed, Skeleton, When } from "../app/parts";
import { about } from "./contacts";
import { w } from "./words";

/** The number of calls that are listed; a link leads to the others. */
const SHOWN = 20;

/** The panel. */
export function LiveCalls({ campaign }: { campaign: Campaign }) {
  const list = useList<CampaignContact>(`/api/v1/campaigns/${campaign.id}/contacts?state=calling&limit=${SHOWN}`, ["campaign", "contact"]);
  const words = w.live;
  return (
    <section class="panel" aria-labelledby="live-calls">
      <h2 id="live-calls" class="top">
        {words.title}
      </h2>
      {list.fault !== "" && <Failed message={list.fault} onRetry={() => void list.again()} />}
      {list.items === null && list.fault === "" && <Skeleton rows={1} />}
      {list.items?.length === 0 && <p class="muted">{words.none}</p>}
      {list.items !== null && list.items.length > 0 && (
        <ul class="rows live-calls">
          {list.items.map((contact) => (
            <LiveCall key={contact.id} contact={contact} />
          ))}
        </ul>
      )}
      {list.hasMore && (
        <p>
          <a href={`/campaigns/${campaign.id}?state=calling`}>{words.all}</a>
        </p>
      )}
    </section>
  );
}

/** A live call. Its call is requested once: a contact who is called again is another row by then. */
function LiveCall({ contact }: { contact: CampaignContact }) {
  const { value } = useLoaded<CalledContact>(`/api/v1/campaigns/${contact.campaign_id}/contacts/${contact.id}`);
  const call = value?.attempts.find(({ state }) => state !== "closed");
  const known = about(contact);
  return (
    <li>
      <bdi class="n">{contact.number}</bdi>
      {known !== "" && (
        <bdi class="cut" title={known}>
          {known}
        </bdi>
      )}
      {call && <When at={call.reserved_at} />}
      {call && may("calls_read") && (
        <a class="tap" href={`/calls/${call.call_id}`}>
          {w.theCall}
        </a>
      )}
    </li>
  );
}
