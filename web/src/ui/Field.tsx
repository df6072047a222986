import { useId, type ReactNode, type SelectHTMLAttributes } from "react";
import { IconButton } from "./Button";
import { Icon } from "./Icon";

interface SelectProps extends SelectHTMLAttributes<HTMLSelectElement> {
  label: string;
  /** The label is read aloud only. */
  silent?: boolean;
  children: ReactNode;
}

export function Select({ label, silent, children, className = "", ...rest }: SelectProps) {
  const id = useId();
  return (
    <div className={silent ? className : `flex items-center justify-between gap-4 ${className}`}>
      <label htmlFor={id} className={silent ? "sr-only" : "text-sm text-soft"}>{label}</label>
      <span className="relative inline-flex max-w-full">
        <select
          id={id}
          className="h-9 max-w-full cursor-pointer appearance-none truncate rounded-lg border border-line bg-surface pr-8 pl-3 text-sm font-medium hover:border-strong pointer-coarse:h-11"
          {...rest}
        >
          {children}
        </select>
        <Icon name="down" size={14} className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-soft" />
      </span>
    </div>
  );
}

interface StepperProps {
  label: string;
  value: string;
  less: string;
  more: string;
  onLess: () => void;
  onMore: () => void;
}

/** A value between a minus and a plus. */
export function Stepper({ label, value, less, more, onLess, onMore }: StepperProps) {
  return (
    <div role="group" aria-label={label} className="inline-flex items-center rounded-lg border border-line bg-surface">
      <IconButton icon="minus" label={less} onClick={onLess} className="!size-8.5 pointer-coarse:!size-10.5" />
      <output className="numbers min-w-19 px-0.5 text-center text-sm font-medium whitespace-nowrap">{value}</output>
      <IconButton icon="plus" label={more} onClick={onMore} className="!size-8.5 pointer-coarse:!size-10.5" />
    </div>
  );
}

export function Toggle({ label, on, onChange }: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      onClick={() => onChange(!on)}
      className="flex min-h-9 w-full items-center justify-between gap-6 rounded-lg px-2 text-sm hover:bg-sunk pointer-coarse:min-h-11"
    >
      {label}
      <span className={`relative h-5 w-9 rounded-full transition-colors ${on ? "bg-accent" : "bg-strong"}`}>
        <span className={`absolute top-0.5 size-4 rounded-full bg-surface transition-[left] ${on ? "left-4.5" : "left-0.5"}`} />
      </span>
    </button>
  );
}
