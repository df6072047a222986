import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { aboutQuery } from "../api/queries";

function subscribe(changed: () => void): () => void {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}

/** Whether the service answers, as far as is known. */
export function useOnline(): boolean {
  const network = useSyncExternalStore(subscribe, () => navigator.onLine);
  const { fetchStatus, error } = useQuery({
    ...aboutQuery,
    refetchInterval: (query) => (query.state.error instanceof TypeError ? 5000 : 30_000),
  });
  return network && !(error instanceof TypeError) && fetchStatus !== "paused";
}
