import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

interface Props {
  icon?: IconName;
  label: string;
  /** Show the label beside the icon. */
  named?: boolean;
  align?: "left" | "right";
  className?: string;
  children: ReactNode | ((close: () => void) => ReactNode);
}

const EDGE_PX = 8;

/** A button with a panel that opens below it, within the screen; Escape and a click elsewhere close it. */
export function Popover({ icon, label, named, align = "right", className = "", children }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (!open || !panel.current) return;
    const { left, right } = panel.current.getBoundingClientRect();
    const over = Math.max(0, right - document.documentElement.clientWidth + EDGE_PX);
    panel.current.style.transform = `translateX(${Math.max(EDGE_PX - left, -over)}px)`;
  }, [open]);

  useEffect(() => {
    if (!open) return;
    const away = (event: PointerEvent): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", escape, true);
    };
  }, [open]);

  return (
    <div ref={root} className={`relative ${className}`}>
      <button
        ref={button}
        type="button"
        aria-expanded={open}
        aria-label={named ? undefined : label}
        title={named ? undefined : label}
        onClick={() => setOpen(!open)}
        className={`inline-flex items-center justify-center gap-1.5 rounded-lg transition-colors ${
          named ? "h-9 border border-line bg-surface px-3 text-sm font-medium hover:border-strong pointer-coarse:h-11" : "size-9 text-soft hover:bg-sunk hover:text-ink pointer-coarse:size-11"
        } ${open ? "bg-sunk text-ink" : ""}`}
      >
        {icon && <Icon name={icon} size={named ? 17 : 20} />}
        {named && label}
        {named && <Icon name="down" size={14} className="text-soft" />}
      </button>
      {open && (
        <div
          ref={panel}
          className={`absolute top-full z-30 mt-2 max-h-[70dvh] w-max max-w-[min(92vw,26rem)] overflow-y-auto rounded-2xl border border-line bg-surface p-2 shadow-pop ${
            align === "right" ? "right-0" : "left-0"
          }`}
        >
          {typeof children === "function" ? children(() => setOpen(false)) : children}
        </div>
      )}
    </div>
  );
}
