/** The arithmetic of `hwmath.explorers.fit`, held against it by the tests. */

import {kept, kvShares} from "./latency-model.js";

/** Why so many chips cannot follow a plan with a model; "" where they can. */
export function obstacle({heads, layers}, chips, {tensor, pipeline}) {
  if (heads % tensor) return `${heads} heads do not part into ${tensor}`;
  if (layers % pipeline) return `${layers} layers do not part into ${pipeline}`;
  if (chips % (tensor * pipeline)) return `a copy takes ${tensor * pipeline} chips`;
  return "";
}

/** Bytes that one layer of a kind keeps for the backward pass, with a number for each pair or not. */
function layerBytes([, tokens, heads, kvHeads, inner, rows, scores], model, plan, everyPair) {
  const {tensor, split, texts, sequence, flash} = plan;
  const pairs = flash ? rows : everyPair * scores * sequence;
  const alone = tokens / (split ? tensor : 1) + kvHeads / Math.min(tensor, model.kvHeads);
  return texts * sequence * (alone + (heads + inner + pairs) / tensor);
}

/** Bytes of activations on the fullest chip, with as many micro-batches as the pipeline is deep. */
export function activationBytes(model, plan) {
  const {tensor, pipeline, split, texts, sequence, recompute} = plan;
  const between = split ? tensor : 1;
  const [tokens, , , inner] = model.ends;
  const after = texts * sequence * (tokens / between + inner / tensor);
  if (recompute === "full") {
    const inputs = (model.layers * texts * sequence * model.inputBytes) / between;
    const inHand = Math.max(...model.blocks.map(kind => layerBytes(kind, model, plan, true)));
    return inHand + held(inputs, after, pipeline);
  }
  const layers = model.blocks.reduce(
    (sum, kind) => sum + kind[0] * layerBytes(kind, model, plan, recompute === "none"), 0);
  return held(layers, after, pipeline);
}

/** The first chips hold a micro-batch for each stage, the last ones one, and what comes after all layers. */
const held = (layers, after, pipeline) =>
  (pipeline === 1 ? layers + after : Math.max(layers, layers / pipeline + after));

/** Bytes of a chip in training, by part.  A plan is {chips, tensor, pipeline, zeroStage, …}. */
export function training(model, plan, {bytesEach}) {
  const {chips, tensor, pipeline, zeroStage} = plan;
  const copies = chips / (tensor * pipeline);
  const part = (each, from) =>
    (model.parameters * each) / (tensor * pipeline * (zeroStage >= from ? copies : 1));
  const [weights, gradients, optimizer] = bytesEach;
  return {
    weights: part(weights, 3), gradients: part(gradients, 2), optimizer: part(optimizer, 1),
    activations: activationBytes(model, plan),
  };
}

/** Bytes of the fullest of some chips that serve, by part. */
export const serving = (model, chips, {texts, sequence}, weightBytes, kvBytes) => ({
  weights: (model.parameters * weightBytes) / chips,
  cache: (texts * kept(model, sequence) * kvBytes) / kvShares(model, chips),
});

export const total = parts => Object.values(parts).reduce((sum, one) => sum + one, 0);

/** The largest part. */
export const largest = parts =>
  Object.entries(parts).reduce((one, other) => (other[1] > one[1] ? other : one))[0];
