import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./client";

/** Pictures of a digitised page: `original`, `overlay`, then `stage_…` in order. */
export const picturesQuery = (id: string) =>
  queryOptions({
    queryKey: ["pictures", id],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const list = await unwrap(
        api.GET("/v1/analyses/{analysis_id}/pictures", { signal, params: { path: { analysis_id: id } } }),
      );
      return list.names;
    },
  });

export function pictureAddress(id: string, name: string): string {
  return `/v1/analyses/${id}/pictures/${name}`;
}
