// The editor of code cells: CodeMirror with Python, in the colours that the page gives to code.
// esbuild makes one module of it while the book is built; src/coursesite/editor.py.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

const PYGMENTS = tagHighlighter([
  { tag: tags.keyword, class: "k" },
  { tag: tags.operatorKeyword, class: "ow" },
  { tag: tags.moduleKeyword, class: "kn" },
  { tag: [tags.bool, tags.null], class: "kc" },
  { tag: tags.operator, class: "o" },
  { tag: tags.number, class: "mi" },
  { tag: tags.string, class: "s2" },
  { tag: tags.special(tags.string), class: "sa" },
  { tag: tags.comment, class: "c1" },
  { tag: tags.function(tags.definition(tags.variableName)), class: "nf" },
  { tag: tags.definition(tags.className), class: "nc" },
  { tag: tags.punctuation, class: "p" },
  { tag: tags.name, class: "n" },
]);

const PHONE = "(max-width: 40rem)";

/** An editor at the end of `place`; `changed` is told of what is typed, `run` of Ctrl-Enter. */
export function edit(place, { source, label, changed, run }) {
  const asked = () => (run(), true);
  const view = new EditorView({
    parent: place,
    doc: source,
    extensions: [
      keymap.of([
        { key: "Mod-Enter", run: asked },
        { key: "Shift-Enter", run: asked },
        ...closeBracketsKeymap,
        ...defaultKeymap,
        ...historyKeymap,
        indentWithTab,
      ]),
      history(),
      python(),
      indentUnit.of("    "),
      EditorState.tabSize.of(4),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      syntaxHighlighting(PYGMENTS),
      matchMedia(PHONE).matches ? EditorView.lineWrapping : [],
      EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        view.setTabFocusMode(false);
        changed();
      }),
    ],
  });
  // Who comes by Tab goes on by Tab, until something is typed; from then on it indents.
  let pointed = false;
  const on = (event, does) => view.dom.addEventListener(event, does);
  on("pointerdown", () => ((pointed = true), view.setTabFocusMode(false)));
  on("focusin", () => view.setTabFocusMode(!pointed));
  on("focusout", () => (pointed = false));
  // The page's own keys, such as / for its search, are letters here.
  on("keydown", (event) => event.stopPropagation());
  return {
    element: view.dom,
    get source() {
      return view.state.doc.toString();
    },
    set source(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    focus: () => view.focus(),
    remove: () => view.destroy(),
  };
}
