import type { Letter } from "../viewer/engine/beats";
import { text } from "../text";

const COLOURS: Record<Letter, string> = {
  N: "bg-class-n text-[var(--on-n)]",
  S: "bg-class-s text-[var(--on-s)]",
  V: "bg-class-v text-[var(--on-v)]",
  F: "bg-class-f text-[var(--on-f)]",
  Q: "bg-class-q text-[var(--on-q)]",
};

/** The letter of a beat class on its colour. */
export function Chip({ letter, large }: { letter: Letter; large?: boolean }) {
  return (
    <abbr
      title={text.classes[letter].name}
      className={`chip inline-flex shrink-0 items-center justify-center rounded-md font-bold no-underline ${
        large ? "size-8 text-base" : "size-5.5 text-xs"
      } ${COLOURS[letter]}`}
    >
      {letter}
    </abbr>
  );
}

type Tone = "fine" | "caution" | "alert" | "plain" | "accent";
const TONES: Record<Tone, string> = {
  fine: "bg-fine-wash text-fine",
  caution: "bg-caution-wash text-caution",
  alert: "bg-alert-wash text-alert",
  plain: "bg-sunk text-soft",
  accent: "bg-accent-wash text-accent",
};

export function Badge({ tone = "plain", children }: { tone?: Tone; children: React.ReactNode }) {
  return (
    <span className={`inline-flex items-center gap-1 rounded-full px-2.5 py-0.5 text-xs font-semibold whitespace-nowrap ${TONES[tone]}`}>
      {children}
    </span>
  );
}
