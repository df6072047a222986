import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link } from "wouter";
import { api, unwrap, type AnalysisView } from "../api/client";
import { problemOf } from "../api/problem";
import { useMayChange } from "../app/useMayChange";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Message } from "../ui/States";
import { Readings } from "./ReadAgain";
import { optionsOf, writtenIn, type Fault, type Options } from "./stated";
import { StatedFields } from "./StatedFields";

const words = text.start.missing;

/** Kinds of problems that reading the same again cannot change. */
const STAYS = new Set(["unreadable", "page", "signal"]);

function useRetry(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (options: Options | null) =>
      unwrap(api.POST("/v1/analyses/{analysis_id}/retry", { params: { path: { analysis_id: id } }, ...(options && { body: options }) })),
    onSuccess: (analysis) => queries.setQueryData(["analysis", id], analysis),
  });
}

/** An analysis that gave no result: what to do next. */
export function Ended({ analysis }: { analysis: AnalysisView }) {
  const retry = useRetry(analysis.id);
  const mayChange = useMayChange();
  if (mayChange && analysis.problem?.kind === "missing-information") return <Missing analysis={analysis} />;
  const cancelled = analysis.status === "cancelled";
  return (
    <div role="alert" className="m-auto">
      <Readings analysis={analysis} />
      <Message
        icon={cancelled ? "stop" : "warning"}
        title={cancelled ? text.analysis.cancelled.title : (analysis.problem?.title ?? text.analysis.failed)}
        action={
          <div className="flex flex-wrap justify-center gap-3">
            <Link href="/" className="inline-flex h-10 items-center rounded-xl bg-accent px-4 text-sm font-semibold text-accent-ink hover:opacity-90">{mayChange ? text.analysis.another : text.analysis.back}</Link>
            {mayChange && !STAYS.has(analysis.problem?.kind ?? "") && <Button icon="retry" onClick={() => retry.mutate(null)} disabled={retry.isPending}>{text.analysis.retry}</Button>}
          </div>
        }
      >
        <p>{cancelled ? text.analysis.cancelled.body : analysis.problem?.detail}</p>
        <p className="mt-3 text-sm">{analysis.files.map((file) => file.name).join(", ")}</p>
        {!cancelled && analysis.kind === "page" && (
          <div className="mt-5 rounded-xl bg-sunk p-4 text-left text-sm">
            <p className="font-medium text-ink">{text.page.advice.title}</p>
            <ul className="mt-1 list-disc space-y-1 pl-5">{text.page.advice.points.map((point) => <li key={point}>{point}</li>)}</ul>
          </div>
        )}
        {retry.error && <p className="mt-3 text-sm text-alert">{problemOf(retry.error).detail}</p>}
      </Message>
    </div>
  );
}

/** Asks for what the file does not say; the files need not be sent again. */
function Missing({ analysis }: { analysis: AnalysisView }) {
  const retry = useRetry(analysis.id);
  const [fault, setFault] = useState<Fault>(null);
  const needed = analysis.problem?.missing ?? null;
  const send = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { options, fault: found } = optionsOf(writtenIn(new FormData(event.currentTarget)), needed);
    setFault(found);
    if (!found) retry.mutate(options);
  };
  const { fs, unit, leads } = analysis.options;
  return (
    <form onSubmit={send} className="panel m-auto flex w-[min(92vw,32rem)] flex-col gap-4 p-6 shadow-card" noValidate>
      <h1 className="text-xl font-semibold">{words.title}</h1>
      <p className="text-soft">{words.body}</p>
      <p className="rounded-xl bg-caution-wash px-3.5 py-2.5 text-sm text-caution">{analysis.problem?.detail}</p>
      <StatedFields needed={needed} fault={fault} fs={fs} unit={unit} leads={leads} />
      {retry.error && <p role="alert" className="text-sm text-alert">{problemOf(retry.error).detail}</p>}
      <Button type="submit" look="primary" disabled={retry.isPending}>{words.go}</Button>
    </form>
  );
}
