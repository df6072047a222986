import { useQuery } from "@tanstack/react-query";
import type { AnalysisDocument, Card, FindingPart } from "../api/client";
import { problemOf } from "../api/problem";
import { evidenceQuery } from "../api/signal";
import { text } from "../text";
import { chance } from "../text/format";
import { Button } from "../ui/Button";
import type { Signal } from "../viewer/engine/model";
import { bandOf, ordered, saysNormal } from "./bands";
import { DecisionBadge, FindingBar, intervalText } from "./FindingBar";
import { hintsFor } from "./hints";
import { Section } from "./Section";

const words = text.result;

interface Props {
  id: string;
  document: AnalysisDocument;
  signal: Signal;
  cards: Card[];
  shown: string | null;
  onShow: (code: string | null) => void;
}

/** Answers about the whole recording, the most telling first. */
export function Findings({ id, document, signal, cards, shown, onShow }: Props) {
  if (!document.findings.length) return null;
  const hints = hintsFor(document.findings);
  return (
    <Section title={words.findings}>
      <ul className="flex flex-col gap-4">
        {ordered(document).map((finding, place, all) => (
          <li key={finding.code}>
            <Row
              finding={finding} cards={cards} told={[document.refusal, all[place - 1]?.detail]}
              before={document.review?.model.findings.find((each) => each.code === finding.code)}
            />
            {hasEvidence(finding) && (
              <Why id={id} finding={finding} signal={signal} shown={shown === finding.code} onShow={onShow} />
            )}
          </li>
        ))}
      </ul>
      {document.decision === "analysed" && <p className="mt-4 text-xs text-soft">{hints.join(" ")}</p>}
    </Section>
  );
}

/** `told`: reasons that stand above already and are not repeated; `before`: what the model said, after a review. */
function Row({ finding, cards, told, before }: { finding: FindingPart; cards: Card[]; told: (string | undefined)[]; before?: FindingPart | undefined }) {
  const band = bandOf(finding, cards);
  return (
    <>
      <div className="flex items-center gap-2 text-sm">
        <span className="flex-1 font-medium">{finding.label}</span>
        <span className="numbers whitespace-nowrap text-soft">
          {chance(finding.probability)}
          {finding.interval && <span className="ml-1.5 text-xs">{intervalText(finding)}</span>}
        </span>
        <DecisionBadge finding={finding} />
      </div>
      <FindingBar finding={finding} band={band} />
      {finding.detail && !told.includes(finding.detail) && <p className="mt-0.5 text-xs text-soft">{finding.detail}</p>}
      {before && !finding.decided_by && before.decision !== finding.decision && (
        <p className="mt-0.5 text-xs text-soft">{words.whose.before(words.bands[before.decision], chance(before.probability))}</p>
      )}
    </>
  );
}

/** Networks can be asked where they saw something ill; ectopy stands on the beats, and normal is everywhere. */
function hasEvidence(finding: FindingPart): boolean {
  return !finding.code.startsWith("ectopy_") && !saysNormal(finding) && (finding.decision === "present" || finding.decision === "borderline");
}

function Why({ id, finding, signal, shown, onShow }: { id: string; finding: FindingPart; signal: Signal; shown: boolean; onShow: (code: string | null) => void }) {
  const { data, error, isFetching } = useQuery({ ...evidenceQuery(id, finding.code, signal), enabled: shown });
  return (
    <div className="no-print mt-1">
      <Button small look={shown ? "primary" : "plain"} aria-pressed={shown} onClick={() => onShow(shown ? null : finding.code)} className="!px-2.5 !text-xs pointer-fine:!min-h-8">
        {shown && data ? words.whyNow : words.why}
      </Button>
      {shown && isFetching && <span role="status" className="waiting ml-2 text-xs text-soft">{text.viewer.evidence.loading}</span>}
      {shown && error && <p role="alert" className="mt-1 text-xs text-alert">{problemOf(error).detail}</p>}
      {shown && data && <p className="mt-1 text-xs text-soft">{words.looked}</p>}
    </div>
  );
}
