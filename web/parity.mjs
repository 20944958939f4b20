// Runs the cells of pages in Pyodide under Node, as a browser would, and prints what they give.
//
// The arguments are the built site's folder `pyodide` and a JSON file: for each page the sources
// of its cells, null for those that do not run in a browser.  The answer is JSON: for each page and
// each cell whether it came to its end, and the kinds and contents that it gave.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join, resolve } from "node:path";

const [folder, pages] = process.argv.slice(2);
const engine = resolve(folder) + "/";
const { loadPyodide } = await import(pathToFileURL(join(engine, "pyodide.mjs")));
const pyodide = await loadPyodide({ indexURL: engine });
await pyodide.loadPackage(["numpy", "matplotlib"], { messageCallback: () => {} });
pyodide.unpackArchive(new Uint8Array(readFileSync(join(engine, "course.zip"))), "zip");
const { Runner } = pyodide.pyimport("coursesite.page_runner");

const answer = {};
for (const [page, sources] of Object.entries(JSON.parse(readFileSync(pages, "utf-8")))) {
  const runner = Runner();
  answer[page] = sources.map((source, at) => {
    if (source === null) return null;
    const given = [];
    const ended = runner.run(`cell ${at + 1}`, source, (kind, content) => given.push([kind, content]));
    return { ended, given };
  });
}
console.log(JSON.stringify(answer));
