import { keepPreviousData, QueryClient, queryOptions, infiniteQueryOptions } from "@tanstack/react-query";
import { api, unwrap, type AnalysisView } from "./client";
import type { Letter } from "../viewer/engine/beats";
import { ApiError } from "./problem";

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // What the service refuses stays refused; only a lost connection is worth another try.
      retry: (failures, error) => !(error instanceof ApiError) && failures < 2,
      refetchOnWindowFocus: false,
    },
  },
});

export interface ListFilter {
  search: string;
  status: AnalysisView["status"][] | null;
  tag: string | null;
  beatsOf: Letter | null;
}

export const analysesQuery = (filter: ListFilter) =>
  infiniteQueryOptions({
    queryKey: ["analyses", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/analyses", {
          signal,
          params: {
            query: {
              limit: 25,
              ...(filter.search && { search: filter.search }),
              ...(filter.status && { status: filter.status }),
              ...(filter.tag && { tag: [filter.tag] }),
              ...(filter.beatsOf && { beats_of: [filter.beatsOf] }),
              ...(pageParam && { after: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.items.some(underWay)) ? 2000 : false,
  });

export function underWay(analysis: AnalysisView): boolean {
  return analysis.status === "waiting" || analysis.status === "running";
}

export const tagsQuery = queryOptions({
  queryKey: ["tags"],
  queryFn: ({ signal }) => unwrap(api.GET("/v1/analyses/tags", { signal })),
});

export const analysisQuery = (id: string) =>
  queryOptions({
    queryKey: ["analysis", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/analyses/{analysis_id}", { signal, params: { path: { analysis_id: id } } })),
    // Server-sent events tell of progress; this is for when they cannot.
    refetchInterval: (query) => (query.state.data && underWay(query.state.data) ? 4000 : false),
  });

/** The document without its lists of beats, which the viewer has in a form of its own. */
export const documentQuery = (id: string) =>
  queryOptions({
    queryKey: ["document", id],
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/analyses/{analysis_id}/document", {
          signal,
          params: { path: { analysis_id: id }, query: { beats: false } },
        }),
      ),
  });

export const aboutQuery = queryOptions({
  queryKey: ["about"],
  staleTime: 300_000,
  queryFn: ({ signal }) => unwrap(api.GET("/v1/about", { signal })),
});

export const samplesQuery = queryOptions({
  queryKey: ["samples"],
  staleTime: 300_000,
  queryFn: ({ signal }) => unwrap(api.GET("/v1/samples", { signal })),
});

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  staleTime: Infinity,
  queryFn: ({ signal }) => unwrap(api.GET("/v1/models", { signal })),
});

export const modelQuery = (name: string) =>
  queryOptions({
    queryKey: ["model", name],
    staleTime: Infinity,
    queryFn: ({ signal }) => unwrap(api.GET("/v1/models/{name}", { signal, params: { path: { name } } })),
  });
