import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { AnalysisDocument, AnalysisView } from "../api/client";
import { modelQuery } from "../api/queries";
import { beatsQuery, evidenceQuery, fetchWaves, signalOf, tileLoader } from "../api/signal";
import { ReviewPanel } from "../review/ReviewPanel";
import { useReview } from "../review/useReview";
import { text } from "../text";
import { Failure } from "../ui/States";
import { Tabs } from "../ui/Tabs";
import { NO_BEATS } from "../viewer/engine/beats";
import type { Engine } from "../viewer/engine/engine";
import type { Stretch } from "../viewer/engine/model";
import { Viewer } from "../viewer/Viewer";
import { EvidenceLegend } from "./EvidenceLegend";
import { PageView } from "./PageView";
import { Panel } from "./Panel";

type Mode = "result" | "review" | "page";

/** On a phone, where the panel stands below: a reviewer must see the trace and the classes to choose from at once. */
const HEIGHTS: Record<Mode, string> = { result: "h-[72dvh] min-h-[420px]", review: "h-[46dvh] min-h-[380px]", page: "min-h-[420px] print:h-auto" };

/** The trace and what was read in it, side by side. */
export function Reading({ analysis, document }: { analysis: AnalysisView; document: AnalysisDocument }) {
  const { id } = analysis;
  // A review changes the document but none of this: the viewer must stay where the reviewer is.
  const signal = useMemo(() => signalOf(document), [document.recording, document.quality, document.page]);
  const loader = useMemo(() => tileLoader(id, signal), [id, signal]);
  const loadWaves = useCallback(
    (start: number, end: number, abort: AbortSignal) => fetchWaves(id, signal.fs, start, Math.min(end, signal.duration), abort),
    [id, signal],
  );
  const stretches = useMemo(() => stretchesOf(document), [document.quality]);
  const beats = useQuery(beatsQuery(id));
  const names = [document.model, ...(document.further_models ?? [])].map((model) => model.name);
  const cards = useQueries({
    queries: names.map((name) => modelQuery(name)),
    combine: (found) => found.flatMap(({ data }) => (data ? [data.card] : [])),
  });
  const [engine, setEngine] = useState<Engine | null>(null);
  const [mode, setMode] = useState<Mode>("result");
  const [why, setWhy] = useState<string | null>(null);
  const [strength, setStrength] = useState(1);
  const evidence = useQuery({ ...evidenceQuery(id, why ?? "", signal), enabled: why !== null });
  const trace = useRef<HTMLDivElement>(null);
  const review = useReview(id, signal.fs, beats.data ?? NO_BEATS);

  const toTrace = useCallback(() => {
    const box = trace.current?.getBoundingClientRect();
    if (box && (box.top < 0 || box.top > innerHeight * 0.6)) trace.current?.scrollIntoView({ block: "start" });
  }, []);
  useEffect(() => {
    if (!why || !engine || !evidence.data) return;
    engine.revealEvidence(evidence.data);
    toTrace();
  }, [why, engine, evidence.data, toTrace]);
  const jump = useCallback(
    (time: number, beat?: number) => {
      if (!engine) return;
      if (beat !== undefined) engine.selected = beat;
      engine.reveal(time);
      toTrace();
    },
    [engine, toTrace],
  );
  const press = useCallback(
    (event: KeyboardEvent, made: Engine) => mode === "review" && review.press(event, made),
    [mode, review],
  );
  const modes: { value: Mode; label: string }[] = [
    { value: "result", label: text.analysis.tabs.result },
    { value: "review", label: text.analysis.tabs.review },
    ...(analysis.kind === "page" ? [{ value: "page" as const, label: text.analysis.tabs.page }] : []),
  ];
  const finding = document.findings.find((each) => each.code === why);
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] gap-3 px-2 pb-3 sm:px-4 lg:h-[calc(100dvh-7.6rem)] lg:flex-none lg:grid-cols-[minmax(0,1fr)_24rem] wall:grid-cols-[minmax(0,1fr)_28rem] wall:px-8 print:block print:h-auto print:px-0">
      <div ref={trace} className={`@container flex scroll-mt-16 flex-col lg:h-auto lg:min-h-0 print:h-auto print:min-h-0 ${HEIGHTS[mode]}`}>
        {mode === "page" ? (
          <PageView id={id} document={document} />
        ) : (
          <Viewer
            signal={signal} loader={loader} loadWaves={loadWaves}
            beats={beats.data ?? NO_BEATS} stretches={stretches}
            evidence={why ? (evidence.data ?? null) : null} evidenceStrength={strength}
            onEngine={setEngine} onKey={press} reviewing={mode === "review"}
            legend={
              why && finding && evidence.data ? (
                <EvidenceLegend finding={finding} strength={strength} onStrength={setStrength} onClose={() => setWhy(null)} />
              ) : null
            }
          />
        )}
      </div>
      <aside className="panel flex min-h-0 flex-col shadow-card print:mt-4 print:![break-inside:auto]">
        <Tabs label={text.result.label} value={mode} options={modes} onChange={setMode} />
        <div role="tabpanel" aria-label={modes.find((each) => each.value === mode)?.label} tabIndex={0} className="min-h-0 flex-1 overflow-y-auto px-4 pb-6">
          {beats.error && <Failure error={beats.error} onRetry={() => void beats.refetch()} />}
          {mode === "review" ? (
            <ReviewPanel id={id} review={review} engine={engine} began={signal.began} />
          ) : (
            <Panel
              analysis={analysis} document={document} signal={signal} beats={beats.data ?? NO_BEATS} cards={cards}
              why={why} onWhy={setWhy} onJump={jump}
            />
          )}
        </div>
      </aside>
    </div>
  );
}

function stretchesOf(document: AnalysisDocument): Stretch[] {
  return document.quality.flatMap((lead, index) =>
    lead.stretches.map(({ onset_s, duration_s, reason }) => ({ lead: index, start: onset_s, end: onset_s + duration_s, reason })),
  );
}
