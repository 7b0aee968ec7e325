// Problems that mean a field which the server doesn't name.
import { type Fault, Problem } from "../../api/client";

/** Throws a problem again. If its code is one of these, it is a fault of the field that it means. */
export function throwAt(problem: unknown, meant: Record<string, Fault>): never {
  const fault = problem instanceof Problem ? meant[problem.code] : undefined;
  throw problem instanceof Problem && fault ? new Problem(problem.status, problem.message, null, "", [fault]) : problem;
}
