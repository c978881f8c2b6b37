// Before anything else is here: the newest messages are what is seen first, or the one that a link led to. Runs where it
// stands, behind the list.
const log = document.querySelector("[role=log]");
const first = log.querySelector(`[data-message-id="${log.dataset.first}"]`);
if (first) first.scrollIntoView({ block: "center" });
else log.scrollTop = log.scrollHeight;
