import { useState } from "react";
import { text } from "../text";
import { number, percent } from "../text/format";
import { Chip } from "../ui/Chip";
import { Icon } from "../ui/Icon";
import { counts, LETTERS, type Beats, type Letter } from "../viewer/engine/beats";
import { BeatGallery } from "./BeatGallery";
import { Section } from "./Section";

const words = text.result;
const FILLS: Record<Letter, string> = { N: "fill-class-n", S: "fill-class-s", V: "fill-class-v", F: "fill-class-f", Q: "fill-class-q" };

interface Props {
  id: string;
  beats: Beats;
  /** How many there are of each class, where that is not what the beats show: of beats that a person took away. */
  found?: Partial<Record<Letter, number>>;
  onJump: (time: number, beat?: number) => void;
}

/** Counts and burden of each class; each opens to what the class is and beats of it from this recording. */
export function Classes({ id, beats, found: told, onJump }: Props) {
  const found = { ...counts(beats), ...told };
  const all = LETTERS.reduce((sum, letter) => sum + found[letter], 0);
  if (!all) return <Section title={words.classes}><p className="text-sm text-soft">{words.noBeats}</p></Section>;
  let x = 0;
  return (
    <Section title={words.classes} note={beats.reviewed.includes(1) ? words.afterReview : undefined}>
      <svg viewBox="0 0 1000 10" preserveAspectRatio="none" className="mb-2 h-3 w-full overflow-hidden rounded-full" role="img" aria-label={words.burdenLabel}>
        {LETTERS.map((letter) => {
          const wide = (found[letter] / all) * 1000;
          x += wide;
          return wide ? <rect key={letter} x={x - wide} y="0" width={Math.max(wide, 4)} height="10" className={FILLS[letter]} /> : null;
        })}
      </svg>
      <ul>
        {LETTERS.map((letter) => (
          <Row key={letter} id={id} letter={letter} count={found[letter]} share={(100 * found[letter]) / all} beats={beats} onJump={onJump} />
        ))}
      </ul>
    </Section>
  );
}

interface RowProps {
  id: string;
  letter: Letter;
  count: number;
  share: number;
  beats: Beats;
  onJump: (time: number, beat?: number) => void;
}

function Row({ id, letter, count, share, beats, onJump }: RowProps) {
  const [open, setOpen] = useState(false);
  const { short, what, members } = text.classes[letter];
  return (
    <li>
      <button
        type="button" aria-expanded={open} onClick={() => setOpen(!open)}
        className={`-mx-2 flex min-h-10 w-[calc(100%+1rem)] pointer-coarse:min-h-11 items-center gap-2.5 rounded-lg px-2 text-left text-sm hover:bg-sunk ${count ? "" : "text-soft"}`}
      >
        <Chip letter={letter} />
        <span className="flex-1 font-medium">{short}</span>
        <span className="numbers">{number(count)}</span>
        <span className="numbers w-16 text-right text-soft">{count ? percent(share) : "–"}</span>
        <Icon name="down" size={15} className={`no-print text-soft transition-transform ${open ? "rotate-180" : ""}`} />
      </button>
      {open && (
        <div className="mb-3 ml-8 flex flex-col gap-2 text-sm">
          <p>{what}</p>
          <p className="text-soft"><span className="font-medium">{text.about.membersLabel}:</span> {members}</p>
          {count > 0 && <BeatGallery id={id} letter={letter} beats={beats} onJump={onJump} />}
        </div>
      )}
    </li>
  );
}
