// Words of the widget's button. All languages are in the script: before the click nothing is loaded.
import { language } from "../../../app/language";
import de from "./de";
import en, { type Words } from "./en";
import es from "./es";
import pt from "./pt";

const all: Record<typeof language, Words> = { en, de, es, pt };

export const w: Words = all[language];
