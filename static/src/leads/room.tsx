// `/leads` and the page of one lead.
import { Later } from "../app/later";
import { LeadsPage } from "./page";

const leadPage = () => import("./lead").then(({ LeadPage }) => LeadPage);

/** All leads, or the one with the given id. */
export default function LeadsRoom({ id }: { id?: string }) {
  return id === undefined ? <LeadsPage /> : <Later key={id} load={leadPage} props={{ id }} />;
}
