/** Where an agent keeps its receipts: as long as the process, or in a folder; others may be written. */
import { isId, type ReceiptView, receiptSchema, type SessionId } from "@parley/protocol";
import { filePlatform } from "../file-identity-platform.js";

/** Keeps receipts that were verified. */
export interface ReceiptStore {
  /** Resolves when it is kept. */
  put(receipt: ReceiptView): Promise<void>;
  /** Undefined where there is none. */
  get(session: SessionId): Promise<ReceiptView | undefined>;
}

const keptMax = 1_000;

/** As long as the process, and of many the last thousand: they can be asked for again. */
export function memoryReceipts(): ReceiptStore {
  const kept = new Map<SessionId, ReceiptView>();
  return {
    async put(receipt) {
      kept.delete(receipt.session);
      kept.set(receipt.session, receipt);
      const [oldest] = kept.keys();
      if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
    },
    get: async (session) => kept.get(session),
  };
}

/** A file for each in this folder, which is made where there is none. Only for Node. */
export function fileReceipts(folder: string): ReceiptStore {
  const { fs, path } = filePlatform();
  const pathOf = (session: SessionId): string => {
    if (!isId("session", session)) throw new TypeError(`${session} is no session`);
    return path.join(folder, `${session}.json`);
  };
  return {
    async put(receipt) {
      const to = pathOf(receipt.session);
      await fs.mkdir(folder, { recursive: true, mode: 0o700 });
      // Whole or not at all.
      await fs.writeFile(`${to}.new`, `${JSON.stringify(receipt)}\n`, { mode: 0o600 });
      await fs.rename(`${to}.new`, to);
    },
    async get(session) {
      const text = await fs.readFile(pathOf(session), "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      });
      return text === undefined ? undefined : receiptSchema.parse(JSON.parse(text));
    },
  };
}
