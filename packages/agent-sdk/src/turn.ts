/** The end of a turn of the loop: when what was asked for in it, by whomever, can go out together. */

type Soon = (run: () => void) => void;

/** Node's own where there is one; a message to ourselves where there is none, since a timer of a browser waits. */
function soon(): Soon {
  const { setImmediate } = globalThis as { setImmediate?: Soon };
  if (setImmediate !== undefined) return (run) => setImmediate(run);
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => waiting.shift()?.();
  return (run) => {
    waiting.push(run);
    port2.postMessage(undefined);
  };
}

let chosen: Soon | undefined;

export function afterTurn(run: () => void): void {
  chosen ??= soon();
  chosen(run);
}
