/** `<training-explorer>`: the state of training under each recipe, stacked up beside a chip's memory. */

import {
  Explorer, bands, chipOptions, formatNumber, formatPercent, formatSi, linear, roundAbove,
  roundStops, select, slider,
} from "./explorer-kit.js";
import {mostParameters, total, trainingBytes} from "./training-model.js";

const bytes = value => formatSi(value, "B");
const count = value => `${formatSi(value, "").trim()} parameters`;

class TrainingExplorer extends Explorer {
  build() {
    const {start, chips, recipes, parts} = this.data;
    this.hues = Object.fromEntries(parts.map((part, i) => [part, i + 1]));
    this.chip = select({label: "memory of", options: chipOptions(chips), value: start.chip});
    this.recipe = select({
      label: "recipe",
      options: recipes.map(({key, label}) => ({value: key, label})),
      value: start.recipe,
    });
    this.parameters = slider({
      label: "parameters", stops: roundStops(1e8, 1e12), value: start.parameters, format: value => formatSi(value, ""),
    });
    this.set([this.chip, this.recipe], [this.parameters]);
    this.key(this.hues);
  }

  update() {
    const {recipes, chips} = this.data;
    const parameters = this.parameters.value;
    const state = {
      parameters,
      machine: chips.find(one => one.key === this.chip.value),
      chosen: recipes.find(one => one.key === this.recipe.value),
      sizes: new Map(recipes.map(recipe => [recipe, trainingBytes(parameters, recipe)])),
    };
    this.draw(state);
    this.read(state);
    this.list(state);
  }

  draw({machine, chosen, sizes}) {
    const {plot, hues} = this;
    const {capacityBytes} = machine;
    const highest = Math.max(capacityBytes, ...[...sizes.values()].map(total));
    plot.frame(
      {scale: bands, domain: [...sizes.keys()].map(one => one.key), label: "recipe", format: key => key},
      {scale: linear, domain: [0, roundAbove(1.05 * highest)], label: "memory (B)", format: value => formatSi(value, "")},
    );
    for (const [recipe, parts] of sizes) {
      const pale = recipe === chosen ? "" : " pale";
      plot.stack(recipe.key, Object.entries(parts).map(([part, value]) => ({
        value, kind: `hue-${hues[part]}${pale}`, title: `${part}: ${bytes(value)}`, text: bytes(value),
      })));
    }
    plot.level(capacityBytes, `memory: ${bytes(capacityBytes)}`);
  }

  read({parameters, machine, chosen, sizes}) {
    const needed = total(sizes.get(chosen));
    const share = needed / machine.capacityBytes;
    const most = mostParameters(machine.capacityBytes, chosen);
    this.tell({
      "bytes a parameter": formatNumber(total(chosen.bytesPerParameter)),
      "in all": bytes(needed),
      "of the memory": formatPercent(share),
      "parameters it holds": formatSi(most, ""),
    });
    this.say(share <= 1
      ? `${count(parameters)} fit into ${machine.name}, and leave ${formatPercent(1 - share)} of it to activations.`
      : `${count(parameters)} take the memory of at least ${formatNumber(Math.ceil(share))} such chips, before any activation.`);
  }

  list({parameters, machine, sizes}) {
    const rows = [...sizes].map(([{label, bytesPerParameter}, parts]) => [
      label, formatNumber(total(bytesPerParameter)), ...Object.values(parts).map(bytes), bytes(total(parts)),
    ]);
    this.tabulate(
      `${count(parameters)} in training with Adam, without activations; ${machine.name} holds ${bytes(machine.capacityBytes)}`,
      ["recipe", "bytes each", ...this.data.parts, "in all"], rows);
  }
}

customElements.define("training-explorer", TrainingExplorer);
