import type { AnalysisDocument, Schemas } from "../api/client";
import { text } from "../text";
import { moment } from "../text/format";
import type { Beats } from "../viewer/engine/beats";

const words = text.result.whose;

export type Answer = "reviewed" | "model";

/** What the model alone had said, as a document of its own. */
export function modelAlone(document: AnalysisDocument): AnalysisDocument {
  const { review } = document;
  if (!review) return document;
  const { n_beats, rhythm, intervals, findings } = review.model;
  return { ...document, beats: { ...document.beats, n: n_beats }, rhythm, intervals, findings, review: null };
}

/** The beats with the model's classes, without those that a person added. */
export function beatsOfModel(beats: Beats): Beats {
  const kept = Array.from(beats.model.keys()).filter((beat) => beats.model[beat]! >= 0);
  return {
    fs: beats.fs,
    samples: Int32Array.from(kept, (beat) => beats.samples[beat]!),
    classes: Uint8Array.from(kept, (beat) => beats.model[beat]!),
    model: Int8Array.from(kept, (beat) => beats.model[beat]!),
    probability: Float32Array.from(kept, (beat) => beats.probability[beat]!),
    reviewed: new Uint8Array(kept.length),
  };
}

interface Props {
  review: Schemas["ReviewPart"];
  decided: number;
  shown: Answer;
  onShow: (answer: Answer) => void;
}

/** Whose answer is on the screen: the one after review, or the model's own. */
export function Whose({ review, decided, shown, onShow }: Props) {
  const done = (["relabelled", "added", "removed", "confirmed"] as const)
    .map((kind) => [kind, review[`n_${kind}`]] as const)
    .filter(([, n]) => n > 0)
    .map(([kind, n]) => words.done[kind](n));
  if (decided) done.push(words.done.decided(decided));
  return (
    <section aria-label={words.label} className="mb-1 rounded-xl bg-accent-wash p-3 text-sm">
      <p>
        {shown === "reviewed" ? words.after(review.authors.join(", ")) : words.model}
        {shown === "reviewed" && <span className="block text-soft">{[...done, ...(review.last_at ? [moment(review.last_at)] : [])].join(" · ")}</span>}
      </p>
      <div role="group" aria-label={words.label} className="no-print mt-2 grid grid-cols-2 gap-1 rounded-lg bg-surface p-1">
        {(["reviewed", "model"] as const).map((answer) => (
          <button
            key={answer} type="button" aria-pressed={shown === answer} onClick={() => onShow(answer)}
            className="min-h-8 rounded-md px-2 text-sm font-medium text-soft hover:text-ink aria-pressed:bg-sunk aria-pressed:text-ink pointer-coarse:min-h-11"
          >
            {words.show[answer]}
          </button>
        ))}
      </div>
    </section>
  );
}
