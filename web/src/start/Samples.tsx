import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, unwrap, type SampleEntry } from "../api/client";
import { problemOf } from "../api/problem";
import { samplesQuery } from "../api/queries";
import { requestKey } from "../api/upload";
import { text } from "../text";
import { length } from "../text/format";
import { Button } from "../ui/Button";
import { Badge, Chip } from "../ui/Chip";
import { Failure, Ghost } from "../ui/States";
import { LETTERS, type Letter } from "../viewer/engine/beats";
import { SampleTrace } from "./SampleTrace";

const words = text.start;

const FIRST = 5;

/** The gallery: one click shows a finished reading. */
export function Samples() {
  const { data, error, refetch } = useQuery(samplesQuery);
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [all, setAll] = useState(false);
  const shown = all ? data?.items : data?.items.slice(0, FIRST);
  const open = useMutation({
    mutationFn: (sample: SampleEntry) =>
      unwrap(
        api.POST("/v1/samples/{sample_id}/analyses", {
          params: { path: { sample_id: sample.id }, query: { wait: 3 }, header: { "Idempotency-Key": requestKey() } },
        }),
      ),
    onSuccess: (analysis) => {
      queries.setQueryData(["analysis", analysis.id], analysis);
      void queries.invalidateQueries({ queryKey: ["analyses"] });
      go(`/analysis/${analysis.id}`);
    },
  });
  return (
    <section aria-labelledby="samples" className="flex flex-col gap-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 id="samples" className="text-xl font-semibold">{words.samples}</h2>
        <p className="text-sm text-soft">{words.samplesHint}</p>
        {!!data && data.items.length > FIRST && (
          <Button small look="quiet" aria-expanded={all} onClick={() => setAll(!all)} className="-my-2 ml-auto">
            {all ? words.samplesFewer : words.samplesAll(data.items.length)}
          </Button>
        )}
      </div>
      {open.error && <p role="alert" className="rounded-xl bg-alert-wash px-4 py-2 text-sm text-alert">{problemOf(open.error).detail}</p>}
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : (
        <ul className="-mx-4 flex snap-x scroll-px-4 gap-3 overflow-x-auto px-4 pb-3 sm:mx-0 sm:grid sm:grid-cols-3 lg:grid-cols-5 sm:overflow-visible sm:px-0">
          {shown
            ? shown.map((sample) => (
                <li key={sample.id} className="w-60 shrink-0 snap-start sm:w-auto">
                  <Card
                    sample={sample} busy={open.isPending && open.variables.id === sample.id} disabled={open.isPending}
                    onOpen={() => open.mutate(sample)}
                  />
                </li>
              ))
            : Array.from({ length: FIRST }, (_, i) => <li key={i} className="w-60 shrink-0 sm:w-auto"><Ghost className="h-40" /></li>)}
        </ul>
      )}
    </section>
  );
}

function Card({ sample, busy, disabled, onOpen }: { sample: SampleEntry; busy: boolean; disabled: boolean; onOpen: () => void }) {
  const letter = LETTERS.find((each) => each === sample.shows) as Letter | undefined;
  return (
    <button
      type="button" onClick={onOpen} disabled={disabled} aria-busy={busy}
      className="panel group flex h-full w-full flex-col overflow-hidden text-left transition-[border-color,box-shadow] hover:border-accent hover:shadow-card disabled:opacity-60 aria-busy:opacity-100"
    >
      <span className={`ecg-paper block h-19 w-full overflow-hidden border-b border-line ${busy ? "waiting" : ""}`}>
        <SampleTrace shows={sample.shows ?? ""} leads={sample.leads.length} seed={sample.id} />
      </span>
      <span className="flex flex-1 flex-col gap-1 p-3">
        <span className="flex items-start gap-2 font-semibold">
          {letter && <Chip letter={letter} />}
          <span className="leading-snug">{sample.title}</span>
        </span>
        <span className="text-sm leading-snug text-soft">{sample.description}</span>
        <span className="mt-auto flex flex-wrap items-center gap-x-2 pt-1 text-xs text-soft">
          {busy ? <Badge tone="accent">{sample.available ? words.reading : words.fetching}</Badge> : (
            <>
              <span className="numbers">{length(sample.duration_s)}</span>
              <span aria-hidden="true">·</span>
              <span>{words.sampleKinds[sample.origin]}</span>
              {!sample.available && <span>· {words.fetched}</span>}
            </>
          )}
        </span>
      </span>
    </button>
  );
}
