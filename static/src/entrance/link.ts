// A link that was mailed, with a token.
import { useEffect, useState } from "preact/hooks";
import { handed } from "../app/handed";

/** Returns the token, null once it was used, and the stage of the page, which is `open` with each new token. `over` sets another stage when the token
 * was used. */
export function useLink<Stage>(open: Stage): { token: string | null; stage: Stage; over: (how: Stage) => void } {
  const token = handed.value;
  const [stage, setStage] = useState(open);
  useEffect(() => {
    if (token !== null) setStage(open);
  }, [token]);
  const over = (how: Stage) => {
    setStage(how);
    handed.value = null;
  };
  return { token, stage, over };
}
