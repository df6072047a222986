import type { ReactNode } from "react";
import { NotFound } from "../app/NotFound";
import { ApiError, problemOf } from "../api/problem";
import { text } from "../text";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

/** Something to say where there is nothing to show. */
export function Message({ icon, title, children, action }: { icon: IconName; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-6 py-14 text-center">
      <span className="flex size-14 items-center justify-center rounded-full bg-sunk text-soft"><Icon name={icon} size={26} /></span>
      <h2 className="text-lg font-semibold">{title}</h2>
      {children && <div className="text-soft">{children}</div>}
      {action}
    </div>
  );
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (error instanceof ApiError && error.status === 404) return <NotFound />;
  const problem = problemOf(error);
  return (
    <div role="alert">
      <Message
        icon={problem.offline ? "cloudOff" : "warning"}
        title={problem.title}
        action={onRetry && <Button icon="retry" onClick={onRetry}>{text.app.retry}</Button>}
      >
        {problem.detail}
      </Message>
    </div>
  );
}

/** A trace that breathes while something is on its way. */
export function Waiting({ label = text.app.loading }: { label?: string }) {
  return (
    <div role="status" className="flex flex-col items-center gap-3 py-16 text-soft">
      <svg width="120" height="36" viewBox="0 0 120 36" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinejoin="round" strokeLinecap="round" aria-hidden="true" className="waiting text-accent">
        <path d="M2 22h24l4-5 4 5h8l3 5 5-25 5 30 3-10h10l6-8 6 8h38" />
      </svg>
      <span className="text-sm">{label}</span>
    </div>
  );
}

/** Grey shapes where text will stand. */
export function Ghost({ className = "" }: { className?: string }) {
  return <div aria-hidden="true" className={`waiting rounded-lg bg-sunk ${className}`} />;
}
