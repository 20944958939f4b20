// Python for one page, in a worker of its own: it can be ended while it runs.

let runner;
let miss;
const missed = new Promise((_, reject) => (miss = reject));
missed.catch(() => {}); // it is told by whoever waits for Python

const say = (message) => postMessage(message);

/** A file of the site itself, which may have changed since the browser kept it. */
async function fresh(address) {
  const answer = await fetch(address, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

/**
 * Hold what is fetched from now on against these hashes, given by the names of the files.
 *
 * Pyodide waits for ever where a file does not come, so that is told by `missed`.
 */
function verify(digests) {
  const plain = fetch;
  self.fetch = async (address, options) => {
    const integrity = digests[String(address).split("/").at(-1)];
    try {
      return await plain(address, integrity ? { ...options, integrity } : options);
    } catch (cause) {
      miss(new Error(`${address} did not come, or is not what the site was built with`, { cause }));
      throw cause;
    }
  };
}

/** A script of Pyodide, from wherever it lies. */
async function script(address) {
  const answer = await fetch(address);
  const source = new Blob([await answer.arrayBuffer()], { type: "text/javascript" });
  return import(URL.createObjectURL(source));
}

async function start({ engine, course }) {
  say({ says: "Loading Python…" });
  verify(await (await fresh(new URL("runtime.json", course))).json());
  const names = ["pyodide.mjs", "pyodide.asm.js"];
  const [{ loadPyodide }] = await Promise.all(names.map((name) => script(new URL(name, engine))));
  const lockFileURL = new URL("pyodide-lock.json", course).href; // ours, wherever Pyodide lies
  const pyodide = await loadPyodide({ indexURL: engine, lockFileURL });
  say({ says: "Loading NumPy and the course…" });
  const [archive] = await Promise.all([
    fresh(course).then((answer) => answer.arrayBuffer()),
    pyodide.loadPackage(["numpy"], { messageCallback: () => {} }),
  ]);
  pyodide.unpackArchive(archive, "zip");
  const Runner = pyodide.pyimport("coursesite.page_runner").Runner;
  runner = { pyodide, Runner, packages: new Set(["numpy"]) };
}

async function loadFor(source) {
  if (runner.packages.has("matplotlib") || !/plot|matplotlib/.test(source)) return;
  say({ says: "Loading Matplotlib…" });
  await runner.pyodide.loadPackage(["matplotlib"], { messageCallback: () => {} });
  runner.packages.add("matplotlib");
}

/** All that a cell needs is there, with `anew` in a Python that knows no name yet. */
async function ready(asked) {
  if (!runner) await start(asked);
  if (asked.anew || !runner.python) runner.python = runner.Runner();
  await loadFor(asked.source);
}

onmessage = async ({ data }) => {
  try {
    await Promise.race([ready(data), missed]);
  } catch (error) {
    return say({ broken: error.message });
  }
  say({ says: "Running…" });
  const ended = runner.python.run(data.name, data.source, (kind, content) => say({ kind, content }));
  say({ ended });
};
