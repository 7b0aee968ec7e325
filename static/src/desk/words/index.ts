// Words of the desk: of its frame on every page, and of its page before there is a call.
import { catalogue } from "../../app/language";
import type { Words } from "./en";

export const w = await catalogue<Words>({
  en: () => import("./en"),
  de: () => import("./de"),
  es: () => import("./es"),
  pt: () => import("./pt"),
});
