// Python for one page, in a worker of its own: it can be ended while it runs.

let runner;

const say = (message) => postMessage(message);

async function start({ engine, course }) {
  say({ says: "Loading Python…" });
  const { loadPyodide } = await import(new URL("pyodide.mjs", engine));
  const lockFileURL = new URL("pyodide-lock.json", course).href; // ours, wherever Pyodide lies
  const pyodide = await loadPyodide({ indexURL: engine, lockFileURL });
  say({ says: "Loading NumPy and the course…" });
  const [archive] = await Promise.all([
    fetch(course).then((answer) => {
      if (!answer.ok) throw new Error(`${course}: ${answer.status}`);
      return answer.arrayBuffer();
    }),
    pyodide.loadPackage(["numpy"], { messageCallback: () => {} }),
  ]);
  pyodide.unpackArchive(archive, "zip");
  const Runner = pyodide.pyimport("coursesite.page_runner").Runner;
  runner = { pyodide, python: Runner(), packages: new Set(["numpy"]) };
}

async function loadFor(source) {
  if (runner.packages.has("matplotlib") || !/plot|matplotlib/.test(source)) return;
  say({ says: "Loading Matplotlib…" });
  await runner.pyodide.loadPackage(["matplotlib"], { messageCallback: () => {} });
  runner.packages.add("matplotlib");
}

onmessage = async ({ data }) => {
  try {
    if (!runner) await start(data);
    await loadFor(data.source);
    say({ says: "Running…" });
    const ended = runner.python.run(data.name, data.source, (kind, content) =>
      say({ kind, content }),
    );
    say({ ended });
  } catch (error) {
    say({ kind: "error", content: `Python could not be started: ${error.message}` });
    say({ ended: false });
  }
};
