/**
 * What one observer was told, in the words in which it was told, with nothing left out but what no two brokers can have
 * in common: dates, and whatever is drawn at random. Random things are replaced by their length and the order of their
 * first appearance, so that two transcripts are equal only where lengths, counts, sizes and order are.
 */
import type { Answer } from "../fixtures/exchange.js";

/** In the words of REST, of headers, and, in the data of facts, in milliseconds. */
const date =
  /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|\b1[78]\d{11}\b/g;
/** Ids; digests, thumbprints, signatures, cursors; nonces have headers and fields of their own. */
const random = /\b[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}\b|[A-Za-z0-9_-]{40,}/g;
/**
 * Of a signed head: how many leaves there are depends on the seconds in which things happened, which two brokers do not
 * share; that it depends on nothing that is hidden is held where seconds can be made to agree, at the ledger.
 */
const signedHead =
  /(\/logs\/[^\s\\]+\\n)\d+\\n[A-Za-z0-9+/]{43}=(\\n\\n— [^\s\\]+ )[A-Za-z0-9+/]{90,92}={0,2}(?=\\n)/g;
/** A digest may begin as ids do. */
const id = /^[a-z]{3}_.{26}$/;
const minute = /^(?:date|dpop-nonce)$/i;

/** What stands in the order of ids, which are drawn at random: found to be so, and put into the order of what is said. */
const byId: Readonly<Record<string, (item: unknown) => string>> = {
  organisations: (item) => (item as { id: string }).id,
  consented: String,
  awaited: String,
  members: (item) => (item as { agent: { id: string } }).agent.id,
};

export class Mask {
  readonly #known = new Map<string, number>();
  readonly #port: RegExp;

  constructor(broker: string) {
    this.#port = new RegExp(`:${new URL(broker).port}\\b`, "g");
  }

  text(text: string): string {
    return text
      .replace(this.#port, ":port")
      .replace(signedHead, "$1<size>\\n<root>$2<signature>")
      .replace(date, (found) => "d".repeat(found.length))
      .replace(random, (found) => this.#name(found));
  }

  json(value: unknown, list?: string): string {
    return this.text(JSON.stringify(this.#ordered(value, list)));
  }

  #name(found: string): string {
    const number = this.#known.get(found) ?? this.#known.size + 1;
    this.#known.set(found, number);
    const kind = id.test(found) ? found.slice(0, 4) : "";
    return `<${kind}${found.length}#${number}>`;
  }

  #ordered(value: unknown, key = ""): unknown {
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#ordered(item));
      const idOf = byId[key];
      return idOf === undefined || items.length < 2 ? items : this.#reordered(key, items, idOf);
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.#ordered(each, name)]));
  }

  #reordered(key: string, items: readonly unknown[], idOf: (item: unknown) => string): readonly unknown[] {
    const ids = items.map(idOf);
    if (ids.join() !== [...ids].sort().join()) throw new Error(`${key} are not in the order of their ids`);
    const said = (item: unknown) =>
      typeof item === "string"
        ? String(this.#known.get(item) ?? 0).padStart(6, "0")
        : JSON.stringify(item).replace(date, "").replace(random, "");
    return [...items].sort((one, other) => (said(one) < said(other) ? -1 : 1));
  }
}

export class Transcript {
  readonly lines: string[] = [];
  readonly #mask: Mask;

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  say(line: string): void {
    this.lines.push(line);
  }

  /** A frame, an event, or whatever else is JSON. */
  heard(what: string, value: unknown): void {
    this.lines.push(`${what} ${this.#mask.json(value)}`);
  }

  answered(asked: string, { status, rawHeaders, text }: Answer, list?: string): void {
    const headers = rawHeaders.flatMap((name, at) => {
      if (at % 2 === 1) return [];
      const value = rawHeaders[at + 1] ?? "";
      return [`${name}: ${minute.test(name) ? "m".repeat(value.length) : this.#mask.text(value)}`];
    });
    this.lines.push([this.#mask.text(asked), `${status}`, ...headers, this.#body(text, list)].join("\n  "));
  }

  #body(text: string, list: string | undefined): string {
    if (!/^[{[]/.test(text)) return this.#mask.text(text);
    const value = JSON.parse(text) as { items?: unknown };
    if (JSON.stringify(value) !== text)
      throw new Error("an answer is written in another way than JSON.stringify does");
    const named = list === undefined ? value : { ...value, items: undefined, [list]: value.items };
    return this.#mask.json(named);
  }
}
