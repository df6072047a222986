import type { AnalysisDocument, AnalysisView } from "../api/client";
import { text } from "../text";
import { sentence } from "../text/format";
import { Icon } from "../ui/Icon";
import { ReadAgain } from "./ReadAgain";

const words = text.result;

/** Refusal and warnings: before everything else, and beside a doubtful unit the way to read it by another. */
export function Warnings({ analysis, document }: { analysis: AnalysisView; document: AnalysisDocument }) {
  const { refusal } = document;
  // The reasons of a refusal are those of its leads: said once is enough.
  const warnings = document.warnings.filter((warning) => !refusal?.includes(warning.replace(/^Lead /, "")));
  if (!refusal && !warnings.length) return null;
  return (
    <section aria-labelledby="first" className={`mb-3 rounded-xl p-3.5 ${refusal ? "bg-alert-wash text-alert" : "bg-caution-wash text-caution"}`}>
      <h2 id="first" className="flex items-center gap-2 font-semibold">
        <Icon name="warning" size={18} />
        {refusal ? words.refused : words.warnings}
      </h2>
      {refusal && <p className="mt-1 text-sm">{refusal}</p>}
      {!!warnings.length && (
        <ul className="mt-1.5 list-disc space-y-1 pl-5 text-sm">
          {warnings.map((warning) => <li key={warning}>{sentence(warning)}</li>)}
        </ul>
      )}
      {analysis.summary?.height_ratio != null && <div className="no-print mt-3 text-ink"><ReadAgain analysis={analysis} /></div>}
    </section>
  );
}
