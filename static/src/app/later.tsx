// A page whose code is loaded when a user goes to it.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Skeleton } from "./parts";
import { w } from "./words";

/** Shows the component that `load` returns. */
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
        message={w.failure.notLoaded}
        onRetry={() => location.reload()}
      />
    );
  }
  return <Page {...props} />;
}
