import { Component, type ReactNode } from "react";
import { text } from "../text";
import { Button } from "./Button";
import { Message } from "./States";

/** Keeps a fault in one part of the screen from taking the rest with it. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div role="alert">
        <Message
          icon="warning"
          title={text.error.title}
          action={<Button icon="retry" onClick={() => location.reload()}>{text.error.reload}</Button>}
        >
          {text.error.screen}
        </Message>
      </div>
    );
  }
}
