/** `<introduction-explorer>`: five ideas race on a machine whose rates a reader turns. */

import {
  Explorer, bands, formatNumber, formatPercent, formatSi, formatTime, linear, roundStops, slider,
} from "./explorer-kit.js";
import {binding, breakEvenDensity, longest, phases, usefulFlop} from "./introduction-model.js";

const HUES = {"matrix units": 1, lanes: 2, memory: 3};
const shortName = name => name.split(" ").find(word => !["network", "table", "tree"].includes(word));
const rate = unit => value => formatSi(value, unit);

class IntroductionExplorer extends Explorer {
  build() {
    const {start} = this.data;
    this.lanes = slider({label: "width in lanes", stops: [1, 2, 4, 8, 16, 32, 64], value: start.lanes});
    this.vector = slider({
      label: "all lanes", stops: roundStops(1e9, 1e15), value: start.vectorFlopPerS, format: rate("FLOP/s"),
    });
    this.matrix = slider({
      label: "matrix units", stops: [0, 1, 2, 4, 8, 16, 32, 64], value: start.matrixFactor,
      format: value => (value ? `${value} ×` : "none"),
    });
    this.memory = slider({
      label: "memory", stops: roundStops(1e9, 1e16), value: start.bytesPerS, format: rate("B/s"),
    });
    this.density = slider({
      label: "sparse network, not zero", stops: [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.2, 0.5],
      value: start.density, format: formatPercent,
    });
    this.set([this.lanes, this.vector, this.matrix], [this.memory, this.density]);
    this.key(HUES);
  }

  update() {
    const machine = {
      lanes: this.lanes.value,
      vectorFlopPerS: this.vector.value,
      matrixFlopPerS: this.matrix.value * this.vector.value,
      bytesPerS: this.memory.value,
    };
    const ideas = this.data.ideas.map(idea =>
      (idea.density < 1 ? {...idea, density: this.density.value} : idea));
    const racing = ideas.map(idea => {
      const parts = phases(idea, machine);
      return {idea, seconds: longest(parts), binds: binding(parts)};
    });
    const winner = racing.reduce((best, one) => (one.seconds < best.seconds ? one : best));
    this.draw(racing, winner);
    this.read(racing, winner, machine);
    this.list(racing, winner, machine);
  }

  draw(racing, winner) {
    const {plot} = this;
    plot.frame(
      {scale: bands, domain: racing.map(({idea}) => shortName(idea.name)), label: "idea", format: name => name},
      {scale: linear, domain: [0, 1], label: "speed, of the winner's", format: formatPercent},
    );
    for (const {idea, seconds, binds} of racing) {
      const name = shortName(idea.name);
      const value = winner.seconds / seconds;
      const time = formatTime(seconds);
      plot.stack(name, [{value, kind: `hue-${HUES[binds]}`, title: `${idea.name}: ${time}, ${binds}`, text: ""}]);
      plot.write(time, [plot.x(name), plot.y(value) - 5], "name", {"text-anchor": "middle"});
    }
  }

  read(racing, winner, machine) {
    const cheapest = racing.reduce((best, one) =>
      (usefulFlop(one.idea) < usefulFlop(best.idea) ? one : best));
    this.tell({
      winner: winner.idea.name,
      "it takes at least": formatTime(winner.seconds),
      "zeros pay below": machine.matrixFlopPerS ? formatPercent(breakEvenDensity(machine)) : "any density",
    }, {winner: HUES[winner.binds]});
    const behind = cheapest === winner
      ? "which is also the best on paper"
      : `while the ${cheapest.idea.name}, best on paper, takes ${formatNumber(cheapest.seconds / winner.seconds)} times as long`;
    this.say(`The ${winner.idea.name} wins, held by ${winner.binds}, ${behind}.`);
  }

  list(racing, winner, {vectorFlopPerS, matrixFlopPerS, bytesPerS}) {
    const units = matrixFlopPerS ? `matrix units of ${formatSi(matrixFlopPerS, "FLOP/s")}` : "no matrix units";
    this.tabulate(
      `Five made-up ideas on lanes of ${formatSi(vectorFlopPerS, "FLOP/s")}, ${units} and a memory of ${formatSi(bytesPerS, "B/s")}`,
      ["idea", "on paper", "time, at least", "of the winner's speed", "what binds"],
      racing.map(({idea, seconds, binds}) => [
        idea.name, formatSi(usefulFlop(idea), "FLOP"), formatTime(seconds),
        formatPercent(winner.seconds / seconds), binds,
      ]));
  }
}

customElements.define("introduction-explorer", IntroductionExplorer);
