import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, unwrap } from "../api/client";
import { ApiError } from "../api/problem";
import { aboutQuery } from "../api/queries";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Popover } from "../ui/Popover";
import { useTitle } from "./useTitle";

const words = text.app.token;

/** Where the service asks for a key. */
export function SignIn() {
  const queries = useQueryClient();
  const [trouble, setTrouble] = useState("");
  useTitle(words.enter);
  const enter = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get("key") ?? "").trim();
    try {
      await unwrap(api.POST("/v1/session", { body: { token } }));
      await queries.resetQueries();
    } catch (error) {
      setTrouble(error instanceof ApiError ? words.wrong : text.error.offline);
    }
  };
  return (
    <div className="m-auto w-full max-w-md p-6">
      <form onSubmit={(event) => void enter(event)} className="panel flex flex-col gap-4 p-6 shadow-card">
        <h1 className="text-xl font-semibold">{words.title}</h1>
        <p className="text-soft">{words.body}</p>
        <label className="flex flex-col gap-1.5 text-sm font-medium">
          {words.label}
          <input name="key" type="password" required autoFocus aria-invalid={!!trouble} onChange={() => setTrouble("")} autoComplete="current-password" className="h-11 rounded-xl border border-strong bg-ground px-3" />
        </label>
        {trouble && <p role="alert" className="text-sm text-alert">{trouble}</p>}
        <Button type="submit" look="primary" icon="key">{words.enter}</Button>
      </form>
    </div>
  );
}

/** Who is signed in, where the service asks for keys at all. */
export function WhoAmI() {
  const queries = useQueryClient();
  const { data } = useQuery(aboutQuery);
  if (!data?.tokens_needed) return null;
  const leave = async (): Promise<void> => {
    await unwrap(api.DELETE("/v1/session"));
    queries.clear();
    location.assign("/");
  };
  return (
    <Popover icon="key" label={text.app.as(data.name)}>
      <div className="flex flex-col gap-2 p-2">
        <p className="text-sm text-soft">{text.app.as(data.name)}</p>
        <Button small onClick={() => void leave()}>{words.leave}</Button>
      </div>
    </Popover>
  );
}
