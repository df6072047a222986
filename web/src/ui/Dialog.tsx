import { useEffect, useRef, type ReactNode } from "react";

/** Something that wants an answer first; Escape means no. */
export function Dialog({ label, wide, onClose, children }: { label: string; wide?: boolean; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog} aria-label={label} onCancel={onClose} onClose={onClose}
      className={`m-auto rounded-2xl border border-line bg-surface p-6 text-ink shadow-pop backdrop:bg-black/40 ${wide ? "w-[min(92vw,32rem)]" : "w-[min(92vw,26rem)]"}`}
    >
      {children}
    </dialog>
  );
}
