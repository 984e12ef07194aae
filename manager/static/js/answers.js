/** Answers of the API about the branch, kept on the page and renewed. */

import { useEffect, useState } from "preact/hooks";

const RENEW_MS = 60_000;

/**
 * @param {string} branch
 * @param {string} what the last part of the address
 * @param {Record<string, string>} query
 */
export async function fetchOf(branch, what, query) {
  const address = `/api/v1/branches/${encodeURIComponent(branch)}/${what}?${new URLSearchParams(query)}`;
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  if (!answer.ok) throw new Error(`${what}: ${answer.status}`);
  return answer.json();
}

/**
 * Asked now and every minute; while a new answer is on its way the old one stays.
 *
 * @template T
 * @param {() => Promise<T>} ask
 * @param {string} key asked anew when it changes
 */
export function useAnswer(ask, key) {
  const [answer, setAnswer] = useState(/** @type {T|null} */ (null));
  const [state, setState] = useState(/** @type {"asking"|"known"|"failed"} */ ("asking"));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isShown = true;
    const renew = () =>
      ask().then(
        (found) => isShown && (setAnswer(() => found), setState("known")),
        () => isShown && setState("failed"),
      );
    setState("asking");
    void renew();
    const timer = setInterval(renew, RENEW_MS);
    return () => {
      isShown = false;
      clearInterval(timer);
    };
  }, [key, turn]);
  return { answer, state, again: () => setTurn(turn + 1) };
}

/** A pause in typing after which the server is asked. */
const SETTLED_MS = 350;

/**
 * The fields as they were when nobody had changed them for a moment.
 *
 * @param {Record<string, string>} fields
 */
export function useSettled(fields) {
  const [settled, setSettled] = useState(fields);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(fields), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [JSON.stringify(fields)]);
  return settled;
}
