/** The fields of the nine indicators on their way to the server. Pure. */

/**
 * The fields as the server reads them: the three counts of an indicator together, gaps as 0.
 *
 * @param {Record<string, string>} fields
 */
export function queryOf(fields) {
  /** @type {Record<string, string>} */
  const query = {};
  for (const n of [1, 2, 3, 4, 7]) {
    const parts = [2, 1, 0].map((points) => fields[`i${n}.${points}`] ?? "");
    if (parts.some((part) => part !== "")) query[`i${n}`] = parts.map((part) => part || "0").join(",");
  }
  for (const [name, value] of Object.entries(fields)) if (!name.includes(".") && value) query[name] = value;
  return query;
}
