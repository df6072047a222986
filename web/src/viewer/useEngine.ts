import { useCallback, useSyncExternalStore } from "react";
import type { Engine } from "./engine/engine";

/** A value of the engine that renders a component again only when it changes: pick what changes rarely. */
export function useEngine<Value extends string | number | boolean | null>(
  engine: Engine,
  pick: (engine: Engine) => Value,
): Value {
  const subscribe = useCallback(
    (changed: () => void) => engine.listen({ onView: changed, onTrouble: changed }),
    [engine],
  );
  return useSyncExternalStore(subscribe, () => pick(engine));
}
