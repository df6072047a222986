import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link, useLocation } from "wouter";
import { api, unwrap, type AnalysisView } from "../api/client";
import { problemOf } from "../api/problem";
import { analysisQuery } from "../api/queries";
import { useMayChange } from "../app/useMayChange";
import { text } from "../text";
import { number } from "../text/format";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { likelyUnit, optionsOf, writtenIn, type Fault, type Options } from "./stated";
import { StatedFields } from "./StatedFields";

const words = text.result.again;

/** A button that asks how the files are to be read instead, and reads them so: pages and readers have none. */
export function ReadAgain({ analysis }: { analysis: AnalysisView }) {
  const [asking, setAsking] = useState(false);
  const mayChange = useMayChange();
  const { summary, options } = analysis;
  if (!mayChange || analysis.kind === "page" || !summary) return null;
  const likely = likelyUnit(summary.height_ratio, options.unit);
  return (
    <>
      <Button small icon="retry" onClick={() => setAsking(true)}>{likely ? words.as(words.units[likely]!) : words.button}</Button>
      {asking && <Form analysis={analysis} likely={likely} onClose={() => setAsking(false)} />}
    </>
  );
}

function Form({ analysis, likely, onClose }: { analysis: AnalysisView; likely: string; onClose: () => void }) {
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [fault, setFault] = useState<Fault>(null);
  const [nothing, setNothing] = useState(false);
  const read = useMutation({
    mutationFn: (options: Options) =>
      unwrap(api.POST("/v1/analyses/{analysis_id}/reread", { params: { path: { analysis_id: analysis.id }, query: { wait: 1 } }, body: options })),
    onSuccess: (made) => {
      queries.setQueryData(["analysis", made.id], made);
      void queries.invalidateQueries({ queryKey: ["analysis", analysis.id] });
      void queries.invalidateQueries({ queryKey: ["analyses"] });
      go(`/analysis/${made.id}`);
    },
  });
  const send = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { options, fault: found } = optionsOf(writtenIn(new FormData(event.currentTarget)), null);
    setFault(found);
    setNothing(!found && !Object.keys(options).length);
    if (!found && Object.keys(options).length) read.mutate(options);
  };
  const { fs, leads } = analysis.summary!;
  return (
    <Dialog wide label={words.title} onClose={onClose}>
      <form onSubmit={send} className="flex flex-col gap-4" noValidate>
        <h2 className="text-xl font-semibold">{words.title}</h2>
        <p className="text-sm text-soft">{words.body}</p>
        <StatedFields needed={null} fault={fault} unit={likely} soFar={{ fs: words.soFar(number(fs)), leads: words.soFar(leads.slice(0, 4).join(", ") + (leads.length > 4 ? " …" : "")) }} />
        {nothing && <p role="alert" className="text-sm text-alert">{words.nothing}</p>}
        {read.error && <p role="alert" className="text-sm text-alert">{problemOf(read.error).detail}</p>}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text.app.cancel}</Button>
          <Button type="submit" look="primary" disabled={read.isPending}>{words.go}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Says that the same files were read before or since, by which settings, and leads there. */
export function Readings({ analysis }: { analysis: AnalysisView }) {
  const { reread_of: before, reread_as: since } = analysis;
  const newer = useQuery({ ...analysisQuery(since ?? ""), enabled: !!since }).data;
  if (!before && !since) return null;
  return (
    <section aria-label={words.readings} className="mb-3 flex flex-col gap-1 rounded-xl bg-accent-wash p-3.5 text-sm">
      {since && (
        <p>
          {words.since(newer ? settingsOf(newer.options) : "")} <Way to={since}>{words.openNewer}</Way>
        </p>
      )}
      {before && (
        <p>
          {words.before(settingsOf(analysis.options))} <Way to={before}>{words.openFirst}</Way>
        </p>
      )}
    </section>
  );
}

function Way({ to, children }: { to: string; children: string }) {
  return <Link href={`/analysis/${to}`} className="font-semibold whitespace-nowrap text-accent underline underline-offset-2">{children}</Link>;
}

/** "in µV, at 360 Hz" */
function settingsOf({ fs, unit, leads }: AnalysisView["options"]): string {
  const said = [unit && words.inUnit(unit.replace("uV", "µV")), fs && words.atRate(number(fs, Number.isInteger(fs) ? 0 : 1)), leads?.length && words.asLeads(leads.join(", "))];
  return said.filter(Boolean).join(", ");
}
