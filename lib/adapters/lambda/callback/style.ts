/**
 * The style of callback pages: system fonts, both colour schemes, controls that fingers hit. The content security policy
 * allows it by its hash, so attributes cannot hold styles.
 */

const LIGHT =
  '--bg:#f6f7f9;--card:#fff;--ink:#14181f;--ink2:#465061;--ink3:#5a6675;--line:#e2e6ec;--ctl:#7f8a9a;--accent:#1f4fd8;' +
  '--on:#fff;--ok:#0f9a6c;--no:#a3181e;--nos:#fdeeed';
const DARK =
  '--bg:#0e1115;--card:#161a20;--ink:#e9edf3;--ink2:#afb9c7;--ink3:#97a3b3;--line:#272d37;--ctl:#5c6674;' +
  '--accent:#9dc3ff;--on:#0e1115;--ok:#46d9a0;--no:#ff8b85;--nos:#341616';

const RULES = [
  '*{box-sizing:border-box}',
  'body{margin:0;background:var(--bg);color:var(--ink);font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}',
  'main{max-width:34rem;margin:0 auto;padding:20px 20px 28px}',
  'p,h1,dl,dd{margin:0}b{font-weight:600}small{font-size:14px;font-weight:400;color:var(--ink3)}',
  '.from{display:flex;align-items:center;gap:10px;margin-bottom:22px;font-size:15px;color:var(--ink2)}.from svg{width:26px;height:26px;flex:none}',
  '.ink{fill:var(--ink)}.line{stroke:var(--bg);stroke-width:1.8;stroke-linecap:round}',
  'h1{font-size:27px;line-height:1.22;font-weight:700;letter-spacing:-.015em;text-wrap:balance}.by{margin-top:8px;color:var(--ink2)}',
  // The facts.
  '.kv{margin:22px 0;padding:4px 16px;background:var(--card);border:1px solid var(--line);border-radius:14px}',
  '.kv div{display:flex;gap:16px;justify-content:space-between;padding:11px 0;border-bottom:1px solid var(--line)}.kv div:last-child{border:0}',
  '.kv dt{color:var(--ink3)}.kv dd{text-align:right;white-space:pre-wrap}.kv .big dd{font-weight:700;font-size:19px}',
  '.kv .wide{display:block}.kv .wide dd{text-align:left;margin-top:4px}',
  'pre,.code{font:14px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap}pre{margin:0}',
  // The form.
  '.field{margin-top:18px}label{display:block;margin-bottom:6px;font-weight:600;font-size:15px}#decide{margin-top:22px}',
  'input,select,textarea{display:block;width:100%;min-height:48px;padding:10px 12px;font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--ctl);border-radius:10px}',
  'textarea{min-height:72px}.bad{border:2px solid var(--no)}.err{margin-top:6px;font-size:15px;font-weight:600;color:var(--no)}',
  '.act{display:flex;flex-wrap:wrap;gap:10px;margin-top:12px;padding:12px 0;z-index:1;background:var(--bg);box-shadow:0 -10px 14px -6px var(--bg)}',
  '@media(min-height:560px){.act{position:sticky;bottom:0}}',
  'button{flex:1 1 6rem;min-height:52px;padding:6px 12px;font:inherit;font-weight:600;line-height:1.2;color:var(--ink);background:var(--card);border:1.5px solid var(--ctl);border-radius:12px;cursor:pointer}',
  'button[hidden]{display:none}.yes{color:var(--on);background:var(--accent);border-color:var(--accent)}',
  ':focus-visible{outline:3px solid var(--accent);outline-offset:2px}',
  '.foot{margin-top:6px;padding-top:14px;border-top:1px solid var(--line);font-size:14.5px;color:var(--ink3)}.foot p+p{margin-top:8px}.foot b{color:var(--ink2)}',
  '.sum{margin-bottom:18px;padding:12px 14px;font-size:15.5px;background:var(--nos);border:2px solid var(--no);border-radius:12px}.sum b{display:block}',
  // How it ended.
  '.seal{display:block;width:56px;height:56px;margin-bottom:14px}.done{color:var(--ok)}.no{color:var(--no)}.clock{color:var(--ink3)}',
  '.fill{fill:currentColor}.mark,.ring{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}.mark{stroke:var(--bg)}.ring{stroke:currentColor}',
];

export const STYLE = [
  `:root{color-scheme:light dark;${LIGHT}}@media(prefers-color-scheme:dark){:root{${DARK}}}`,
  ...RULES,
].join('');
