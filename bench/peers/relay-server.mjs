/**
 * An ungoverned relay, as plain as `ws` makes it: what comes from one of a pair goes to the other as it is, one message
 * for one frame; nothing is kept, nobody is known, nothing is counted. The sender hears of each that went on or, leanly, of
 * sixteen at a time or when nothing more is there. Says where it listens once it does; ends when its parent does.
 */
import { WebSocketServer } from "ws";
import { Coalesced } from "./coalesced.mjs";

const isLean = process.argv.includes("lean");
const other = { a: "b", b: "a" };
const sockets = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

server.on("connection", (socket, { url }) => {
  const [, pair, side] = url.split("/");
  const own = `${pair}/${side}`;
  const peer = `${pair}/${other[side]}`;
  sockets.set(own, socket);
  const told = new Coalesced((count) => {
    const said = Buffer.allocUnsafe(4);
    said.writeUInt32BE(count);
    socket.send(said);
  });
  socket.on("message", (message) => {
    sockets.get(peer).send(message);
    told.add();
    if (!isLean) told.flush();
  });
  socket.on("close", () => sockets.delete(own));
});
server.on("listening", () => process.send({ ready: `ws://127.0.0.1:${server.address().port}` }));

process.once("disconnect", () => {
  server.close();
  for (const socket of server.clients) socket.terminate();
});
