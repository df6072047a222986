import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link } from "wouter";
import { api, unwrap, type AnalysisView, type Schemas } from "../api/client";
import { problemOf } from "../api/problem";
import { useMayChange } from "../app/useMayChange";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Message } from "../ui/States";

const words = text.start.missing;
type Statable = NonNullable<Schemas["AnalysisProblem"]["missing"]>;

function useRetry(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (options: Schemas["Options"] | null) =>
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
      <Message
        icon={cancelled ? "stop" : "warning"}
        title={cancelled ? text.analysis.cancelled.title : (analysis.problem?.title ?? text.analysis.failed)}
        action={
          <div className="flex flex-wrap justify-center gap-3">
            <Link href="/" className="inline-flex h-10 items-center rounded-xl bg-accent px-4 text-sm font-semibold text-accent-ink hover:opacity-90">{mayChange ? text.analysis.another : text.analysis.back}</Link>
            {mayChange && <Button icon="retry" onClick={() => retry.mutate(null)} disabled={retry.isPending}>{text.analysis.retry}</Button>}
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
  const [wrong, setWrong] = useState<Statable | null>(null);
  const needed = analysis.problem?.missing ?? null;
  const send = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const rate = String(form.get("fs") ?? "").trim().replace(",", ".");
    const leads = String(form.get("leads") ?? "").split(/[,;\s]+/).filter(Boolean);
    const unit = String(form.get("unit") ?? "");
    const empty = needed && { fs: !rate, unit: !unit, leads: !leads.length }[needed];
    const fault = rate && !(Number(rate) > 0) ? "fs" : empty ? needed : null;
    setWrong(fault);
    if (fault) return;
    retry.mutate({
      ...(rate && { fs: Number(rate) }),
      ...(unit && { unit: unit as NonNullable<Schemas["Options"]["unit"]> }),
      ...(leads.length && { leads }),
    });
  };
  const faulty = (of: Statable) => (wrong === of ? { "aria-invalid": true, "aria-describedby": `wrong-${of}` } : {});
  const field = "h-11 w-full rounded-xl border border-strong bg-surface px-3";
  return (
    <form onSubmit={send} className="panel m-auto flex w-[min(92vw,32rem)] flex-col gap-4 p-6 shadow-card" noValidate>
      <h1 className="text-xl font-semibold">{words.title}</h1>
      <p className="text-soft">{words.body}</p>
      <p className="rounded-xl bg-caution-wash px-3.5 py-2.5 text-sm text-caution">{analysis.problem?.detail}</p>
      <label className="flex flex-col gap-1.5 text-sm font-medium">
        <Asked name={words.fs} needed={needed === "fs"} />
        <input name="fs" inputMode="decimal" autoFocus={needed === "fs"} defaultValue={analysis.options.fs ?? ""} {...faulty("fs")} className={`numbers ${field}`} />
        {wrong === "fs" && <Fault of="fs" />}
      </label>
      <label className="flex flex-col gap-1.5 text-sm font-medium">
        <Asked name={words.unit} needed={needed === "unit"} />
        <select name="unit" autoFocus={needed === "unit"} defaultValue={analysis.options.unit ?? ""} {...faulty("unit")} className={field}>
          <option value="">{needed === "unit" ? words.unitChoose : words.unitNone}</option>
          {Object.entries(words.units).map(([unit, name]) => <option key={unit} value={unit}>{name}</option>)}
        </select>
        {wrong === "unit" && <Fault of="unit" />}
      </label>
      <label className="flex flex-col gap-1.5 text-sm font-medium">
        <Asked name={words.leads} needed={needed === "leads"} />
        <input name="leads" autoFocus={needed === "leads"} placeholder="II, V1" defaultValue={analysis.options.leads?.join(", ") ?? ""} {...faulty("leads")} className={`${field} placeholder:text-soft`} />
        {wrong === "leads" && <Fault of="leads" />}
      </label>
      {retry.error && <p role="alert" className="text-sm text-alert">{problemOf(retry.error).detail}</p>}
      <Button type="submit" look="primary" disabled={retry.isPending}>{words.go}</Button>
    </form>
  );
}

function Asked({ name, needed }: { name: string; needed: boolean }) {
  return (
    <span>
      {name}
      {needed && <span className="font-normal text-caution"> · {words.needed}</span>}
    </span>
  );
}

function Fault({ of }: { of: Statable }) {
  return <span id={`wrong-${of}`} role="alert" className="text-alert">{words.wrong[of]}</span>;
}
