/** `/docs`: the API as a page without scripts, made from the same description that programs read. */
export type OpenApi = Record<string, unknown> & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1,h2,h3{line-height:1.2}h3 code{font-size:1rem}section{border-top:1px solid #d0d7de;padding-top:.5rem}
summary{cursor:pointer}pre{background:#f6f8fa;padding:1rem;overflow:auto;font-size:.85rem}
.method{display:inline-block;min-width:4rem;font-weight:700}nav li{list-style:none}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}pre{background:#161b22}section{border-color:#30363d}a{color:#58a6ff}}`;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly about: Record<string, unknown>;
}

const operationsOf = (api: OpenApi): readonly Operation[] =>
  Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, about]) => ({ method: method.toUpperCase(), path, about })),
  );

const json = (title: string, value: unknown): string =>
  value === undefined
    ? ""
    : `<details><summary>${title}</summary><pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre></details>`;

const renderOperation = ({
  method,
  path,
  about,
}: Operation): string => `<section id="${escapeHtml(String(about.operationId))}">
<h3><span class="method">${method}</span> <code>${escapeHtml(path)}</code></h3>
<p>${escapeHtml(String(about.summary ?? ""))}. ${escapeHtml(String(about.description ?? ""))}</p>
${json("Parameters", about.parameters)}${json("Body", about.requestBody)}${json("Answers", about.responses)}
</section>`;

export function renderDocs(api: OpenApi): string {
  const operations = operationsOf(api);
  const contents = operations.map(
    ({ method, path, about }) =>
      `<li><a href="#${escapeHtml(String(about.operationId))}"><span class="method">${method}</span> ${escapeHtml(path)}</a></li>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Parley API</title><style>${style}</style></head><body><h1>Parley API</h1>
<p>The same description for programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>
<nav><ul>${contents.join("")}</ul></nav>${operations.map(renderOperation).join("")}</body></html>`;
}
