// `/calls` and the page of one call: each is loaded when it is gone to.
import { Later } from "../app/later";
import { CallsPage } from "./page";

const callPage = () => import("../call/page").then(({ CallPage }) => CallPage);

/** The list, or where an id is given that call. */
export default function CallsRoom({ id }: { id?: string }) {
  return id === undefined ? <CallsPage /> : <Later key={id} load={callPage} props={{ id }} />;
}
