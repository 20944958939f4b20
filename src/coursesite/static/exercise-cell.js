// A code cell of an exercise: what may be changed is open at once, and checks give a verdict.

import { isAnswer, isCheck, mayChange, sourceOf } from "./notebook.js";
import { DONE, RAISED } from "./page-python.js";
import { ENDS, RunCell } from "./run-cell.js";

export class ExerciseCell extends RunCell {
  constructor(bar, exercise, cell) {
    super(bar, sourceOf(exercise.asReleased(cell)));
    this.exercise = exercise;
    this.sequence = exercise.sequence;
    this.id = cell.id;
    this.editable = mayChange(cell);
    this.isAnswer = isAnswer(cell);
    this.part = isCheck(cell) ? cell.metadata.nbgrader.grade_id : undefined;
    this.skip = this.part !== undefined;
    if (this.part) this.ends = { ...ENDS, [DONE]: "Passes.", [RAISED]: "Does not pass yet." };
    this.button("add", () => exercise.addBelow(this));
    this.button("remove", () => exercise.remove(this));
  }

  async run() {
    const answers = this.exercise.verdicts.answersTo(this);
    const ended = await super.run();
    const known = ended === DONE || ended === RAISED;
    if (this.part && known) this.exercise.judge(this, ended === DONE, answers);
    return ended;
  }

  /** Make the cell read `source`, where it may be changed. */
  async write(source) {
    if (!this.editable) return;
    if (!this.editor) await this.open(source);
    else if (this.source !== source) this.editor.source = source;
  }

  changed() {
    super.changed();
    this.exercise.typed(this);
  }

  reset() {
    this.exercise.bringBack(this);
  }
}
