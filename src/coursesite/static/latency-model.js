/** The arithmetic of `hwmath.transformers.step` for one model and machine, held against it by the tests. */

import {FLOP_PER_MAC} from "./units.js";

const MESSAGES_PER_LAYER = 4;

/** Into how many chips' memories the cache is spread: whole key heads lie on a chip. */
export const kvShares = (model, chips) => model.kvParts / Math.ceil(model.kvParts / chips);

/** How many different experts some tokens take, if all are as likely. */
export const expectedExperts = ({experts, active}, tokens) =>
  experts * (1 - (1 - active / experts) ** tokens);

/** Pairs of a query and a key, of one text and head, summed over layers; each sees those before it. */
function pairs({fullLayers, windowLayers, window}, fresh, cached) {
  const below = Math.min(Math.max(window - cached, 0), fresh);
  const windowed = below * cached + (below * (below + 1)) / 2 + (fresh - below) * window;
  return fullLayers * (fresh * cached + (fresh * (fresh + 1)) / 2) + windowLayers * windowed;
}

/** Elements of the cache of one text, in all layers. */
export const kept = ({cached, fullLayers, windowLayers, window}, tokens) =>
  cached * (fullLayers * tokens + windowLayers * Math.min(tokens, window));

/** MACs of scores and values of one text, by the cheaper way where there are two. */
function attentionMacs(model, fresh, cached) {
  const {layers, pairMacs, absorbedPairMacs, expandMacs} = model;
  const all = pairs(model, fresh, cached);
  const anew = all * pairMacs + cached * layers * expandMacs;
  return expandMacs ? Math.min(anew, all * absorbedPairMacs) : anew;
}

/** Seconds of the messages between chips. */
function communication(model, {chips, linkBytesPerS}, tokens, {activationBytes, messageLatencyS}) {
  if (chips < 2 || !linkBytesPerS) return 0;
  const messages = MESSAGES_PER_LAYER * model.layers;
  const share = (chips - 1) / chips;
  return (messages * tokens * model.width * activationBytes * share) / linkBytesPerS + messages * messageLatencyS;
}

/**
 * Seconds of a step by what takes them.  A machine is {chips, flopPerS, bytesPerS, linkBytesPerS};
 * sizes are {batch, fresh, cached} tokens; `how` has the bytes of a number and the assumptions.
 */
export function step(model, machine, {batch, fresh, cached}, how) {
  const tokens = batch * fresh;
  const {weightBytes, kvBytes, bandwidthShare, computeShare} = how;
  const {sharedWeights, unembeddingWeights, expertWeights, expertLayers, active} = model;
  const expert = expertLayers * expertWeights;
  const macs = tokens * (sharedWeights + expert * active) + batch * unembeddingWeights;
  const read = sharedWeights + expert * expectedExperts(model, tokens) + unembeddingWeights;
  const memory = machine.bytesPerS * bandwidthShare;
  const peak = machine.chips * machine.flopPerS * computeShare;
  return {
    weights: (read * weightBytes) / (machine.chips * memory),
    kv: (batch * kept(model, cached + fresh) * kvBytes) / (kvShares(model, machine.chips) * memory),
    linear: (FLOP_PER_MAC * macs) / peak,
    attention: (FLOP_PER_MAC * batch * attentionMacs(model, fresh, cached)) / peak,
    communication: communication(model, machine, tokens, how),
  };
}

/** The four terms, each as if alone. */
export const terms = ({weights, kv, linear, attention, communication}) =>
  ({weights, kv, compute: linear + attention, communication});

const longest = parts => parts.reduce((one, other) => (other[1] > one[1] ? other : one));

/** What a step waits for, one after the other, each with the term that sets it. */
export function waits(times, overlap) {
  const {weights, kv, linear, attention, communication} = times;
  const {compute} = terms(times);
  if (overlap === "nothing") return Object.entries(terms(times));
  if (overlap === "everything") {
    const [memory] = longest([["weights", weights], ["kv", kv]]);
    return [longest([[memory, weights + kv], ["compute", compute], ["communication", communication]])];
  }
  return [
    longest([["weights", weights], ["compute", linear]]),
    longest([["kv", kv], ["compute", attention]]),
    ["communication", communication],
  ];
}

/** The least time of a step. */
export const lowerBound = (times, overlap) =>
  waits(times, overlap).reduce((sum, [, seconds]) => sum + seconds, 0);

/** The term that binds. */
export const binds = (times, overlap) => longest(waits(times, overlap))[0];

/** Bytes that the fullest chip holds: its share of the weights and of the caches. */
export const bytesPerChip = (model, chips, {batch, tokens}, {weightBytes, kvBytes}) =>
  (model.stored * weightBytes) / chips + (batch * kept(model, tokens) * kvBytes) / kvShares(model, chips);

/** The most texts whose caches fit beside the weights. */
export function largestBatch(model, {chips, capacityBytes}, tokens, {weightBytes, kvBytes}) {
  const free = Math.max(capacityBytes - (model.stored * weightBytes) / chips, 0);
  return Math.floor((free * kvShares(model, chips)) / (kept(model, tokens) * kvBytes));
}
