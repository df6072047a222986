import { queryOptions } from "@tanstack/react-query";
import { decodeBeats, type Beats } from "../viewer/engine/beats";
import type { Loader } from "../viewer/engine/cache";
import { decode, reduce, toTile, type Window } from "../viewer/engine/decode";
import { BANDS, filter, SETTLE_S } from "../viewer/engine/filters";
import { LAYOUTS, rhythmLead } from "../viewer/engine/layout";
import type { Evidence, Signal, Wave } from "../viewer/engine/model";
import { TILE_BINS } from "../viewer/engine/tiles";
import { api, fetchRaw, unwrap, type AnalysisDocument } from "./client";

/** Filters need the samples themselves; above this level a screen would need too many. */
export const FILTER_UP_TO_LEVEL = 4;
const WIDEST = 8192;

/** Seconds such that the service, which rounds outwards, takes exactly these samples. */
function stretch(begin: number, end: number, fs: number): string {
  return `start=${Math.max(0, begin + 0.25) / fs}&end=${(end - 0.25) / fs}`;
}

/** Samples `begin` to `end` in `width` columns, or as they are where there are at most two a column. */
export async function fetchWindow(
  id: string, fs: number, begin: number, end: number, width: number, signal: AbortSignal,
): Promise<Window> {
  const response = await fetchRaw(`/v1/analyses/${id}/signals?${stretch(begin, end, fs)}&width=${width}`, signal);
  return decode(await response.arrayBuffer());
}

/** Loads tiles of one analysis. */
export function tileLoader(id: string, info: Pick<Signal, "fs" | "samples" | "leads">): Loader {
  const { fs, samples, leads } = info;
  return async (level, index, name, signal) => {
    const factor = 2 ** level;
    const begin = index * TILE_BINS * factor;
    const end = Math.min(samples, begin + TILE_BINS * factor);
    const band = BANDS[name];
    if (!band || level > FILTER_UP_TO_LEVEL) {
      return toTile(await fetchWindow(id, fs, begin, end, Math.max(1, Math.ceil((end - begin) / factor)), signal), level, index);
    }
    const settle = Math.ceil(SETTLE_S * fs);
    const [from, to] = [Math.max(0, begin - settle), Math.min(samples, end + settle)];
    const rows = leads.map(() => new Float32Array(to - from));
    // The service sends samples, not extremes, where there are at most two a column.
    for (let at = from; at < to; at += 2 * WIDEST) {
      const window = await fetchWindow(id, fs, at, Math.min(to, at + 2 * WIDEST), WIDEST, signal);
      window.low.forEach((row, lead) => rows[lead]!.set(row, at - from));
    }
    const kept = rows.map((row) => filter(row, fs, band).slice(begin - from, end - from));
    const pairs = kept.map((row) => (level === 0 ? ([row, row] as const) : reduce(row, factor)));
    return {
      level, index,
      bins: pairs[0]?.[0].length ?? 0,
      low: pairs.map(([low]) => low),
      high: pairs.map(([, high]) => high),
    };
  };
}

export const signalQuery = (id: string) =>
  queryOptions({
    queryKey: ["signal", id],
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/analyses/{analysis_id}/signals/info", { signal, params: { path: { analysis_id: id } } })),
  });

/** All beats with corrections applied, a day's too, in one answer. */
export const beatsQuery = (id: string) =>
  queryOptions({
    queryKey: ["beats", id],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<Beats> => {
      const response = await fetchRaw(`/v1/analyses/${id}/beats/all`, signal);
      return decodeBeats(await response.arrayBuffer());
    },
  });

/** Every sample of a short recording, lead by lead. */
export const wholeQuery = (id: string, fs: number, samples: number) =>
  queryOptions({
    queryKey: ["whole", id],
    staleTime: Infinity,
    queryFn: async ({ signal }) =>
      (await fetchWindow(id, fs, 0, samples, Math.min(WIDEST, Math.max(1, Math.ceil(samples / 2))), signal)).low,
  });

/** What the networks say of each lead alone. */
export const leadAnswersQuery = (id: string) =>
  queryOptions({
    queryKey: ["lead-answers", id],
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/analyses/{analysis_id}/lead-answers", { signal, params: { path: { analysis_id: id } } })),
  });

/** What is drawn, from the document and the facts of its signals. */
export function signalOf(document: AnalysisDocument): Signal {
  const { fs, leads, n_samples, duration_s, start } = document.recording;
  return {
    fs, leads,
    samples: n_samples,
    duration: duration_s,
    // The wall clock of the place of recording, whatever the time zone of the reader.
    began: start ? Date.parse(/[Z+]|-\d\d:\d\d$/.test(start) ? start.replace(/(Z|[+-]\d\d:?\d\d)$/, "Z") : `${start}Z`) : null,
    deepest: 24,
    rhythm: rhythmLead(leads, document.quality.map((lead) => lead.missing_fraction ?? 0)),
    page: LAYOUTS.find((layout) => layout === document.page?.layout) ?? null,
  };
}

const KINDS = [["P", "p"], ["QRS", "qrs"], ["T", "t"]] as const;

/** P, QRS and T of a stretch: from the first lead that has them, beat by beat. */
export async function fetchWaves(id: string, fs: number, start: number, end: number, signal: AbortSignal): Promise<Wave[]> {
  const found = await unwrap(
    api.GET("/v1/analyses/{analysis_id}/waves", { signal, params: { path: { analysis_id: id }, query: { start, end } } }),
  );
  const leads = Object.values(found.leads);
  const waves: Wave[] = [];
  found.beats.forEach((_, beat) => {
    for (const [kind, short] of KINDS) {
      const lead = leads.find((points) => points[`${short}_onset`][beat] != null && points[`${short}_offset`][beat] != null);
      if (!lead) continue;
      waves.push({ kind, onset: lead[`${short}_onset`][beat]! / fs, end: lead[`${short}_offset`][beat]! / fs });
    }
  });
  return waves;
}

/** Where the network of a finding looked. */
export const evidenceQuery = (id: string, code: string, info: Signal) =>
  queryOptions({
    queryKey: ["evidence", id, code],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<Evidence> => {
      const columns = Math.min(WIDEST, Math.max(1, Math.ceil(info.duration / 0.02)));
      const response = await fetchRaw(`/v1/analyses/${id}/evidence/${encodeURIComponent(code)}?width=${columns}`, signal);
      const window = decode(await response.arrayBuffer());
      return { start: 0, step: info.duration / window.columns, weights: window.high };
    },
  });
