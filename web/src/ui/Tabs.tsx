import { useRef, type KeyboardEvent } from "react";

interface Props<Value extends string> {
  label: string;
  value: Value;
  options: { value: Value; label: string }[];
  onChange: (value: Value) => void;
}

/** A row of tabs; arrow keys go from one to the next. */
export function Tabs<Value extends string>({ label, value, options, onChange }: Props<Value>) {
  const row = useRef<HTMLDivElement>(null);
  const press = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const at = options.findIndex((option) => option.value === value);
    const next = (at + by + options.length) % options.length;
    onChange(options[next]!.value);
    row.current?.querySelectorAll("button")[next]?.focus();
  };
  return (
    <div ref={row} role="tablist" aria-label={label} onKeyDown={press} className="no-print flex gap-1 border-b border-line p-1.5">
      {options.map((option) => (
        <button
          key={option.value} type="button" role="tab" aria-selected={option.value === value} tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
          className={`min-h-9 flex-1 pointer-coarse:min-h-11 rounded-lg px-3 text-sm font-medium transition-colors ${option.value === value ? "bg-sunk text-ink" : "text-soft hover:text-ink"}`}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
