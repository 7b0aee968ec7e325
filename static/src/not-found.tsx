// What is at an address that nothing is at, or nothing for who looks.
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

/** Says that a page is there, and not for who looks. */
export function NotAllowedPage() {
  return (
    <div class="empty">
      <Heading title="Not allowed">This page is not yours to see</Heading>
      <p>It shows the installation itself, which is the business of whoever runs this server.</p>
      <a class="alone" href="/calls">All calls</a>
    </div>
  );
}
