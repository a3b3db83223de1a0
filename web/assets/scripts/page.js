// On every page of staff, deferred: htmx for lists. Everything works without it; every hx-get has a real address behind it.
import "htmx.org/dist/htmx.min.js";
