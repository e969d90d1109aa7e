// The list is one stop of the Tab key, however many rows it has; arrows go from row to row.

import { makeOneTabStop } from "../core/tab_stop.js";

makeOneTabStop(document.getElementById("list"), { ArrowDown: 1, ArrowUp: -1 });
