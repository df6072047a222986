import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

const LOOKS = {
  primary: "bg-accent text-accent-ink hover:brightness-110 border border-transparent",
  plain: "bg-surface text-ink border border-line hover:border-strong",
  quiet: "text-soft hover:text-ink hover:bg-sunk border border-transparent",
  danger: "bg-surface text-alert border border-line hover:border-alert",
} as const;

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof LOOKS;
  icon?: IconName;
  small?: boolean;
  children: ReactNode;
}

export function Button({ look = "plain", icon, small, children, className = "", ...rest }: Props) {
  return (
    <button
      type="button"
      className={`inline-flex items-center justify-center gap-2 rounded-xl font-medium transition-[filter,background-color,border-color,color] disabled:opacity-45 ${
        small ? "min-h-9 px-3 text-sm pointer-coarse:min-h-11" : "min-h-11 px-4"
      } ${LOOKS[look]} ${className}`}
      {...rest}
    >
      {icon && <Icon name={icon} size={small ? 17 : 19} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  label: string;
  pressed?: boolean;
}

/** A square button with an icon; its label is read aloud and shown as a hint. */
export function IconButton({ icon, label, pressed, className = "", ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      className={`inline-flex size-9 items-center justify-center rounded-lg transition-colors disabled:opacity-35 pointer-coarse:size-11 ${
        pressed ? "bg-accent text-accent-ink" : "text-soft hover:bg-sunk hover:text-ink"
      } ${className}`}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}
