import { Link } from "wouter";
import { text } from "../text";
import { Message } from "../ui/States";
import { useTitle } from "./useTitle";

export function NotFound() {
  useTitle(text.app.notFound.title);
  return (
    <Message
      icon="search" title={text.app.notFound.title}
      action={<Link href="/" className="font-medium text-accent underline">{text.app.notFound.home}</Link>}
    >
      {text.app.notFound.body}
    </Message>
  );
}
