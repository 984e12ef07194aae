/**
 * Search that forgives: "ket hon" finds "Đăng ký kết hôn", in any order of words.
 *
 * @param {string} text
 */
export function fold(text) {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/đ/g, "d")
    .replace(/Đ/g, "D")
    .toLowerCase();
}

/**
 * The items whose text has every word of the question; all of them for an empty question.
 * @template T
 * @param {T[]} items
 * @param {string} question
 * @param {(item: T) => string} textOf
 * @returns {T[]}
 */
export function matching(items, question, textOf) {
  const words = fold(question).split(/\s+/).filter(Boolean);
  if (words.length === 0) return items;
  return items.filter((item) => {
    const text = fold(textOf(item));
    return words.every((word) => text.includes(word));
  });
}
