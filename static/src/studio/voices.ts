// The providers whose voices a chain and a shadow can have.
import type { Link } from "./chain-check";

export type Provider = Link["provider"];

export const PROVIDERS: readonly Provider[] = ["openai", "openai-live", "gemini", "deepgram", "elevenlabs", "cascade"];
