import type { ReactNode } from "react";
import { Icon } from "../ui/Icon";

/** A part of the panel that can be folded away. */
export function Section({ title, note, open = true, children }: { title: string; note?: ReactNode; open?: boolean; children: ReactNode }) {
  return (
    <details open={open} className="group/section border-b border-line py-1 last:border-b-0">
      <summary className="flex min-h-11 list-none items-center gap-2 rounded-lg font-semibold [&::-webkit-details-marker]:hidden">
        <h2 className="text-[0.98rem]">{title}</h2>
        {note && <span className="text-sm font-normal text-soft">{note}</span>}
        <Icon name="down" size={16} className="no-print ml-auto text-soft transition-transform group-open/section:rotate-180" />
      </summary>
      <div className="pb-4">{children}</div>
    </details>
  );
}
