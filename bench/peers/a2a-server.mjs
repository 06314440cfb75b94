/**
 * The official A2A JavaScript SDK as a server: one agent that answers each message with a message of the same text,
 * over JSON-RPC, everything in memory. Says where it listens once it does; ends when its parent does.
 */
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import { agentCardHandler, jsonRpcHandler, UserBuilder } from "@a2a-js/sdk/server/express";
import express from "express";

const agentRole = 2;

const replying = {
  async execute({ userMessage, contextId }, bus) {
    const { messageId, parts } = userMessage;
    bus.publish(
      AgentEvent.message({
        ...{ messageId: `re-${messageId}`, contextId, taskId: "", role: agentRole, parts },
        ...{ metadata: undefined, extensions: [], referenceTaskIds: [] },
      }),
    );
    bus.finished();
  },
  async cancelTask() {
    throw new Error("nothing here can be cancelled");
  },
};

const cardAt = (url) => ({
  ...{ name: "bench", description: "answers what it is told", version: "1.0.0" },
  supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0", tenant: "" }],
  capabilities: { streaming: false, pushNotifications: false, extensions: [] },
  ...{ defaultInputModes: ["text/plain"], defaultOutputModes: ["text/plain"] },
  skills: [{ ...{ id: "reply", name: "reply", description: "replies" }, tags: [], examples: [] }],
  ...{ securitySchemes: {}, securityRequirements: [], signatures: [] },
});

const app = express();
const server = app.listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const card = cardAt(`${url}/a2a`);
  const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), replying);
  app.use("/.well-known/agent-card.json", agentCardHandler({ agentCardProvider: requestHandler }));
  app.use("/a2a", jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication }));
  process.send({ ready: url });
});
process.once("disconnect", () => server.close(() => undefined).closeAllConnections());
