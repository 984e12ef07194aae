/**
 * What a citizen is told of the slip: pure, so that it can be tested.
 * @param {string} slip the ticket's own word: empty while the slip is on its way
 * @param {boolean} isSlow it has been on its way for a while
 * @returns {"printing"|"slow"|"printed"|"failed"|"none"}
 */
export function paperOf(slip, isSlow) {
  if (slip === "printed" || slip === "none") return slip;
  if (slip === "" || slip === "reprinting") return isSlow ? "slow" : "printing";
  // Staff let it wait without paper.
  return slip === "waived" ? "none" : "failed";
}
