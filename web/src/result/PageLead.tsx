import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AnalysisDocument, Schemas } from "../api/client";
import { problemOf } from "../api/problem";
import { leadAnswersQuery, wholeQuery } from "../api/signal";
import { text } from "../text";
import { chance, number } from "../text/format";
import { Badge } from "../ui/Chip";
import { Icon } from "../ui/Icon";
import { LeadStrip } from "./LeadStrip";

const words = text.page;

/** One lead: how well it was read, its trace, what the networks say of it alone, and what it measures. */
export function PageLead({ id, lead, document }: { id: string; lead: Schemas["PageLeadPart"]; document: AnalysisDocument }) {
  const [open, setOpen] = useState(false);
  return (
    <li className="border-t border-line @3xl:has-[[open]]:col-span-2">
      <details onToggle={(event) => setOpen(event.currentTarget.open)} className="group/lead">
        <summary className="flex min-h-11 list-none items-center gap-3 rounded-lg text-sm [&::-webkit-details-marker]:hidden">
          <span className="w-12 font-semibold">{lead.name}</span>
          <Badge tone={lead.confidence >= 0.8 ? "fine" : lead.confidence >= 0.5 ? "caution" : "alert"}>{words.confidence(`${Math.floor(100 * lead.confidence)} %`)}</Badge>
          {!lead.named && <span className="text-xs text-soft">{words.byPlace}</span>}
          <Icon name="down" size={15} className="no-print ml-auto text-soft transition-transform group-open/lead:rotate-180" />
        </summary>
        {open && <Opened id={id} lead={lead} document={document} />}
      </details>
    </li>
  );
}

function Opened({ id, lead, document }: { id: string; lead: Schemas["PageLeadPart"]; document: AnalysisDocument }) {
  const { fs, n_samples, leads } = document.recording;
  const trace = useQuery(wholeQuery(id, fs, n_samples));
  const values = trace.data?.[leads.indexOf(lead.name)];
  const measured = (document.measurements?.leads[lead.name] ?? []).filter((each) => each.value !== null);
  return (
    <div className="grid grid-cols-1 items-start gap-x-8 gap-y-3 pb-5 text-sm @3xl:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-3">
        {lead.remark && <p className="text-soft first-letter:uppercase">{lead.remark}</p>}
        {values && <LeadStrip name={lead.name} values={values} fs={fs} />}
        {!!measured.length && (
          <dl className="numbers grid grid-cols-[1fr_auto] gap-x-4 gap-y-0.5 text-soft">
            {measured.map((each) => (
              <div key={each.code} className="contents"><dt>{each.label}</dt><dd className="text-right text-ink">{number(each.value, each.unit === "mV" ? 2 : 0)} {each.unit}</dd></div>
            ))}
          </dl>
        )}
      </div>
      <Answers id={id} name={lead.name} />
    </div>
  );
}

/** Probabilities from this lead alone; they compare leads with each other and decide nothing. */
function Answers({ id, name }: { id: string; name: string }) {
  const { data, error, isPending } = useQuery(leadAnswersQuery(id));
  if (isPending) return <p role="status" className="waiting text-xs text-soft">{text.viewer.evidence.loading}</p>;
  if (error) return <p role="alert" className="text-xs text-alert">{problemOf(error).detail}</p>;
  const answer = data.leads.find((each) => each.name === name);
  if (!answer) return null;
  if (!answer.findings.length) return answer.remark ? <p className="text-xs text-soft">{answer.remark}</p> : null;
  return (
    <div>
      <h4 className="mb-1 font-medium">{words.alone}</h4>
      <ul className="flex flex-col gap-1">
        {answer.findings.map((finding) => (
          <li key={finding.code} className="flex items-center gap-3">
            <span className="min-w-0 flex-1 leading-tight text-soft">{finding.label}</span>
            <svg viewBox="0 0 100 6" preserveAspectRatio="none" className="h-1.5 w-24 shrink-0" aria-hidden="true">
              <rect width="100" height="6" rx="2" className="fill-sunk" />
              <rect width={Math.max(1, finding.probability * 100)} height="6" rx="2" className="fill-accent" />
            </svg>
            <span className="numbers w-12 shrink-0 text-right">{chance(finding.probability)}</span>
          </li>
        ))}
      </ul>
      <p className="mt-1 text-xs text-soft">{words.aloneHint}</p>
    </div>
  );
}
