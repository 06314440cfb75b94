/**
 * Senders and receivers of NATS JetStream: one stream in files, each message published with an answer, each message
 * acknowledged by its consumer. Plainly, as the client's own JetStream API does it; leanly, as Parley's load does: no
 * promise for each message, acknowledgements that cover all up to one.
 */
import { connect } from "nats";
import { Coalesced } from "./coalesced.mjs";
import { demand, Lane } from "./lane.mjs";

const stream = "bench";
const durable = (pair) => `receiver-${pair}`;
const text = new TextDecoder();

const stored = (answer) =>
  demand(answer.stream === stream && answer.seq > 0, `not stored: ${JSON.stringify(answer)}`);

const plain = {
  async receive({ receiver, admin, pair, lane, guarded }) {
    const durable_name = durable(pair);
    await admin.consumers.add(stream, {
      ...{ durable_name, filter_subject: `bench.${pair}`, ack_policy: "explicit", max_ack_pending: 2_048 },
    });
    const consumer = await receiver.jetstream().consumers.get(stream, durable_name);
    const callback = guarded((message) => {
      lane.deliverNext(message.data);
      message.ack();
    });
    const messages = await consumer.consume({ max_messages: 512, callback });
    return () => messages.close();
  },
  putting({ sender, pair, payloads, guarded, fail, answer }) {
    const client = sender.jetstream();
    const hear = guarded((said) => {
      stored(said);
      answer();
    });
    return (counter) => void client.publish(`bench.${pair}`, payloads.make(counter)).then(hear, fail);
  },
};

const lean = {
  async receive({ receiver, admin, pair, lane, guarded }) {
    let last;
    const handled = new Coalesced(() => last.respond());
    const callback = guarded((error, message) => {
      demand(!error, `the consumer failed: ${error?.message}`);
      lane.deliverNext(message.data);
      last = message;
      handled.add();
    });
    receiver.subscribe(`deliver.${pair}`, { callback });
    await receiver.flush();
    await admin.consumers.add(stream, {
      ...{ durable_name: durable(pair), filter_subject: `bench.${pair}`, deliver_subject: `deliver.${pair}` },
      ...{ ack_policy: "all", max_ack_pending: 2_048 },
    });
    return () => undefined;
  },
  putting({ sender, pair, payloads, guarded, answer }) {
    const callback = guarded((_error, { data }) => {
      stored(JSON.parse(text.decode(data)));
      answer();
    });
    sender.subscribe(`stored.${pair}`, { callback });
    return (counter) => sender.publish(`bench.${pair}`, payloads.make(counter), { reply: `stored.${pair}` });
  },
};

async function openPair({ port }, admin, pair, said, { guarded, fail, isLean }) {
  const way = isLean ? lean : plain;
  const servers = `127.0.0.1:${port}`;
  const sender = await connect({ servers });
  const receiver = await connect({ servers });
  const { payloads } = said;
  const putOne = way.putting({ sender, pair, payloads, guarded, fail, answer: () => lane.answer(1) });
  const put = (first, count) => {
    for (let counter = first; counter < first + count; counter++) putOne(counter);
  };
  const lane = new Lane({ ...said, put });
  const leave = await way.receive({ receiver, admin, pair, lane, guarded });
  await sender.flush();
  return { lane, leave, connections: [sender, receiver] };
}

async function prove(admin, pairs) {
  const sent = pairs.reduce((sum, { lane }) => sum + lane.sent, 0);
  const { state } = await admin.streams.info(stream);
  demand(state.messages === sent, `${state.messages} of ${sent} are in the stream`);
  return ["each came once, in order", "the stream holds as many as were answered"];
}

export async function openPairs(server, sayOf, task) {
  const connection = await connect({ servers: `127.0.0.1:${server.port}` });
  const admin = await connection.jetstreamManager();
  await admin.streams.add({ name: stream, subjects: ["bench.*"], storage: "file", num_replicas: 1 });
  const pairs = await Promise.all(sayOf.map((said, pair) => openPair(server, admin, pair, said, task)));
  return {
    lanes: pairs.map(({ lane }) => lane),
    prove: () => prove(admin, pairs),
    async close() {
      await Promise.all(pairs.map(({ leave }) => leave()));
      await Promise.all(pairs.flatMap(({ connections }) => connections.map((one) => one.close())));
      await admin.streams.delete(stream);
      await connection.close();
    },
  };
}
