// What the panel of an exercise says; where the panel is out of sight, at the foot of the window.

export class Status {
  constructor(panel, foot) {
    this.panel = panel;
    this.foot = foot;
  }

  /** Say something; with `undo`, offer to take back what was done. */
  tell(words, undo) {
    const { top, bottom } = this.panel.getBoundingClientRect();
    const place = bottom > 0 && top < innerHeight ? this.panel : this.foot;
    const lost = [document.body, ...this.buttons].includes(document.activeElement);
    this.foot.hidden = place !== this.foot;
    place.replaceChildren(words);
    if (undo) place.append(" ", button("Undo", undo));
    if (place === this.foot) place.append(" ", button("Close", () => (this.foot.hidden = true)));
    if (lost && undo) place.querySelector("button").focus({ preventScroll: true });
  }

  /** The reader goes on: nothing lies over the page. */
  rest() {
    this.foot.hidden = true;
  }

  get buttons() {
    return [this.panel, this.foot].flatMap((place) => [...place.querySelectorAll("button")]);
  }
}

function button(word, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = word;
  made.addEventListener("click", press);
  return made;
}
