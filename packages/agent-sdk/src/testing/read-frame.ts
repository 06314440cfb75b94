/** The one frame of a message, for tests that look at what was sent. */
import { decodeFrames, type FrameKind } from "@parley/protocol";

export function readFrame(bytes: Uint8Array): { readonly kind: FrameKind; readonly value: unknown } {
  const decoded = decodeFrames(bytes);
  if ("fault" in decoded) throw new Error(decoded.fault);
  const [frame, more] = decoded.frames;
  if (frame === undefined || more !== undefined) throw new Error("expected one frame");
  return { kind: frame.kind, value: JSON.parse(new TextDecoder().decode(frame.parts[0])) };
}
