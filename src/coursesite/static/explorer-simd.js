/** `<simd-explorer>`: a warp at a branch, instruction by instruction, lane by lane. */

import {Explorer, bands, formatNumber, formatPercent, linear, linearStops, slider} from "./explorer-kit.js";
import {branch, taken, together} from "./simd-model.js";

const SIDES = {if: 1, else: 2};
const LEAST_HEIGHT = 8;
const LANES_PER_LABEL = 8;

class SimdExplorer extends Explorer {
  build() {
    const {start, runs, shares, warps} = this.data;
    this.run = slider({label: "alike in runs of", stops: runs, value: start.run});
    this.share = slider({
      label: "take the branch", stops: shares, value: start.share, format: formatPercent,
    });
    this.yes = slider({
      label: "instructions, if", stops: linearStops(1, 16, 1), value: start.ifInstructions,
    });
    this.no = slider({
      label: "instructions, else", stops: linearStops(0, 16, 1), value: start.elseInstructions,
    });
    this.warp = slider({label: "warp", stops: linearStops(0, warps - 1, 1), value: 0});
    this.set([this.run, this.share], [this.yes, this.no, this.warp]);
    this.key(SIDES);
  }

  update() {
    const [yes, no] = [this.yes.value, this.no.value];
    const masks = taken(this.data, this.run.value, this.share.value);
    const mask = masks[this.warp.value];
    this.draw(mask, yes, no);
    this.read(masks, branch(mask, yes, no), yes, no);
    this.list(yes, no);
  }

  draw(mask, yes, no) {
    const {plot} = this;
    plot.frame(
      {scale: bands, domain: [...mask.keys()], label: "lane", format: n => (n % LANES_PER_LABEL ? "" : n)},
      {scale: linear, domain: [0, Math.max(LEAST_HEIGHT, yes + no)], label: "issued instructions, first to last", format: formatNumber},
    );
    const mixed = mask.includes(true) && mask.includes(false);
    mask.forEach((takes, lane) => {
      const part = (side, instructions, works) => ({
        value: instructions,
        kind: `hue-${SIDES[side]}${works ? "" : " pale"}`,
        title: `lane ${lane}, ${side}: ${works ? "works" : "masked"}`,
        text: "",
      });
      const sides = [part("if", yes, takes), part("else", no, !takes)];
      plot.stack(lane, mixed ? sides : sides.filter((_, i) => takes === (i === 0)));
    });
  }

  read(masks, mine, yes, no) {
    const all = together(masks, yes, no);
    const lanes = masks[0].length;
    this.tell({
      "used slots, all warps": formatPercent(all.utilisation),
      "instructions issued": formatNumber(all.instructions),
      "issued if none waited": formatNumber(all.useful / lanes),
      "warps with both sides": `${all.mixed} of ${masks.length}`,
    });
    const slots = lanes * mine.instructions;
    this.say(mine.mixed
      ? `Warp ${this.warp.value} has lanes on both sides: it issues ${mine.instructions} instructions and uses ${formatPercent(mine.useful / slots)} of its slots.`
      : `All lanes of warp ${this.warp.value} agree: it issues one side, and no lane is masked.`);
  }

  list(yes, no) {
    const share = this.share.value;
    const rows = this.data.runs.map(run => {
      const all = together(taken(this.data, run, share), yes, no);
      return [run, all.mixed, formatNumber(all.instructions), formatPercent(all.utilisation)].map(String);
    });
    this.tabulate(
      `${this.data.warps} warps, ${formatNumber(100 * share)} % of the runs take a branch of ${yes} instructions, the others one of ${no}`,
      ["alike in runs of", "warps with both sides", "issued", "used slots"], rows);
  }
}

customElements.define("simd-explorer", SimdExplorer);
