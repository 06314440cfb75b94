/** Senders and receivers of NATS core, which keeps nothing: the receiver's replies hold the window. */
import { connect } from "nats";
import { Coalesced } from "./coalesced.mjs";
import { demand, Lane } from "./lane.mjs";

async function openPair({ port }, pair, said, { guarded, isLean }) {
  const servers = `127.0.0.1:${port}`;
  const sender = await connect({ servers });
  const receiver = await connect({ servers });
  const put = (first, count) => {
    for (let counter = first; counter < first + count; counter++)
      sender.publish(`bench.${pair}`, said.payloads.make(counter));
  };
  const lane = new Lane({ ...said, put });
  const replies = new Coalesced((count) => {
    const reply = Buffer.allocUnsafe(4);
    reply.writeUInt32BE(count);
    receiver.publish(`handled.${pair}`, reply);
  });
  const take = guarded((error, message) => {
    demand(!error, `the subscription failed: ${error?.message}`);
    lane.deliverNext(message.data);
    replies.add();
    if (!isLean) replies.flush();
  });
  const hear = guarded((_error, { data }) =>
    lane.answer(new DataView(data.buffer, data.byteOffset).getUint32(0)),
  );
  receiver.subscribe(`bench.${pair}`, { callback: take });
  sender.subscribe(`handled.${pair}`, { callback: hear });
  await Promise.all([sender.flush(), receiver.flush()]);
  return { lane, connections: [sender, receiver] };
}

export async function openPairs(server, sayOf, task) {
  const pairs = await Promise.all(sayOf.map((said, pair) => openPair(server, pair, said, task)));
  return {
    lanes: pairs.map(({ lane }) => lane),
    async prove() {
      return ["each came once, in order"];
    },
    async close() {
      await Promise.all(pairs.flatMap(({ connections }) => connections.map((one) => one.close())));
    },
  };
}
