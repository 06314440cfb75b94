/** Senders and receivers of the ungoverned relay. */
import { connect } from "node:net";
import { WebSocket } from "ws";
import { Lane } from "./lane.mjs";

/** The socket underneath is kept, so that what is sent together leaves together. */
function open(url) {
  let wire;
  const createConnection = (options) => {
    wire = connect(options);
    return wire;
  };
  const socket = new WebSocket(url, { perMessageDeflate: false, createConnection });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => resolve({ socket, wire }));
  });
}

async function openPair({ url }, pair, said, { guarded }) {
  const sender = await open(`${url}/${pair}/a`);
  const receiver = await open(`${url}/${pair}/b`);
  const put = (first, count) => {
    sender.wire.cork();
    for (let counter = first; counter < first + count; counter++)
      sender.socket.send(said.payloads.make(counter));
    sender.wire.uncork();
  };
  const lane = new Lane({ ...said, put });
  const take = guarded((payload) => lane.deliverNext(payload));
  const hear = guarded((bytes) => lane.answer(bytes.readUInt32BE(0)));
  receiver.socket.on("message", take);
  sender.socket.on("message", hear);
  return { lane, sockets: [sender.socket, receiver.socket] };
}

export async function openPairs(server, sayOf, task) {
  const pairs = await Promise.all(sayOf.map((said, pair) => openPair(server, pair, said, task)));
  return {
    lanes: pairs.map(({ lane }) => lane),
    async prove() {
      return ["each came once, in order"];
    },
    async close() {
      for (const { sockets } of pairs) for (const socket of sockets) socket.terminate();
    },
  };
}
