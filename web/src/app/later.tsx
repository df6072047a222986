import { useEffect, useState, type ComponentType } from "react";
import { Waiting } from "../ui/States";

/**
 * A screen whose script is fetched when it is first shown, and shown as soon as it is there.
 *
 * React's own `lazy` holds a screen back until its placeholder has stood for 300 ms.
 */
export function later<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function Later(props: Props) {
    const [Screen, setScreen] = useState(() => loaded);
    const [failure, setFailure] = useState<unknown>();
    useEffect(() => {
      if (Screen) return;
      load().then((module) => {
        loaded = module.default;
        setScreen(() => module.default);
      }, setFailure);
    }, [Screen]);
    if (failure) throw failure;
    return Screen ? <Screen {...props} /> : <Waiting />;
  };
}
