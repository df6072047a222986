import { text } from "../text";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

/** Asks before something that cannot be undone. */
export function Confirm({ question, yes, onYes, onNo }: { question: string; yes: string; onYes: () => void; onNo: () => void }) {
  return (
    <Dialog label={question} onClose={onNo}>
      <p className="mb-5">{question}</p>
      <div className="flex justify-end gap-2">
        <Button onClick={onNo}>{text.app.cancel}</Button>
        <Button look="danger" onClick={onYes}>{yes}</Button>
      </div>
    </Dialog>
  );
}
