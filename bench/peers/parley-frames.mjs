/**
 * The frames of envelopes as a lean client writes and reads them: what is sent is copied from a template, what comes is
 * checked against what was promised (every `n` once and in order, the yes to what was sent and nothing else), and no
 * field is parsed that does not have to be.
 */
import { digest } from "../principals.mjs";
import { demand } from "./lane.mjs";

const { encodeFrame, encodeJsonFrame, limits } = await import(
  new URL("../../packages/protocol/dist/index.js", import.meta.url).href
);

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const digits = 7;
const zeros = "0".repeat(26 - digits);

/** Rising ids: the number of the envelope in its session, in the digits of a TypeID. */
export function idOf(number) {
  let text = "";
  let left = number;
  for (let place = 0; place < digits; place++) {
    text = alphabet[left % 32] + text;
    left = Math.floor(left / 32);
  }
  return `env_${zeros}${text}`;
}

function writeNumber(number, into, at) {
  let left = number;
  for (let place = digits - 1; place >= 0; place--) {
    into[at + place] = alphabet.charCodeAt(left % 32);
    left = Math.floor(left / 32);
  }
}

const text = (value) => new TextEncoder().encode(value);

/** A `send` frame of one session and type, to be copied with its number and payload. */
export class Template {
  constructor(session, type, payloadBytes, { correlated = false } = {}) {
    const correlation = correlated ? { correlationId: idOf(0) } : {};
    const header = text(JSON.stringify({ session, id: idOf(0), type, ...correlation }));
    const frame = encodeFrame("send", header, new Uint8Array(payloadBytes));
    this.bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    const number = `${zeros}${"0".repeat(digits)}`;
    this.idAt = this.bytes.indexOf(number) + zeros.length;
    this.correlationAt = correlated ? this.bytes.lastIndexOf(number) + zeros.length : undefined;
    this.payloadAt = this.bytes.length - payloadBytes;
    this.envelopeBytes = header.length + payloadBytes;
  }

  write(number, into, at) {
    this.bytes.copy(into, at);
    writeNumber(number, into, at + this.idAt);
    if (this.correlationAt) writeNumber(number, into, at + this.correlationAt);
    return at + this.payloadAt;
  }
}

export const ackOf = (handled) => encodeJsonFrame("ack", { acks: handled });

const numberAfter = (said, key, from) => {
  const at = said.indexOf(key, from);
  let value = 0;
  for (let place = at + key.length; ; place++) {
    const digit = said.charCodeAt(place) - 48;
    if (!(digit >= 0 && digit <= 9)) return value;
    value = value * 10 + digit;
  }
};

/** Session and `n` of a stamp; the `n` of its segment is another. */
export function readStamp(part) {
  const said = part.latin1Slice(0, part.length);
  const session = said.indexOf('"session":"') + 11;
  const segment = said.indexOf('"segment":{');
  const first = said.indexOf('"n":');
  const from = first > segment ? said.indexOf("}", segment) : 0;
  return { session: said.slice(session, session + 30), n: numberAfter(said, '"n":', from) };
}

/** One session as one pair uses it: what its consumer sent, what was answered, what its provider has got. */
export class Course {
  sent = 0;
  answered = 0;
  received = 0;
  acknowledged = 0;
  #upTo = { n: limits.envelopesUnhandledMax, bytes: limits.bytesUnhandledMax };

  /** `base`: how many its pair had sent before. */
  constructor(session, template, capacity, base = 0) {
    Object.assign(this, { session, template, capacity, base });
  }

  get isSpent() {
    return this.sent === this.capacity;
  }

  /** How many more may be sent now [ENV-12]. */
  room() {
    const { envelopeBytes } = this.template;
    const bytes = Math.floor(this.#upTo.bytes / envelopeBytes) - this.sent;
    return Math.min(this.capacity - this.sent, this.#upTo.n - this.sent, bytes);
  }

  grant(sendUpTo) {
    this.#upTo = sendUpTo;
  }

  /** Its part of an outcome [ENV-10]: how many were accepted. */
  takeOutcome({ accepted, repeated, refused, stands }) {
    const [no] = refused;
    demand(no === undefined, `${no?.id} was refused: ${no?.problem.code} ${no?.problem.rule ?? ""}`);
    demand(repeated.length === 0, `${repeated[0]?.id} was taken for a repeat`);
    const before = this.answered;
    for (const segment of accepted) this.#takeSegment(segment);
    if (stands) this.grant(stands.sendUpTo);
    return this.answered - before;
  }

  #takeSegment({ n, sent, envelopes }) {
    demand(n === this.answered + 1, `${n} was accepted in the place of ${this.answered + 1}`);
    envelopes.forEach(({ id }, index) => {
      demand(id === idOf(n + index), `${id} was accepted as number ${n + index}`);
    });
    this.answered += envelopes.length;
    demand(this.answered <= this.sent, "more was accepted than was sent");
    demand(
      sent === this.answered * this.template.envelopeBytes,
      `${sent} bytes were counted at ${this.answered}`,
    );
  }

  /** One delivered envelope [ENV-11]; `closely`: with everything that its stamp says. */
  takeDelivery(n, [stamp, header, payload], closely) {
    demand(n === this.received + 1, `${n} was delivered in the place of ${this.received + 1}`);
    this.received = n;
    if (!closely) return;
    const said = JSON.parse(stamp);
    demand(said.n === n && said.session === this.session, `the stamp of ${n} was misread`);
    demand(said.payload === digest(payload), `the digest of ${n} is not that of its payload`);
    demand(!said.redelivered, `${n} is said to have been delivered before`);
    const { id, session } = JSON.parse(header);
    demand(id === idOf(n) && session === this.session, `the header of ${n} is that of ${id}`);
  }
}
