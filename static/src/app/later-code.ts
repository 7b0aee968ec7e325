// Code that is loaded when it is needed, and requested until it comes: a connection that breaks at the wrong moment doesn't disable the feature.
import { type ReadonlySignal, signal } from "@preact/signals";
import { pauseMs } from "../api/connection";

/** A module that `load` loads. */
export class LaterCode<T> {
  private readonly loaded = signal<T | null>(null);
  private readonly vain = signal(0);

  constructor(private readonly load: () => Promise<T>) {}

  /** The module; null until it is loaded. */
  get code(): ReadonlySignal<T | null> {
    return this.loaded;
  }

  /** How many attempts have failed. */
  get failed(): ReadonlySignal<number> {
    return this.vain;
  }

  /** Requests it until it is loaded or the returned function is called. */
  ask(): () => void {
    if (this.loaded.peek() !== null) return () => undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const end = () => {
      over = true;
      clearTimeout(timer);
      removeEventListener("online", attempt);
    };
    const attempt = () => {
      clearTimeout(timer);
      this.load().then(
        (loaded) => {
          end();
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
    return end;
  }
}
