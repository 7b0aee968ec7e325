// What is at an address that nothing is at.
import { Heading } from "./app/parts";

/** Says so, and leads back. */
export function NotFoundPage({ what }: { what: "page" | "call" }) {
  return (
    <div class="empty">
      <Heading title="Not found">There is no such {what}</Heading>
      <p>The address may be mistyped{what === "call" ? ", or the call is another server's" : ""}.</p>
      <a class="alone" href="/calls">All calls</a>
    </div>
  );
}
