import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./client";

/** Reports that the service can write of a finished analysis. */
export const exportsQuery = (id: string) =>
  queryOptions({
    queryKey: ["exports", id],
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/analyses/{analysis_id}/exports", { signal, params: { path: { analysis_id: id } } })),
  });

export function exportAddress(id: string, format: string): string {
  return `/v1/analyses/${id}/exports/${format}`;
}
