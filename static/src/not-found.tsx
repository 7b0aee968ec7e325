// The page for an address that does not exist, or that this user may not open.
import { Heading } from "./app/parts";
import { w } from "./app/words";

/** Says so, with a link back. */
export function NotFoundPage({ what }: { what: "page" | "call" }) {
  const { notFound } = w;
  return (
    <div class="empty">
      <Heading title={notFound.title}>{what === "call" ? notFound.call : notFound.page}</Heading>
      <p>{what === "call" ? notFound.callHint : notFound.pageHint}</p>
      <a class="btn" href="/calls">
        {notFound.allCalls}
      </a>
    </div>
  );
}

/** Says that the page exists, but that this user may not open it. */
export function NotAllowedPage() {
  return (
    <div class="empty">
      <Heading title={w.notAllowed.title}>{w.notAllowed.heading}</Heading>
      <p>{w.notAllowed.hint}</p>
      <a class="btn" href="/calls">
        {w.notFound.allCalls}
      </a>
    </div>
  );
}
