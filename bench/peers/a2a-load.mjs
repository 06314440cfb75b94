/** The official A2A client, so many `message/send` at a time; each must be answered with the text that was sent. */
import { ClientFactory } from "@a2a-js/sdk/client";
import { demand } from "./lane.mjs";
import { measureLoop } from "./loop.mjs";
import { failing } from "./throughput.mjs";

const userRole = 1;
let client;

const request = (number, text) => ({
  ...{ tenant: "", configuration: undefined, metadata: undefined },
  message: {
    ...{ messageId: `m-${number}`, contextId: "", taskId: "", role: userRole },
    parts: [
      { content: { $case: "text", value: text }, metadata: undefined, filename: "", mediaType: "text/plain" },
    ],
    ...{ metadata: undefined, extensions: [], referenceTaskIds: [] },
  },
});

export async function measureMessageSend(server, task) {
  client ??= await new ClientFactory().createFromUrl(server.url);
  const filler = "x".repeat(task.payloadBytes);
  const one = async (number) => {
    const text = `${number} ${filler}`.slice(0, task.payloadBytes);
    const { messageId, parts } = await client.sendMessage(request(number, text));
    demand(messageId === `re-m-${number}`, `${messageId} came as the answer to m-${number}`);
    demand(parts[0].content.value === text, `the answer to m-${number} is not what was sent`);
  };
  const measured = await measureLoop({ server, task, failed: failing().failed, one });
  return { ...measured, proven: ["each was answered with its own text"] };
}
