import { useEffect, useRef } from "react";
import { text } from "../text";
import { Button } from "./Button";

/** Asks before something that cannot be undone. */
export function Confirm({ question, yes, onYes, onNo }: { question: string; yes: string; onYes: () => void; onNo: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog} aria-label={question} onCancel={onNo} onClose={onNo}
      className="m-auto w-[min(92vw,26rem)] rounded-2xl border border-line bg-surface p-6 text-ink shadow-pop backdrop:bg-black/40"
    >
      <p className="mb-5">{question}</p>
      <div className="flex justify-end gap-2">
        <Button onClick={onNo}>{text.app.cancel}</Button>
        <Button look="danger" onClick={onYes}>{yes}</Button>
      </div>
    </dialog>
  );
}
