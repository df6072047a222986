import createClient from "openapi-fetch";
import { ApiError } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type AnalysisView = Schemas["AnalysisView"];
export type AnalysisDocument = Schemas["AnalysisDocument"];
export type Summary = Schemas["Summary"];
export type FindingPart = Schemas["FindingPart"];
export type SampleEntry = Schemas["SampleEntry"];
export type ModelView = Schemas["ModelView"];
export type Card = Schemas["Card"];

export const api = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The body of a good answer; any other answer is thrown as an `ApiError`. */
export async function unwrap<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await asked;
  if (!response.ok) throw new ApiError(response.status, error);
  return data as Data;
}

/** Fetch something that is not JSON, with the same errors. */
export async function fetchRaw(address: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(address, { signal, credentials: "same-origin" });
  if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => null));
  return response;
}
