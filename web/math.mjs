// Typesets TeX for the pages of the book while they are built.
//
// Each line of the input is a JSON object {tex, display}, each line of the output {html} or
// {error}.  With --style, the style sheet for all of it is printed instead; its fonts are
// expected in the folder `fonts` beside it.

import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const mathjax = createRequire(import.meta.url)("mathjax");
const MathJax = await mathjax.init({
  loader: { load: ["input/tex", "output/chtml", "a11y/assistive-mml"] },
  tex: { packages: { "[-]": ["noundefined"] }, formatError: (_, error) => { throw error; } },
  chtml: { fontURL: "fonts", adaptiveCSS: false },
});

function typeset({ tex, display }) {
  return MathJax.startup.adaptor.outerHTML(MathJax.tex2chtml(tex, { display }));
}

if (process.argv.includes("--style")) {
  process.stdout.write(MathJax.startup.adaptor.textContent(MathJax.chtmlStylesheet()));
} else {
  for await (const line of createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = { html: typeset(JSON.parse(line)) };
    } catch (error) {
      answer = { error: error.message };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}
