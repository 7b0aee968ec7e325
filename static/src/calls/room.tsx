// `/calls` and the page of one call: each is loaded when a user goes to it.
import { Later } from "../app/later";
import { CallsPage } from "./page";

const callPage = () => import("../call/page").then(({ CallPage }) => CallPage);

/** The list, or the call with the given id. */
export default function CallsRoom({ id }: { id?: string }) {
  return id === undefined ? <CallsPage /> : <Later key={id} load={callPage} props={{ id }} />;
}
