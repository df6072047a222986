import { text } from "../text";

const words = text.about.waves;

/** One heartbeat with names, on paper of twice the usual size. */
export function WavesFigure() {
  const label = (x: number, y: number, name: string) => (
    <text x={x} y={y} textAnchor="middle" fontSize="12.5" fontWeight="600" fill="var(--paper-ink)">{name}</text>
  );
  const bracket = (from: number, to: number, y: number, name: string) => (
    <g stroke="var(--accent)" fill="none" strokeWidth="1.5">
      <path d={`M${from} ${y - 5}V${y}H${to}V${y - 5}`} />
      <text x={(from + to) / 2} y={y + 15} textAnchor="middle" fontSize="12.5" fontWeight="600" fill="var(--accent)" stroke="none">{name}</text>
    </g>
  );
  return (
    <figure className="ecg-paper overflow-hidden rounded-2xl border border-line">
      <svg viewBox="0 0 400 280" role="img" aria-label={words.figure} className="block w-full">
        <path
          d="M0 180h70c14 0 17-24 34-24s20 24 34 24h22l7 10 14-138 16 164 9-36h40c26 0 32-42 56-42s26 42 46 42h52"
          fill="none" stroke="var(--paper-ink)" strokeWidth="2.2" strokeLinejoin="round"
        />
        {label(104, 143, words.p)}
        {label(181, 34, words.qrs)}
        {label(302, 124, words.t)}
        {bracket(70, 160, 232, words.pr)}
        {bracket(160, 348, 258, words.qt)}
      </svg>
    </figure>
  );
}
