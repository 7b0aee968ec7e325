// Words of the dialler's page.
import { catalogue } from "../../app/language";
import type { Words } from "./en";

export const d = await catalogue<Words>({
  en: () => import("./en"),
  de: () => import("./de"),
  es: () => import("./es"),
  pt: () => import("./pt"),
});
