// Code that is loaded once it is needed, and asked for until it comes: a line that breaks at the wrong moment costs nobody what
// it does.
import { type ReadonlySignal, signal } from "@preact/signals";
import { pauseMs } from "../api/connection";

/** A module that is loaded by `load`. */
export class LaterCode<T> {
  private readonly loaded = signal<T | null>(null);
  private readonly vain = signal(0);

  constructor(private readonly load: () => Promise<T>) {}

  /** The module; null before it is there. */
  get code(): ReadonlySignal<T | null> {
    return this.loaded;
  }

  /** How often it was asked for in vain. */
  get failed(): ReadonlySignal<number> {
    return this.vain;
  }

  /** Asks for it until it comes or the returned function is called. */
  ask(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const attempt = () => {
      clearTimeout(timer);
      if (this.loaded.peek() !== null) return;
      this.load().then(
        (loaded) => {
          this.loaded.value = loaded;
        },
        () => {
          if (over) return;
          this.vain.value += 1;
          timer = setTimeout(attempt, pauseMs(this.vain.value));
        },
      );
    };
    addEventListener("online", attempt);
    attempt();
    return () => {
      over = true;
      clearTimeout(timer);
      removeEventListener("online", attempt);
    };
  }
}
