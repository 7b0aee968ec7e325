// A page whose code is loaded when it is gone to.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Skeleton } from "./parts";

/** Shows what `load` brings. */
export function Later<P extends object>({ load, props }: { load: () => Promise<ComponentType<P>>; props: P }) {
  const [Page, setPage] = useState<ComponentType<P> | "failed" | null>(null);
  useEffect(() => {
    load().then(
      (loaded) => setPage(() => loaded),
      () => setPage("failed"),
    );
  }, [load]);
  if (Page === null) return <Skeleton rows={6} />;
  if (Page === "failed") {
    return (
      <Failed
        message="This page could not be loaded: the server can't be reached, or a newer one runs."
        onRetry={() => location.reload()}
      />
    );
  }
  return <Page {...props} />;
}
