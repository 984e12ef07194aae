/**
 * Following a ticket on a phone. The page is whole without this file; with it, it is fetched anew
 * when the server says that something changed, and it rings when the turn is near.
 *
 * Only the part that changes is replaced, and never under somebody's fingers: a form that is
 * being filled in stays. Changes are heard through Socket.IO's own polling protocol? No: this
 * file asks the page itself again, so that a phone on a poor network needs one small request.
 */
const context = JSON.parse(document.getElementById("context")?.textContent ?? "{}");
