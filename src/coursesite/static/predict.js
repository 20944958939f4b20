// A question that waits for the reader's guess before it shows what was computed.

{
  const { allGuesses, keepAll, numberIn, off, spoken, times } = globalThis.guesses;
  const HOW = "Write it like 3.35, 1,000, 1e12 or 2.5\u00a0T.";

  const bold = (words) =>
    Object.assign(document.createElement("strong"), { textContent: words });

  class Guess extends HTMLElement {
    /** Begin as soon as all of it has been read; open the rest of an answer as it comes. */
    settle() {
      if (!this.question && this.querySelector(".predict-result a")) this.begin();
      if (this.result && !this.result.hidden) this.turn(true);
    }

    begin() {
      this.question = JSON.parse(this.dataset.question);
      this.form = this.querySelector("form");
      this.says = this.querySelector(".predict-says");
      this.result = this.querySelector(".predict-result");
      this.verdict = this.querySelector(".predict-verdict");
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.check();
      });
      this.querySelector(".predict-show").addEventListener("click", () => this.show());
      this.querySelector(".predict-again").addEventListener("click", () => this.again());
      const last = this.mine().at(-1);
      if (last && !last.again && typeof last.guess === typeof this.question.answer) this.reveal(last);
    }

    mine(guesses = allGuesses()) {
      const { topic, id } = this.question;
      return guesses.filter((one) => one.topic === topic && one.id === id);
    }

    get fields() {
      return [...this.form.querySelectorAll("input")];
    }

    /** What was typed or picked, or a sentence that says what is wrong with it. */
    read() {
      const { answer, choices, unit } = this.question;
      if (choices.length) {
        const picked = choices[this.fields.findIndex((field) => field.checked)];
        return picked ? { guess: picked[0], said: picked[1] } : { wrong: "Pick one of them first." };
      }
      const text = this.fields[0].value.trim();
      const guess = numberIn(text, unit);
      if (!text) return { wrong: "Type a number first. A bold guess is better than none." };
      if (!Number.isFinite(guess)) return { wrong: `“${text}” is no number that can be read. ${HOW}` };
      if (guess <= 0) return { wrong: `A factor needs a number above zero, not ${text}.` };
      return { guess, said: `${spoken(guess, 4)} ${unit}`.trim() };
    }

    check() {
      const { wrong, guess, said } = this.read();
      this.says.textContent = wrong ?? "";
      for (const field of this.fields) field.setAttribute("aria-invalid", Boolean(wrong));
      if (wrong) return (this.fields.find((field) => field.checked) ?? this.fields[0]).focus();
      const { topic, id, answer, shown } = this.question;
      const factor = typeof guess === "number" ? guess / answer : null;
      const made = { topic, id, guess, said, answer, shown, factor, when: Date.now() };
      const kept = keepAll([...allGuesses(), made]);
      this.reveal(made);
      if (!kept) this.verdict.append(" (This browser keeps nothing, so it is forgotten with the page.)");
      this.verdict.focus();
    }

    show() {
      this.reveal();
      this.verdict.focus();
    }

    /** Show the answer, and by how much a guess was off. */
    reveal(made) {
      const { answer, shown, choices } = this.question;
      const is = bold(shown);
      if (!made) {
        this.verdict.replaceChildren("It is ", is, ".");
      } else if (typeof answer === "string") {
        this.verdict.replaceChildren("You said ", bold(made.said), made.guess === answer ? "" : "; it is ");
        this.verdict.append(...(made.guess === answer ? [", and so it is."] : [is, "."]));
      } else {
        const now = { factor: made.guess / answer };
        this.verdict.replaceChildren("You said ", bold(made.said), "; it is ", is, ": ", bold(off(now)), ".");
        const nearest = Math.min(...choices.map(([value]) => times(value / answer)));
        if (choices.length && times(now.factor) === nearest) this.verdict.append(" No other choice is nearer.");
      }
      this.turn(true);
    }

    again() {
      const guesses = allGuesses();
      const last = this.mine(guesses).at(-1);
      if (last) {
        last.again = true;
        keepAll(guesses);
      }
      this.form.reset();
      this.turn(false);
      this.fields[0].focus();
    }

    /** Open or close all that tells the answer. */
    turn(open) {
      this.form.hidden = open;
      this.result.hidden = !open;
      const evidence = this.closest(".predict").nextElementSibling?.querySelector("details.below-input");
      const why = document.getElementById(this.querySelector("a").hash.slice(1));
      for (const part of [evidence, why]) part?.toggleAttribute("open", open);
    }
  }

  customElements.define("course-guess", Guess);
  whileReading(() => document.querySelectorAll("course-guess").forEach((one) => one.settle()));
}
