/** Einthoven's triangle with a heartbeat through it. */
export function Logo({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" className="fill-[#0d5360]" />
      <path d="M5.5 9.5h21L16 26.5z" fill="none" stroke="#9fd0d6" strokeWidth="1.5" strokeLinejoin="round" />
      <path
        d="M3 15.5h8l1.5-2 2.2 8.5L17.8 8l2.4 9 1.3-1.5H29"
        fill="none" stroke="#fff" strokeWidth="1.9" strokeLinejoin="round" strokeLinecap="round"
      />
    </svg>
  );
}
