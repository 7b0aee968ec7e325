// Words that the pages about the house share.
import { catalogue } from "../../app/language";
import type { Words } from "./en";

export const h = await catalogue<Words>({
  en: () => import("./en"),
  de: () => import("./de"),
  es: () => import("./es"),
  pt: () => import("./pt"),
});
