/**
 * What a screen knows, as a pure fold: a snapshot, then changes and pulses in order of `seq`.
 * Nothing here touches the page or the network.
 *
 * @typedef {Record<string, any>} Row
 * @typedef {Record<string, Record<string, Row>>} Tables
 * @typedef {{id: string, name: {vi: string, en: string}, address: string, time_zone: string, is_demo: boolean}} Branch
 * @typedef {{seq: number, at: string, branch: Branch, catalogue: Record<string, any>, tables: Tables}} State
 * @typedef {{seq: number, at: string, event: {type: string, ticket?: string|null, counter?: string|null},
 *   rows: Record<string, Record<string, Row|null>>, announce?: any}} Change
 * @typedef {{seq: number, at: string, rows?: Record<string, Record<string, Row|null>>}} Pulse
 * @typedef {{state: State|null, gap: boolean}} Step `gap`: ask for a fresh snapshot.
 */

/** After these events the catalogue itself is different: rows alone cannot say so. */
const NEEDS_SNAPSHOT = new Set(["CatalogueChanged", "PolicyPublished"]);

/**
 * @param {State} snapshot
 * @returns {State}
 */
export function fromSnapshot(snapshot) {
  const { seq, at, branch, catalogue, tables } = snapshot;
  return { seq, at, branch, catalogue: catalogue ?? {}, tables: tables ?? {} };
}

/**
 * @param {State|null} state
 * @param {Change} change
 * @returns {Step}
 */
export function applyChange(state, change) {
  if (state === null) return { state, gap: true };
  if (change.seq <= state.seq) return { state, gap: false };
  if (change.seq > state.seq + 1) return { state, gap: true };
  const next = {
    ...state,
    seq: change.seq,
    at: later(state.at, change.at),
    tables: merge(state.tables, change.rows),
  };
  return { state: next, gap: NEEDS_SNAPSHOT.has(change.event?.type) };
}

/**
 * @param {State|null} state
 * @param {Pulse} pulse
 * @returns {Step}
 */
export function applyPulse(state, pulse) {
  if (state === null || pulse.seq > state.seq) return { state, gap: true };
  // A pulse from before the last change carries rows that are older than ours.
  const rows = pulse.seq === state.seq ? pulse.rows : undefined;
  const at = later(state.at, pulse.at);
  return { state: { ...state, at, tables: merge(state.tables, rows) }, gap: false };
}

/**
 * @param {Tables} tables
 * @param {Record<string, Record<string, Row|null>>|undefined} changed
 * @returns {Tables}
 */
function merge(tables, changed) {
  if (!changed || Object.keys(changed).length === 0) return tables;
  const merged = { ...tables };
  for (const [name, rows] of Object.entries(changed)) {
    const table = { ...merged[name] };
    for (const [id, row] of Object.entries(rows)) {
      if (row === null) delete table[id];
      else table[id] = row;
    }
    merged[name] = table;
  }
  return merged;
}

/**
 * @param {string} before
 * @param {string} now
 */
function later(before, now) {
  return Date.parse(now) >= Date.parse(before) ? now : before;
}
