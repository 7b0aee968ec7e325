// The studio's pages: all profiles, and one of them.
import { StudioList } from "./list";
import { StudioPage } from "./page";

/** The list, or the profile in the address. */
export default function StudioRoom({ id }: { id?: string }) {
  return id === undefined ? <StudioList /> : <StudioPage key={id} id={id} />;
}
