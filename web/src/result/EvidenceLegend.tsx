import type { FindingPart } from "../api/client";
import { text } from "../text";
import { IconButton } from "../ui/Button";

const words = text.viewer.evidence;
const SHARES = [0.25, 0.55, 0.9];

/** What the tint on the trace means, and how strong it is drawn. */
export function EvidenceLegend({ finding, strength, onStrength, onClose }: { finding: FindingPart; strength: number; onStrength: (strength: number) => void; onClose: () => void }) {
  return (
    <div className="no-print flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line bg-accent-wash/60 px-3 py-1.5 text-sm">
      <p className="font-medium">{words.label}: {finding.label}</p>
      <ul className="flex items-center gap-3 text-xs text-soft">
        {words.steps.map((name, i) => (
          <li key={name} className="flex items-center gap-1.5">
            <svg width="18" height="12" aria-hidden="true">
              <rect width="18" height="12" rx="2" fill="#56B4E9" fillOpacity={SHARES[i]} />
              {i === 2 && <rect y="9" width="18" height="3" fill="#0072B2" />}
            </svg>
            {name}
          </li>
        ))}
      </ul>
      <label className="ml-auto flex items-center gap-2 text-xs text-soft">
        {words.strength}
        <input type="range" min={0.1} max={1} step={0.05} value={strength} onChange={(event) => onStrength(Number(event.target.value))} className="w-28 accent-accent" />
      </label>
      <IconButton icon="close" label={text.app.close} onClick={onClose} className="pointer-fine:!size-8" />
    </div>
  );
}
