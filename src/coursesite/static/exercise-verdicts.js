// What the visible checks said of each part, as long as nothing was changed since.

const STATES = { true: "passes", false: "not yet", undefined: "not checked" };

export class Verdicts {
  /** `made` is what was kept: for each part { passes, answers }. */
  constructor(rows, sequence) {
    this.rows = [...rows];
    this.sequence = sequence;
    this.made = {};
  }

  /** The cells that a check is about: those from the check above on. */
  cellsOf(check) {
    const above = this.sequence.cells.slice(0, this.sequence.cells.indexOf(check));
    const checks = above.map(({ part }) => part !== undefined);
    return above.slice(checks.lastIndexOf(true) + 1);
  }

  /** What the student wrote for a check. */
  answersTo(check) {
    return this.cellsOf(check).map(({ source }) => source).join("\n\n");
  }

  /** Whether a part passes its visible checks; undefined where that is not known now. */
  passes(part) {
    const check = this.sequence.cells.find((cell) => cell.part === part);
    const { passes, answers } = this.made[part] ?? {};
    return answers === this.answersTo(check) ? passes : undefined;
  }

  /** Show them in the panel; in one sentence. */
  show() {
    const all = this.rows.map((row) => {
      const passes = this.passes(row.dataset.part);
      row.dataset.passes = passes;
      row.querySelector("span").textContent = STATES[passes];
      return passes;
    });
    return `${all.filter(Boolean).length} of ${all.length} parts pass their visible checks.`;
  }
}
