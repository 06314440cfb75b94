/** Sessions: proposed, answered, looked at and closed. What is joined is joined over the socket. */
import {
  closeRequest,
  rejectRequest,
  sessionSchema,
  sessionsQuery,
  statementRequest,
  transcriptItemSchema,
  transcriptQuery,
} from "@parley/protocol";
import type { After, Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import type { TranscriptPlace } from "../../../records/transcripts.js";
import { type Done, type Engagements, isOutcome } from "../../engagements.js";
import { viewSession } from "../../present/engagements.js";
import { viewHappening } from "../../present/transcripts.js";
import { answer, created, ok } from "../answer.js";
import type { Look } from "../look.js";
import { forPrincipals, type Route } from "../route.js";
import { noBody, noParams, noQuery, sessionParam } from "../schemas.js";

const tag = "sessions";
const one = "/v1/sessions/{session}";

type Answer = "session.accept" | "session.reject" | "session.withdraw" | "session.close";
const answered = (done: Done<Answer>) =>
  isOutcome(done) ? answer(done, (standing) => ok(viewSession(standing))) : done;

const proposeRoute = (engagements: Engagements) =>
  forPrincipals({
    method: "POST",
    path: "/v1/sessions",
    name: "proposeSession",
    tag,
    summary: "Propose a session by a signed proposal; the same proposal again is answered with its session",
    allowed: "instances",
    repeats: true,
    params: noParams,
    query: noQuery,
    body: statementRequest,
    answers: { 200: sessionSchema, 201: sessionSchema },
    async handle({ body, carried, by }) {
      const signer = { ...carried, thumbprint: by.thumbprint };
      const done = await engagements.propose(signer, body.statement, null);
      if (!isOutcome(done)) return done;
      return answer(done, (standing) =>
        standing.repeated
          ? ok(viewSession(standing))
          : created(viewSession(standing), `/v1/sessions/${standing.session.id}`),
      );
    },
  });

const acceptRoute = (engagements: Engagements) =>
  forPrincipals({
    method: "POST",
    path: `${one}/accept`,
    name: "acceptSession",
    tag,
    summary: "Accept a proposal by a signed acceptance",
    allowed: "the provider's instances; its admin where the contract says so",
    params: sessionParam,
    query: noQuery,
    body: statementRequest,
    answers: { 200: sessionSchema },
    async handle({ params, body, carried, by }) {
      const signer = { ...carried, thumbprint: by.thumbprint };
      return answered(await engagements.accept(signer, params.session, body.statement, null));
    },
  });

const rejectRoute = (engagements: Engagements) =>
  forPrincipals({
    method: "POST",
    path: `${one}/reject`,
    name: "rejectSession",
    tag,
    summary: "Reject a proposal",
    allowed: "the provider's instances and admin",
    params: sessionParam,
    query: noQuery,
    body: rejectRequest,
    answers: { 200: sessionSchema },
    async handle({ params, body, carried, by }) {
      const signer = { ...carried, thumbprint: by.thumbprint };
      return answered(await engagements.reject(signer, params.session, body?.detail ?? null, null));
    },
  });

const withdrawRoute = (engagements: Engagements) =>
  forPrincipals({
    method: "POST",
    path: `${one}/withdraw`,
    name: "withdrawSession",
    tag,
    summary: "Withdraw a proposal",
    allowed: "the consumer's instances and admin",
    params: sessionParam,
    query: noQuery,
    body: noBody,
    answers: { 200: sessionSchema },
    async handle({ params, carried, by }) {
      return answered(
        await engagements.withdraw({ ...carried, thumbprint: by.thumbprint }, params.session, null),
      );
    },
  });

const closeRoute = (engagements: Engagements) =>
  forPrincipals({
    method: "POST",
    path: `${one}/close`,
    name: "closeSession",
    tag,
    summary: "Close a session that is accepted or active",
    allowed: "the instance that holds a side; admin of either organisation",
    params: sessionParam,
    query: noQuery,
    body: closeRequest,
    answers: { 200: sessionSchema },
    async handle({ params, body, carried, by }) {
      const signer = { ...carried, thumbprint: by.thumbprint };
      return answered(await engagements.close(signer, params.session, body?.detail ?? null, null));
    },
  });

export const sessionCommands = (engagements: Engagements): readonly Route[] => [
  proposeRoute(engagements),
  acceptRoute(engagements),
  rejectRoute(engagements),
  withdrawRoute(engagements),
  closeRoute(engagements),
];

const readers = "instances of either agent; admin, auditor of both organisations";

export const sessionReads = (records: Records, look: Look): readonly Route[] => [
  look.page({
    path: "/v1/sessions",
    name: "listSessions",
    tag,
    summary: "List the sessions of one's agent or organisation, newest first",
    allowed: readers,
    params: noParams,
    query: sessionsQuery,
    item: sessionSchema,
    list(principal, paging: Paging<After>, { query, now }) {
      const { limit: _limit, cursor: _cursor, ...filter } = query;
      return records.listSessions(principal, filter, paging, now);
    },
    view: viewSession,
  }),
  look.one({
    path: one,
    name: "showSession",
    tag,
    summary: "Show a session as it stands",
    allowed: readers,
    params: sessionParam,
    shows: sessionSchema,
    async show(principal, { params, now }) {
      const found = await records.showSession(principal, params.session, now);
      return "code" in found ? found : ok(viewSession(found));
    },
  }),
  look.page({
    path: `${one}/transcript`,
    name: "readTranscript",
    tag,
    summary: "Read what has happened in a session, in order: headers of envelopes, never payloads",
    allowed: readers,
    params: sessionParam,
    query: transcriptQuery,
    item: transcriptItemSchema,
    list: (principal, paging: Paging<TranscriptPlace>, { params, query }) =>
      records.readTranscript(principal, params.session, paging, query.after ?? 0),
    view: viewHappening,
  }),
];
