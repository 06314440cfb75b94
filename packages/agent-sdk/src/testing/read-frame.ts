/** What was sent: a look at the frames of a message. */
import { decodeFrames, type Frame, type FrameKind } from "@parley/protocol";

export function readFrames(bytes: Uint8Array): readonly Frame[] {
  const decoded = decodeFrames(bytes);
  if ("fault" in decoded) throw new Error(decoded.fault);
  return decoded.frames;
}

export const jsonOf = ({ parts: [part] }: Frame): unknown => JSON.parse(new TextDecoder().decode(part));

export function readFrame(bytes: Uint8Array): { readonly kind: FrameKind; readonly value: unknown } {
  const [frame, more] = readFrames(bytes);
  if (frame === undefined || more !== undefined) throw new Error("expected one frame");
  return { kind: frame.kind, value: jsonOf(frame) };
}
