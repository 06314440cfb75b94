/**
 * One connection of an instance, from the challenge to its end: it says hello, answers pings, notices silence, and
 * renews its authorisation in band. Whether to come back is decided by who opened it.
 */
import {
  type Call,
  challengeFrame,
  closeCodes,
  decodeFrames,
  encodeJsonFrame,
  type Frame,
  type FrameKind,
  goingAwayFrame,
  renewedFrame,
  type Welcome,
  welcomeFrame,
} from "@parley/protocol";
import type { z } from "zod";
import type { AccessToken, TokenSource } from "./access-token.js";
import type { Clock } from "./clock.js";
import { type Ending, endingOf } from "./ending.js";
import { ParleyFault, reasonOf } from "./fault.js";
import { InTurn } from "./in-turn.js";
import { type Liveness, watchLiveness } from "./liveness.js";
import { type OpenSocket, type Socket, socketAddress } from "./socket.js";
import { helloProof } from "./statements.js";

export interface ConnectionParts {
  readonly issuer: string;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly openSocket: OpenSocket;
}

export interface ConnectionListener {
  welcomed(connection: Connection, welcome: Welcome): void;
  renewed(): void;
  replied(frame: unknown): void;
  happened(event: unknown): void;
  /** What became of what was sent. */
  outcome(frame: unknown): void;
  /** An envelope of another side: its stamp, its header, its payload, as views of the message. */
  delivered(stamp: Uint8Array, header: Uint8Array, payload: Uint8Array): void;
  /** Something that the connection gets over by itself. */
  troubled(error: unknown): void;
}

type State =
  | { readonly at: "opening" }
  | { readonly at: "challenged"; readonly nonce: string; readonly token: AccessToken }
  | { readonly at: "welcomed"; readonly nonce: string; readonly token: AccessToken }
  | { readonly at: "ended" };

/** From the first byte to the welcome; the broker gives up after five. */
const openingMsMax = 15_000;
const renewAgainMs = 5_000;
/** How long the goodbye may take before the connection counts as ended all the same. */
const goodbyeMsMax = 2_000;

const text = new TextDecoder("utf-8", { fatal: true });
const none = new Uint8Array();

export class Connection {
  readonly #parts: ConnectionParts;
  readonly #listener: ConnectionListener;
  readonly #resolve: (ending: Ending) => void;
  readonly ended: Promise<Ending>;
  #state: State = { at: "opening" };
  #socket: Socket | undefined;
  #liveness: Liveness | undefined;
  #retryAfterMs: number | undefined;
  #cancelTimer: () => void;
  /** The broker judges one renewal at a time [SOC-7]: whoever wants one while one is under way waits for that. */
  #renewing: Promise<void> | undefined;
  /** The broker's word that it has taken the renewal. */
  #renewed: () => void = () => undefined;
  /** Only a challenge takes time: it is signed. */
  readonly #frames = new InTurn<Frame>((frame) => this.#inTurn(frame));

  private constructor(parts: ConnectionParts, listener: ConnectionListener) {
    this.#parts = parts;
    this.#listener = listener;
    let resolve: (ending: Ending) => void = () => undefined;
    this.ended = new Promise((settle) => {
      resolve = settle;
    });
    this.#resolve = resolve;
    this.#cancelTimer = parts.clock.after(openingMsMax, () => this.#fail(4408, "no welcome in time"));
  }

  /** Begins; what becomes of it is told to the listener, and by `ended`. */
  static async open(parts: ConnectionParts, listener: ConnectionListener): Promise<Connection> {
    const connection = new Connection(parts, listener);
    const handlers = {
      message: (bytes: Uint8Array) => connection.#message(bytes),
      ended: (code: number, detail: string) => connection.#end(code, detail),
    };
    try {
      connection.#socket = await parts.openSocket(socketAddress(parts.issuer), handlers);
    } catch (error) {
      connection.#end(1006, reasonOf(error));
    }
    return connection;
  }

  /** Says goodbye. */
  close(): void {
    if (this.#state.at === "ended") return;
    this.#socket?.close(1000);
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.clock.after(goodbyeMsMax, () => {
      this.#socket?.drop();
      this.#end(1000, "");
    });
  }

  /** Nothing but what may be said after the welcome. */
  ask(call: Call): void {
    if (this.#state.at === "welcomed") this.#send("call", call);
  }

  /** A message of frames that may be said after the welcome. */
  carry(message: Uint8Array): void {
    if (this.#state.at === "welcomed") this.#socket?.send(message);
  }

  /** Resolves when the broker has been shown the newest key here, or the connection is no more. */
  async showKey(): Promise<void> {
    await this.#renewing;
    const { key } = await this.#parts.tokens.token();
    if (this.#state.at === "welcomed" && this.#state.token.key !== key) await this.#renew();
  }

  #message(bytes: Uint8Array): void {
    this.#liveness?.heard();
    const decoded = decodeFrames(bytes);
    if ("fault" in decoded) {
      this.#fail(4400, `the broker sent what is not a message: ${decoded.fault}`);
      return;
    }
    for (const frame of decoded.frames) this.#frames.take(frame);
  }

  #inTurn(frame: Frame): Promise<void> | undefined {
    if (this.#state.at === "ended") return undefined;
    try {
      const handled = this.#handle(frame);
      return handled?.catch((error: unknown) => this.#giveUp(error));
    } catch (error) {
      this.#giveUp(error);
      return undefined;
    }
  }

  #giveUp(error: unknown): void {
    this.#listener.troubled(error);
    this.#fail(4400, reasonOf(error));
  }

  #handle(frame: Frame): Promise<void> | undefined {
    switch (frame.kind) {
      case "challenge":
        return this.#hello(read(frame, challengeFrame).nonce);
      case "welcome":
        this.#welcome(read(frame, welcomeFrame));
        break;
      case "renewed":
        read(frame, renewedFrame);
        this.#renewed();
        this.#listener.renewed();
        break;
      case "ping":
        this.#send("pong", {});
        break;
      case "pong":
        break;
      case "goingAway":
        this.#retryAfterMs = read(frame, goingAwayFrame).retryAfterMs;
        break;
      case "reply":
        this.#listener.replied(json(frame));
        break;
      case "event":
        this.#listener.happened(json(frame));
        break;
      case "outcome":
        this.#listener.outcome(json(frame));
        break;
      case "deliver": {
        const [stamp = none, header = none, payload = none] = frame.parts;
        this.#listener.delivered(stamp, header, payload);
        break;
      }
      case "hello":
      case "renew":
      case "call":
      case "send":
      case "ack":
        throw new ParleyFault(`a broker does not send ${frame.kind}`, "later");
    }
    return undefined;
  }

  async #hello(nonce: string): Promise<void> {
    if (this.#state.at !== "opening") throw new ParleyFault("the broker challenged twice", "later");
    const token = await this.#parts.tokens.token();
    this.#state = { at: "challenged", nonce, token };
    this.#send("hello", await this.#proven(nonce, token));
  }

  #welcome(welcome: Welcome): void {
    if (this.#state.at !== "challenged") throw new ParleyFault("the broker welcomed out of turn", "later");
    this.#cancelTimer();
    const { nonce, token } = this.#state;
    this.#state = { at: "welcomed", nonce, token };
    this.#liveness = watchLiveness(
      this.#parts.clock,
      () => this.#send("ping", {}),
      () => this.#fail(4408, "silent for too long"),
    );
    this.#renewAfter(token.renewAtMs - this.#parts.clock.elapsed());
    this.#listener.welcomed(this, welcome);
  }

  #renewAfter(ms: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.clock.after(ms, () => {
      this.#renew().catch((error: unknown) => {
        // The broker ends what is not renewed in time; until then it is worth another try.
        this.#listener.troubled(error);
        if (this.#state.at === "welcomed") this.#renewAfter(renewAgainMs);
      });
    });
  }

  /** Resolves when the broker has taken it, or the connection is no more. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewOnce(): Promise<void> {
    const token = await this.#parts.tokens.token();
    if (this.#state.at !== "welcomed") return;
    const { nonce } = this.#state;
    const renewed = new Promise<void>((resolve) => {
      this.#renewed = resolve;
    });
    const shown = await this.#proven(nonce, token);
    if (this.#isOver()) return;
    // Before the frame goes out: if it is what ends the connection, this is the token that was not accepted.
    this.#state = { at: "welcomed", nonce, token };
    this.#send("renew", shown);
    this.#renewAfter(token.renewAtMs - this.#parts.clock.elapsed());
    await Promise.race([renewed, this.ended]);
  }

  async #proven(
    nonce: string,
    token: AccessToken,
  ): Promise<{ readonly token: string; readonly proof: string }> {
    return { token: token.text, proof: await helloProof(token.key, this.#parts.issuer, nonce, token.text) };
  }

  #isOver(): boolean {
    return this.#state.at === "ended";
  }

  #send(kind: FrameKind, value: unknown): void {
    this.#socket?.send(encodeJsonFrame(kind, value));
  }

  /** Ends it from here, whether or not the other end still answers. */
  #fail(code: 4400 | 4408, detail: string): void {
    this.#socket?.close(code);
    this.#parts.clock.after(goodbyeMsMax, () => this.#socket?.drop());
    // Our own complaint says nothing about whether the broker wants us back.
    this.#end(code === 4400 ? 1006 : code, detail);
  }

  #end(code: number, detail: string): void {
    if (this.#state.at === "ended") return;
    // A token that was not accepted must not be shown again on the way back, and none outlives a suspension.
    if (isAboutIdentity(code) && this.#state.at !== "opening") this.#parts.tokens.drop(this.#state.token);
    this.#state = { at: "ended" };
    this.#cancelTimer();
    this.#liveness?.stop();
    this.#resolve(endingOf(code, detail, this.#retryAfterMs));
  }
}

const isAboutIdentity = (code: number): boolean =>
  code === closeCodes.unauthenticated.code || code === closeCodes.suspended.code;

const json = (frame: Frame): unknown => JSON.parse(text.decode(frame.parts[0]));

const read = <S extends z.ZodType>(frame: Frame, schema: S): z.output<S> => schema.parse(json(frame));
