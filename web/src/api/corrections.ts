import { queryOptions } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "./client";

export type Correction = Schemas["CorrectionView"];
export type ReviewedFinding = Schemas["ReviewedFinding"];
export type NewCorrection = Pick<Schemas["BeatCorrection"], "action" | "sample" | "class">;

/** What people said about an analysis, and its findings with what they said of each. */
export const reviewQuery = (id: string) =>
  queryOptions({
    queryKey: ["review", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/analyses/{analysis_id}/corrections", { signal, params: { path: { analysis_id: id } } })),
  });

export function sendCorrection(id: string, correction: NewCorrection): Promise<Correction> {
  return unwrap(
    api.POST("/v1/analyses/{analysis_id}/corrections", {
      params: { path: { analysis_id: id } },
      body: { subject: "beat", note: "", reviewer: "", ...correction },
    }),
  );
}

export function decideFinding(id: string, code: string, decision: "present" | "absent"): Promise<Correction> {
  return unwrap(
    api.POST("/v1/analyses/{analysis_id}/corrections", {
      params: { path: { analysis_id: id } },
      body: { subject: "finding", code, decision, note: "", reviewer: "" },
    }),
  );
}

/** Undo the last correction that stands. */
export function undoCorrection(id: string): Promise<Correction> {
  return unwrap(api.POST("/v1/analyses/{analysis_id}/corrections/undo", { params: { path: { analysis_id: id } } }));
}

export const REVIEW_FORMATS = ["wfdb", "csv", "json"] as const;

export function reviewExportAddress(id: string, format: (typeof REVIEW_FORMATS)[number]): string {
  return `/v1/analyses/${id}/corrections/export/${format}`;
}
