// `/campaigns` and the page of one campaign.
import { Later } from "../app/later";
import { CampaignsPage } from "./page";

const campaignPage = () => import("./campaign").then(({ CampaignPage }) => CampaignPage);

/** All campaigns, or the one with the given id. */
export default function CampaignsRoom({ id }: { id?: string }) {
  return id === undefined ? <CampaignsPage /> : <Later key={id} load={campaignPage} props={{ id }} />;
}
