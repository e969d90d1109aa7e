// The thin line under the header: silent while all is well, and not hasty to speak.

const WORDS = {
  online: "",
  connecting: "Connecting…",
  offline: "No connection. What you write will be sent later.",
};

const line = document.getElementById("connection");

/** Show "online", "connecting" or "offline". */
export function showConnection(state) {
  line.dataset.state = state;
  line.textContent = WORDS[state];
}
