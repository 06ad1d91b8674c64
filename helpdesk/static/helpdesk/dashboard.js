/** The dashboard's behaviour: what a number means, chart or table, charts drawn from the tables beside them. */

const root = document.documentElement;
const token = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const skew = Date.parse(root.dataset.now ?? "") - Date.now() || 0;
const now = () => Date.now() + skew;

/* --- what a number means ------------------------------------------------------------------------------ */
const pop = document.getElementById("def");
/** @type {Element|null} */
let holder = null;

/** @param {HTMLElement} el */
function show(el) {
  holder = el;
  const title = document.createElement("b");
  const words = document.createElement("span");
  const foot = document.createElement("i");
  title.textContent = el.dataset.title ?? "";
  words.textContent = el.dataset.words ?? "";
  foot.textContent = document.getElementById("def-foot")?.content.textContent ?? "";
  pop.replaceChildren(title, words, foot);
  pop.hidden = false;
  el.setAttribute("aria-describedby", "def");
  const box = el.getBoundingClientRect();
  const below = box.bottom + pop.offsetHeight + 16 <= innerHeight;
  pop.style.left = `${Math.max(8, Math.min(innerWidth - pop.offsetWidth - 8, box.left))}px`;
  pop.style.top = `${below ? box.bottom + 8 : Math.max(8, box.top - pop.offsetHeight - 8)}px`;
}

function hide() {
  pop.hidden = true;
  holder?.removeAttribute("aria-describedby");
  holder = null;
}

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const el = event.target instanceof Element ? event.target.closest("[data-def]") : null;
    if (el && el !== holder) {
      hide();
      show(el);
    } else if (!el && holder && kind === "pointerover" && document.activeElement !== holder) hide();
  });
}
document.addEventListener("focusout", hide);
document.addEventListener("scroll", hide, { capture: true, passive: true });
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
document.addEventListener("htmx:beforeSwap", hide);

/* --- light or dark, chart or table ---------------------------------------------------------------------- */
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-theme-flip], [data-as]") : null;
  if (!button) return;
  if (button.matches("[data-theme-flip]")) {
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", theme);
      document.dispatchEvent(new Event("theme:changed"));
    } catch {
      root.dataset.bsTheme = theme; // storage is forbidden: this page alone
    }
    return;
  }
  const panel = button.closest("[data-panel]");
  for (const other of panel.querySelectorAll("[data-as]")) other.setAttribute("aria-pressed", String(other === button));
  for (const view of panel.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== button.dataset.as;
});

/* --- times that pass ------------------------------------------------------------------------------------- */
/** @param {number} ms */
function clock(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} d`;
  return `${hours}:${String(minutes % 60).padStart(2, "0")}`;
}

function tick() {
  for (const el of document.querySelectorAll("[data-until]")) {
    const left = Date.parse(el.dataset.until) - now();
    const words = el.closest("[data-over]")?.dataset;
    el.textContent = ((left < 0 ? words?.over : words?.left) ?? "{t}").replace("{t}", clock(left));
    el.classList.toggle("late", left < 0);
  }
  for (const el of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((now() - Date.parse(el.dataset.since)) / 1000));
    const minutes = Math.floor(seconds / 60);
    el.textContent = minutes < 60 ? `${minutes}:${String(seconds % 60).padStart(2, "0")}` : clock(seconds * 1000);
  }
}
tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);

/* --- charts ----------------------------------------------------------------------------------------------- */
/** The rows of the table that a chart is drawn from. @param {string} name */
const source = (name) => [...document.querySelectorAll(`table[data-source="${name}"] tbody tr`)].map((row) => row.dataset);
/** @param {string|undefined} value */
const number = (value) => (value === undefined || value === "" ? null : Number(value));
const hm = (seconds) => {
  if (seconds === null) return "–";
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} m` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
};

/** @type {any[]} */
let charts = [];

function look() {
  return { ink: token("--ink"), faint: token("--ink-2"), accent: token("--accent"), grid: token("--grid"), rule: token("--rule"),
    late: token("--s-late"), lateInk: token("--late-ink"), paper: token("--paper"), font: getComputedStyle(document.body).fontFamily };
}

/** Words at the ends of lines, moved apart where they would touch, and the promise's own words. */
const endLabels = {
  id: "endLabels",
  afterDatasetsDraw(chart) {
    const { ctx, chartArea } = chart;
    const ends = chart.data.datasets.flatMap((set, index) => {
      const points = chart.getDatasetMeta(index).data.filter((_p, k) => set.data[k] !== null);
      return set.tag && points.length ? [{ y: points[points.length - 1].y, set }] : [];
    });
    ends.sort((a, b) => a.y - b.y);
    for (let k = 1; k < ends.length; k += 1) ends[k].y = Math.max(ends[k].y, ends[k - 1].y + 13);
    ctx.save();
    ctx.textBaseline = "middle";
    for (const { y, set } of ends) {
      ctx.font = `${set.strong ? 600 : 400} 11px ${Chart.defaults.font.family}`;
      ctx.fillStyle = set.tagColor;
      ctx.fillText(set.tag, chartArea.right + 6, y);
    }
    const promise = chart.data.datasets.find((set) => set.above);
    if (promise) {
      ctx.font = `500 11px ${Chart.defaults.font.family}`;
      ctx.fillStyle = promise.tagColor;
      ctx.fillText(promise.above, chartArea.left + 4, chart.scales.y.getPixelForValue(promise.data[0]) - 8);
    }
    ctx.restore();
  },
};

function tooltip(css) {
  return { backgroundColor: css.ink, titleColor: css.paper, bodyColor: css.paper, padding: 10, cornerRadius: 8, displayColors: false };
}

/** @param {HTMLCanvasElement} canvas */
function firstResponses(canvas, css) {
  const rows = source("first");
  const words = canvas.dataset;
  const line = (key, more) => ({ data: rows.map((row) => number(row[key])), borderWidth: 2, pointRadius: rows.length < 12 ? 2.5 : 0, pointHoverRadius: 4, tension: 0, spanGaps: false, ...more });
  const promise = number(words.promise);
  const before = { borderWidth: 1.25, borderDash: [2, 3], pointRadius: 0 };
  const sets = [
    line("p90", { name: words.p90, borderColor: css.ink, backgroundColor: css.ink, tag: words.p90, tagColor: css.ink, strong: true }),
    line("median", { name: words.median, borderColor: css.accent, backgroundColor: css.accent, tag: words.median, tagColor: css.accent, strong: true }),
    line("p90Before", { name: `${words.p90} ${words.before}`, borderColor: css.faint, backgroundColor: css.faint, ...before }),
    line("medianBefore", { name: `${words.median} ${words.before}`, borderColor: css.accent, backgroundColor: css.accent, ...before }),
  ];
  if (promise !== null) {
    sets.push({ data: rows.map(() => promise), borderColor: css.late, borderWidth: 1, pointRadius: 0, pointHoverRadius: 0, above: words.promiseLabel, tagColor: css.lateInk });
  }
  const most = Math.max(promise ?? 0, ...sets.flatMap((set) => set.data).filter((value) => value !== null));
  const hours = Math.max(1, Math.ceil((most * 1.08) / 3600));
  const step = Math.ceil(hours / 6);
  return new Chart(canvas, {
    type: "line",
    plugins: [endLabels],
    data: { labels: rows.map((row) => row.label), datasets: sets },
    options: {
      layout: { padding: { right: 52, top: 8 } },
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: false }, tooltip: { ...tooltip(css), filter: (item) => !item.dataset.above, callbacks: { label: (item) => `${item.dataset.name}  ${hm(item.raw)}` } } },
      scales: {
        y: { min: 0, max: Math.ceil(hours / step) * step * 3600, border: { display: false }, grid: { color: css.grid, tickLength: 0 }, ticks: { stepSize: step * 3600, padding: 8, callback: (value) => `${value / 3600} h` } },
        x: { border: { color: css.rule }, grid: { display: false }, ticks: { maxRotation: 0, autoSkip: true, autoSkipPadding: 32 } },
      },
    },
  });
}

/** @param {HTMLCanvasElement} canvas */
function marks(canvas, css) {
  const rows = source("marks");
  const bars = (key, colour) => ({ data: rows.map((row) => number(row[key])), backgroundColor: colour, borderRadius: 3, barPercentage: 0.92, categoryPercentage: 0.66 });
  const values = {
    id: "values",
    afterDatasetsDraw(chart) {
      const { ctx } = chart;
      ctx.save();
      ctx.textAlign = "center";
      ctx.font = `600 11px ${Chart.defaults.font.family}`;
      ctx.fillStyle = css.ink;
      chart.getDatasetMeta(1).data.forEach((bar, k) => {
        const value = number(rows[k].now);
        if (value !== null) ctx.fillText(String(Math.round(value)), bar.x, bar.y - 5);
      });
      ctx.restore();
    },
  };
  return new Chart(canvas, {
    type: "bar",
    plugins: [values],
    data: { labels: rows.map((row) => row.label), datasets: [bars("before", css.rule), bars("now", css.accent)] },
    options: {
      layout: { padding: { top: 18 } },
      plugins: { legend: { display: false }, tooltip: { ...tooltip(css), callbacks: { label: (item) => `${[canvas.dataset.before, canvas.dataset.now][item.datasetIndex]}  ${item.raw === null ? "–" : `${item.raw.toFixed(1)}%`}` } } },
      scales: {
        y: { min: 0, max: 100, border: { display: false }, grid: { color: css.grid, tickLength: 0 }, ticks: { stepSize: 50, padding: 8, callback: (value) => `${value}%` } },
        x: { border: { color: css.rule }, grid: { display: false }, ticks: { maxRotation: 0 } },
      },
    },
  });
}

const KINDS = { first: firstResponses, marks };

function draw() {
  if (typeof Chart === "undefined") return;
  for (const chart of charts) chart.destroy();
  const css = look();
  Object.assign(Chart.defaults, { animation: false, responsive: true, maintainAspectRatio: false, color: css.faint });
  Chart.defaults.font.family = css.font;
  Chart.defaults.font.size = 12;
  charts = [...document.querySelectorAll("canvas[data-chart]")].map((canvas) => KINDS[canvas.dataset.chart](canvas, css));
}

draw();
new MutationObserver(draw).observe(root, { attributes: true, attributeFilter: ["data-bs-theme"] });
