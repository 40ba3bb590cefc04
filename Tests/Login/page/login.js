// A login at the XMPP server that this page is from, over WebSocket (RFC 7395), as WebRTC clients do it.

const framing = "urn:ietf:params:xml:ns:xmpp-framing";
const streams = "http://etherx.jabber.org/streams";
const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
const binding = "urn:ietf:params:xml:ns:xmpp-bind";
const stanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// The server said no: condition and, maybe, text.
class Refusal extends Error {
  constructor(failure, namespace) {
    const condition = [...failure.children].find((child) => child.localName !== "text");
    super(condition?.localName ?? "unknown");
    this.text = failure.getElementsByTagNameNS(namespace, "text")[0]?.textContent ?? "";
  }
}

/// An XMPP stream; each frame is one element.
class Stream {
  #socket;
  #arrived = [];
  #ended = null;
  #wake = () => {};

  constructor(address) {
    this.#socket = new WebSocket(address, "xmpp");
    this.#socket.onopen = () => this.#arrive("open");
    this.#socket.onmessage = ({ data }) =>
      this.#arrive(new DOMParser().parseFromString(data, "text/xml").documentElement);
    this.#socket.onclose = ({ code }) => {
      this.#ended = new Error(`the connection has ended (${code})`);
      this.#wake();
    };
  }

  #arrive(what) {
    this.#arrived.push(what);
    this.#wake();
  }

  /// What arrives next, be it that the connection is there.
  async next() {
    while (this.#arrived.length === 0) {
      if (this.#ended) throw this.#ended;
      await new Promise((wake) => { this.#wake = wake; });
    }
    return this.#arrived.shift();
  }

  /// The next element, which must be a certain one.
  async expect(namespace, name) {
    const element = await this.next();
    if (element.namespaceURI !== namespace || element.localName !== name) {
      throw new Error(`${element.localName} came instead of ${name}`);
    }
    return element;
  }

  send(xml) {
    this.#socket.send(xml);
  }

  /// Opens the stream, which happens anew after authentication, and returns the server's features.
  async open(host) {
    const element = new DOMParser().parseFromString(`<open xmlns="${framing}" version="1.0"/>`, "text/xml");
    element.documentElement.setAttribute("to", host);
    this.send(new XMLSerializer().serializeToString(element.documentElement));
    await this.expect(framing, "open");
    return this.expect(streams, "features");
  }

  close() {
    if (this.#socket.readyState === WebSocket.OPEN) this.send(`<close xmlns="${framing}"/>`);
    this.#socket.close();
  }
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/// Logs in, and returns the address that the server gave this client.
async function logIn(stream, host, name, password) {
  await stream.next();
  const features = await stream.open(host);
  const mechanisms = [...features.getElementsByTagNameNS(sasl, "mechanism")].map((mechanism) => mechanism.textContent);
  if (!mechanisms.includes("PLAIN")) throw new Error(`no PLAIN among the mechanisms "${mechanisms}"`);

  stream.send(`<auth xmlns="${sasl}" mechanism="PLAIN">${base64(`\0${name}\0${password}`)}</auth>`);
  const answer = await stream.next();
  if (answer.namespaceURI === sasl && answer.localName === "failure") throw new Refusal(answer, sasl);
  if (answer.namespaceURI !== sasl || answer.localName !== "success") throw new Error(`${answer.localName} came`);

  await stream.open(host);
  stream.send(`<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="${binding}"/></iq>`);
  const bound = await stream.expect("jabber:client", "iq");
  if (bound.getAttribute("type") !== "result") {
    throw new Refusal(bound.getElementsByTagName("error")[0], stanzaErrors);
  }
  return bound.getElementsByTagNameNS(binding, "jid")[0].textContent;
}

const form = document.getElementById("login");
const state = document.getElementById("state");

function show(outcome, words, details = {}) {
  for (const key of Object.keys(state.dataset)) delete state.dataset[key];
  Object.assign(state.dataset, { outcome, ...details });
  state.textContent = words;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, password } = form.elements;
  const button = form.querySelector("button");
  button.disabled = true;
  show("none", "Logging in …");
  const stream = new Stream(`wss://${location.host}/xmpp-websocket`);
  try {
    const jid = await logIn(stream, location.hostname, name.value, password.value);
    show("accepted", `Logged in as ${jid}.`, { jid });
    addEventListener("pagehide", () => stream.close());
  } catch (error) {
    stream.close();
    if (error instanceof Refusal) {
      show("refused", `Refused: ${error.message}. ${error.text}`, { condition: error.message, text: error.text });
    } else {
      show("failed", `Failed: ${error.message}.`, { reason: error.message });
    }
    button.disabled = false;
  }
});
