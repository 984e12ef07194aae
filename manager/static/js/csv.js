/**
 * Tables as files a spreadsheet opens without questions.
 */

/**
 * One cell: numbers with the decimal sign of the language, text quoted where it must be.
 * A leading = + - or @ in a text is disarmed, so that no spreadsheet runs it.
 *
 * @param {string|number|null|undefined} value
 * @param {string} decimalSign
 */
function cell(value, decimalSign) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value).replace(".", decimalSign);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[";,\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * Vietnamese spreadsheets read a comma as the decimal sign and part columns at semicolons.
 *
 * @param {string[]} head
 * @param {(string|number|null|undefined)[][]} rows
 * @param {string} language "vi" or "en"
 */
export function csvText(head, rows, language) {
  const [between, decimalSign] = language === "vi" ? [";", ","] : [",", "."];
  const lines = [head, ...rows].map((row) => row.map((v) => cell(v, decimalSign)).join(between));
  return `\uFEFF${lines.join("\r\n")}\r\n`;
}

/**
 * Hand a text to the person as a file.
 *
 * @param {string} name
 * @param {string} text
 */
export function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
