// What messages need that carry more than words. Loaded before the first of them is shown.

import "../attachments/refresh_urls.js";
import "./content.js";
