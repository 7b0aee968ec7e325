// Words of trying a tool.
import { catalogue } from "../../../app/language";
import type { Words } from "./en";

export const t = await catalogue<Words>({
  en: () => import("./en"),
  de: () => import("./de"),
  es: () => import("./es"),
  pt: () => import("./pt"),
});
