import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, unwrap, type AnalysisView } from "../api/client";
import { useMayChange } from "../app/useMayChange";
import { text } from "../text";
import { Button } from "../ui/Button";

const words = text.analysis;
type Progress = Pick<AnalysisView, "stage" | "progress" | "status">;

/** An analysis under way, as the service tells of it. */
export function Follow({ analysis }: { analysis: AnalysisView }) {
  const queries = useQueryClient();
  const [now, setNow] = useState<Progress>(analysis);
  useEffect(() => {
    const events = new EventSource(`/v1/analyses/${analysis.id}/events`);
    events.addEventListener("progress", (event: MessageEvent<string>) => setNow(JSON.parse(event.data) as Progress));
    events.addEventListener("end", () => {
      events.close();
      void queries.invalidateQueries({ queryKey: ["analysis", analysis.id] });
      void queries.invalidateQueries({ queryKey: ["analyses"] });
    });
    return () => events.close();
  }, [analysis.id, queries]);
  const mayChange = useMayChange();
  const cancel = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/analyses/{analysis_id}/cancel", { params: { path: { analysis_id: analysis.id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["analysis", analysis.id] }),
  });
  return (
    <div role="status" className="m-auto flex w-full max-w-lg flex-col items-center gap-5 p-6 text-center">
      <div className="ecg-paper w-full overflow-hidden rounded-2xl border border-line py-6 shadow-card">
        <svg viewBox="0 0 480 90" className="waiting w-full" fill="none" stroke="var(--paper-ink)" strokeWidth="1.7" strokeLinejoin="round" aria-hidden="true">
          <path d="M0 60h60c6 0 8-9 13-9s7 9 13 9h12l4 6 8-58 9 72 5-20h15c11 0 14-15 23-15s11 15 19 15h44c6 0 8-9 13-9s7 9 13 9h12l4 6 8-58 9 72 5-20h15c11 0 14-15 23-15s11 15 19 15h150" />
        </svg>
      </div>
      <h1 className="text-xl font-semibold">{words.working}</h1>
      <p className="text-soft">{words.workingBody}</p>
      <div className="w-full max-w-sm">
        <div role="progressbar" aria-label={words.working} aria-valuenow={Math.round(now.progress * 100)} aria-valuemin={0} aria-valuemax={100} className="h-1.5 overflow-hidden rounded-full bg-sunk">
          <div className="h-full origin-left rounded-full bg-accent transition-transform duration-500" style={{ transform: `scaleX(${Math.max(0.03, now.progress)})` }} />
        </div>
        <p className="mt-2 text-sm text-soft">{now.status === "waiting" ? text.state.waiting : now.stage}</p>
      </div>
      {mayChange && <Button icon="stop" onClick={() => cancel.mutate()} disabled={cancel.isPending}>{words.cancel}</Button>}
    </div>
  );
}
