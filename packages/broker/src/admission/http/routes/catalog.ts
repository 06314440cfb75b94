/** The catalog: the search over what an agent may engage. */
import { catalogItemSchema, catalogQuery } from "@parley/protocol";
import type { CatalogPlace } from "../../../records/catalog.js";
import type { Paging } from "../../../records/page.js";
import type { Records } from "../../../records/records.js";
import { viewCatalogItem } from "../../present/engagements.js";
import type { Look } from "../look.js";
import type { Route } from "../route.js";
import { noParams } from "../schemas.js";

export const catalogRoute = (records: Records, look: Look): Route =>
  look.page({
    path: "/v1/catalog",
    name: "searchCatalog",
    tag: "catalog",
    summary: "Search what one's agent may engage; operators name an agent, and see exactly what it sees",
    allowed: "instances; admin, auditor on behalf of an agent",
    params: noParams,
    query: catalogQuery,
    item: catalogItemSchema,
    list(principal, paging: Paging<CatalogPlace>, { query }) {
      const { limit: _limit, cursor: _cursor, available, ...search } = query;
      const only = available === undefined ? {} : { available: available === "true" };
      return records.searchCatalog(principal, { ...search, ...only }, paging);
    },
    view: viewCatalogItem,
  });
