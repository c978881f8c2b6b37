// Before anything else is here: the newest messages are what is seen first. Runs where it stands, behind the list.
const log = document.querySelector("[role=log]");
log.scrollTop = log.scrollHeight;
