// An agent's sessions: when each was used last, as the agent's own clock says it.

import { showTimes } from "../core/times.js";

showTimes();
