/** Two heartbeats on the paper, drawn once. */
export function HeroTrace() {
  const beat = "l12 0 c6 0 8 -11 14 -11 c6 0 8 11 14 11 l12 0 l5 7 l9 -78 l10 96 l6 -25 l16 0 c12 0 16 -20 26 -20 c10 0 13 20 22 20 l34 0";
  return (
    <svg viewBox="0 0 720 140" preserveAspectRatio="xMinYMid slice" aria-hidden="true" className="pointer-events-none absolute inset-x-0 top-2 h-32 w-full">
      <path
        d={`M0 92 ${beat} ${beat} ${beat} ${beat} ${beat}`} pathLength={1} className="drawn" fill="none" stroke="var(--paper-ink)"
        strokeWidth="1.7" strokeLinejoin="round" strokeLinecap="round"
      />
    </svg>
  );
}
