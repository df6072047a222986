import { Link } from "wouter";
import type { AnalysisDocument, AnalysisView } from "../api/client";
import { text } from "../text";
import { moment, number, percent } from "../text/format";
import { Badge } from "../ui/Chip";
import { ReadAgain } from "./ReadAgain";
import { Section } from "./Section";

const words = text.result;

export function Quality({ document }: { document: AnalysisDocument }) {
  const bad = document.quality.filter((lead) => !lead.usable || lead.reasons.length);
  return (
    <Section title={words.quality} open={bad.length > 0}>
      <ul className="flex flex-col divide-y divide-line text-sm">
        {document.quality.map((lead) => (
          <li key={lead.lead} className="py-1.5">
            <p className="flex items-center gap-3">
              <span className="w-14 font-medium">{lead.lead}</span>
              <Badge tone={lead.usable ? "fine" : "alert"}>{lead.usable ? words.usable : words.unusable}</Badge>
              <span className="numbers ml-auto text-soft">{percent(100 * lead.usable_fraction)}</span>
              <span className="numbers w-16 text-right text-soft">{lead.snr_db === null ? "" : `${number(lead.snr_db)} dB`}</span>
            </p>
            {!!lead.reasons.length && <p className="text-xs text-soft">{lead.reasons.join("; ")}</p>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Which models answered, when, what must be known about them, and the way to another reading. */
export function Provenance({ analysis, document }: { analysis: AnalysisView; document: AnalysisDocument }) {
  const models = [document.model, ...(document.further_models ?? [])];
  return (
    <Section title={words.model} open={false}>
      <ul className="flex flex-col gap-3 text-sm">
        {models.map((model) => (
          <li key={model.name}>
            <p className="font-medium">
              <Link href={`/models/${model.name}`} className="text-accent underline underline-offset-2">{words.modelLine(model.name, model.version)}</Link>
            </p>
            <ul className="mt-1 list-disc space-y-0.5 pl-5 text-xs text-soft">{model.limits.map((limit) => <li key={limit}>{limit}</li>)}</ul>
          </li>
        ))}
      </ul>
      <p className="mt-3 text-xs text-soft">
        {words.analysed(moment(document.provenance.analysed_at), document.provenance.einthoven)} {document.disclaimer}
      </p>
      {analysis.summary?.height_ratio == null && <div className="no-print mt-3"><ReadAgain analysis={analysis} /></div>}
    </Section>
  );
}
