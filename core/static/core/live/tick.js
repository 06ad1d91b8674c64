// A worker: the timers of a hidden page run once a minute, these do not. Without it the server would take a hidden
// tab for gone.
setInterval(() => postMessage(0), 5000);
