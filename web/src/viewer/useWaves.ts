import { useEffect } from "react";
import type { Engine } from "./engine/engine";
import type { Wave } from "./engine/model";

export type WaveLoader = (start: number, end: number, signal: AbortSignal) => Promise<Wave[]>;

const LONGEST_S = 40;
const REST_MS = 180;

/** Fetch P, QRS and T of what is in sight once the paper rests. */
export function useWaves(engine: Engine | null, load: WaveLoader): void {
  useEffect(() => {
    if (!engine) return;
    let timer = 0;
    let known: [number, number] | null = null;
    let controller = new AbortController();
    const look = (): void => {
      const { start, sheet } = engine;
      if (!engine.settings.waves || sheet.seconds > LONGEST_S) return;
      const end = start + sheet.seconds;
      if (known && known[0] <= start && end <= known[1]) return;
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        controller.abort();
        controller = new AbortController();
        const [from, to] = [Math.max(0, start - 2), end + 2];
        load(from, to, controller.signal).then(
          (waves) => {
            known = [from, to];
            engine.set({ waves });
          },
          () => {
            // The marks are missing until the paper rests again; the trace does not wait for them.
            known = null;
          },
        );
      }, REST_MS);
    };
    const stop = engine.listen({ onView: look, onTrouble: () => undefined });
    return () => {
      stop();
      window.clearTimeout(timer);
      controller.abort();
    };
  }, [engine, load]);
}
