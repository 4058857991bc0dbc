/** The dashboard's style: the system's fonts, its light or dark scheme, and one column on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d6dae0, #363c45); --soft: light-dark(#5b6470, #a3acb8);
  --card: light-dark(#fff, #1b1f25); --page: light-dark(#f4f5f7, #12151a); --text: light-dark(#1a1d21, #e8eaed);
  --good: light-dark(#146c3a, #5fd394); --bad: light-dark(#b3261e, #ff8f85); --bar: light-dark(#2f6feb, #6ea0ff); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding-bottom: 0; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .75rem; }
header p { margin: 0; color: var(--soft); }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; min-width: 0; }
.wide { grid-column: 1 / -1; overflow-x: auto; }
dl { display: grid; grid-template-columns: 1fr auto; gap: .35rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
section > p { margin: .75rem 0 0; color: var(--soft); font-size: .9rem; }
meter { width: 100%; height: .75rem; margin-bottom: .75rem; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; padding: .3rem .25rem; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; }
tr:last-child td { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
a { color: var(--bar); }
a:focus-visible, .wide:focus-visible { outline: 2px solid var(--bar); outline-offset: 2px; }
`;
