/** How the page looks, in light and dark and on paper. The colours of lines keep apart for colour-blind eyes; the legend names each. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fdfdfc; --ink: #1d2125; --soft: #59626b; --grid: #dde1e5; --box: #ffffff;
  --s0: #0a66c2; --s1: #c2410c; --s2: #15803d; --s3: #8a3ffc; --good: #15703a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e4e7ea; --soft: #9ba5af; --grid: #30363d; --box: #1a1e22;
  --s0: #6cb2ff; --s1: #ff9d5c; --s2: #63d18a; --s3: #c3a3ff; --good: #63d18a; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
p { margin: .4rem 0; max-width: 48rem; }
code { font: .9em ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9375rem; }
th, td { padding: .35rem 1.5rem .35rem 0; border-bottom: 1px solid var(--grid); text-align: left; vertical-align: baseline; }
th { color: var(--soft); font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.good, .bad { font-weight: 600; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(28rem, 100%), 1fr)); gap: 1.25rem; }
figure { margin: 0; padding: .9rem 1rem .6rem; background: var(--box); border: 1px solid var(--grid); border-radius: .6rem; break-inside: avoid; }
figcaption { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-weight: 600; font-size: .9375rem; margin-bottom: .4rem; }
figcaption span { display: inline-flex; align-items: center; gap: .45rem; }
figcaption i { width: 1.1rem; height: .2rem; border-radius: .1rem; background: var(--line); }
.s0 { --line: var(--s0); } .s1 { --line: var(--s1); } .s2 { --line: var(--s2); } .s3 { --line: var(--s3); }
svg { display: block; width: 100%; height: auto; }
svg text { font: 12.5px system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; fill: var(--soft); text-anchor: middle; font-variant-numeric: tabular-nums; }
svg .start { text-anchor: start; } svg .end { text-anchor: end; }
svg .grid { stroke: var(--grid); } svg .mark { stroke: var(--soft); stroke-dasharray: 4 4; }
polyline { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
circle { fill: var(--line); }
details { margin-top: 2.5rem; } summary { cursor: pointer; font-weight: 600; }
details table { font-size: .8125rem; margin-top: .75rem; } details th, details td { padding-right: 1rem; }
`;
